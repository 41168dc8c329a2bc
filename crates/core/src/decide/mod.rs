//! One function decides: may this principal do this, here, now.
//!
//! [`check`] takes the words of a request; [`decide`] takes them resolved, for callers that ask
//! often. [`explain`] says why. Guards, tiers, lists of what one may do and UI gates are views of
//! these and hold no rule of their own.
//!
//! LANGUAGE.md section 5 has the order of a decision: malformed or unknown is a deny; an expired
//! principal is a deny; rules that deny; the tier that a permission requires; a role that carries
//! the permission at the scope or above it, a superuser role, a tenant, a rule that allows;
//! otherwise deny. Fields and the account that an action is about can only take away.

mod code;
mod directory;
mod explain;
mod handing;
mod order;
mod principal;
mod query;
mod reach;
mod request;
mod residual;
mod scope;
mod subject;
mod verdict;
mod views;

pub use code::Code;
pub use directory::Directory;
pub use explain::{
    Change, Clause, Explanation, IgnoredGrant, IgnoredReason, MAX_TERMS, TenantPart, explain,
    write_ignored,
};
pub use handing::{Given, is_unbound, lacks_of, lacks_permission};
pub use principal::{Grant, Membership, Principal, TenantRole};
pub use query::{PermissionQuery, Query};
pub use reach::Reach;
pub use request::{Request, Target};
pub use residual::Residual;
pub use scope::{RawScope, ScopePath};
pub use subject::Subject;
pub use views::{
    Carriers, Effective, Outcome, allowed_fields, carriers, check_all, check_any,
    effective_permissions, require, require_global, who_can,
};

use crate::policy::{PermissionId, Policy, TierRank};
use crate::time::UnixSecs;
use verdict::{Asked, tier_denial};

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
/// `now` is compared with the principal's expiry, at that second and after it the answer is
/// [`Code::PrincipalExpired`]; and it is `request.time` in conditions.
#[must_use]
pub fn decide(policy: &Policy, subject: &Subject, query: &Query, now: UnixSecs) -> Verdict {
    match query {
        Query::Permission(query) => verdict(Asked::new(policy, subject, query, now).as_ref()),
        Query::App(id) => {
            let required = policy.app(*id).map(|app| app.tier);
            tier_verdict(subject, required, now)
        }
        Query::Tier(rank) => tier_verdict(subject, Some(*rank), now),
    }
}

/// Decides a permission at a scope that was looked up before with [`Subject::reach`].
///
/// The same verdict as [`decide`] for the same scope and nothing else, in a few nanoseconds.
#[must_use]
#[inline]
pub fn decide_within(
    policy: &Policy,
    subject: &Subject,
    permission: PermissionId,
    reach: &Reach,
    now: UnixSecs,
) -> Verdict {
    verdict(Asked::within(policy, subject, permission, reach, now).as_ref())
}

#[inline]
fn verdict(asked: Option<&Asked<'_>>) -> Verdict {
    Verdict::new(asked.map_or(Code::UnknownPermission, Asked::code))
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
