//! One function decides: may this principal do this, here, now.
//!
//! [`check`] takes the words of a request; [`decide`] takes them resolved, for callers that ask
//! often. [`explain`] says why. Guards, tiers and UI gates are views of these and hold no rule of
//! their own.
//!
//! The order of a decision: malformed or unknown is a deny; an expired principal is a deny; the
//! tier that a permission requires; a role that the permission lists, granted at the scope or
//! above it; a role that is superuser there; otherwise deny.

mod code;
mod directory;
mod explain;
mod principal;
mod request;
mod scope;
mod subject;

pub use code::Code;
pub use directory::Directory;
pub use explain::{Change, Clause, Explanation, IgnoredGrant, IgnoredReason, explain};
pub use principal::{Grant, Principal};
pub use request::{Query, Request};
pub use scope::{RawScope, ScopePath};
pub use subject::{Reach, Subject};

use crate::policy::{PermissionId, Policy, TierRank};
use crate::time::UnixSecs;

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Why; whether it is allowed follows from it.
    pub code: Code,
}

impl Verdict {
    const fn new(code: Code) -> Self {
        Self { code }
    }

    /// Whether the request is allowed.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        self.code.allows()
    }
}

/// Decides a request given in words.
///
/// `directory` says which scopes lie in which; see [`Directory`].
#[must_use]
pub fn check(
    policy: &Policy,
    subject: &Subject,
    request: &Request,
    directory: &Directory,
    now: UnixSecs,
) -> Verdict {
    match Query::resolve(policy, request, directory) {
        Ok(query) => decide(policy, subject, &query, now),
        Err(code) => Verdict::new(code),
    }
}

/// Decides a resolved request.
///
/// `now` is compared with the principal's expiry alone: at that second and after it the answer is
/// [`Code::PrincipalExpired`].
#[must_use]
pub fn decide(policy: &Policy, subject: &Subject, query: &Query, now: UnixSecs) -> Verdict {
    match query {
        Query::Permission { id, scope } => {
            let standing = subject.standing(*id, scope);
            permission_verdict(policy, subject, *id, standing, now)
        }
        Query::App(id) => {
            let required = policy.app(*id).map(|app| app.tier);
            tier_verdict(subject, required, now)
        }
        Query::Tier(rank) => tier_verdict(subject, Some(*rank), now),
    }
}

/// Decides a permission at a scope that was looked up before with [`Subject::reach`].
///
/// The same verdict as [`decide`] for the same scope, in a few nanoseconds.
#[must_use]
#[inline]
pub fn decide_within(
    policy: &Policy,
    subject: &Subject,
    permission: PermissionId,
    reach: &Reach,
    now: UnixSecs,
) -> Verdict {
    permission_verdict(policy, subject, permission, reach.standing(permission), now)
}

/// How a subject stands towards a permission at a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) listed: bool,
    pub(crate) superuser: bool,
}

#[inline]
fn permission_verdict(
    policy: &Policy,
    subject: &Subject,
    id: PermissionId,
    standing: Standing,
    now: UnixSecs,
) -> Verdict {
    let Some(permission) = policy.permission(id) else {
        return Verdict::new(Code::UnknownPermission);
    };
    let tier_denial = permission
        .tier
        .and_then(|required| tier_denial(subject, required));
    Verdict::new(if subject.is_expired(now) {
        Code::PrincipalExpired
    } else if let Some(denial) = tier_denial {
        denial
    } else if standing.listed {
        Code::RoleGranted
    } else if standing.superuser {
        Code::Superuser
    } else if subject.holds_elsewhere(id) {
        Code::OutOfScope
    } else {
        Code::NoRole
    })
}

fn tier_verdict(subject: &Subject, required: Option<TierRank>, now: UnixSecs) -> Verdict {
    let Some(required) = required else {
        return Verdict::new(Code::UnknownApp);
    };
    Verdict::new(if subject.is_expired(now) {
        Code::PrincipalExpired
    } else {
        tier_denial(subject, required).unwrap_or(Code::TierSufficient)
    })
}

fn tier_denial(subject: &Subject, required: TierRank) -> Option<Code> {
    match subject.tier() {
        None => Some(Code::PrincipalTierUnknown),
        Some(rank) if rank < required => Some(Code::TierTooLow),
        Some(_) => None,
    }
}
