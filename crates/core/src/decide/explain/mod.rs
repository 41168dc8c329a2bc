//! Why, and what would have to change.

mod changes;
mod formula;
mod json;
mod message;
mod missing;
mod spare;

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

pub use formula::MAX_TERMS;

use super::verdict::Asked;
use super::{Code, Directory, Query, Request, Subject, Verdict, decide};
use crate::policy::{Policy, Position};
use crate::time::UnixSecs;
use message::Told;

pub use json::write_ignored;

/// A decision with its reasons, as data for people and machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether the request is allowed.
    pub allow: bool,
    /// The stable reason.
    #[serde(serialize_with = "code_as_text")]
    pub code: Code,
    /// The reason as a sentence for people.
    pub message: String,
    /// The clause of the policy that decided; absent when no clause is about the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
    /// On an allow by role, the grant that carried it, as `ROLE@scope`; by tenant, what the
    /// principal is there: `owner@…`, `member@…` or the name of its role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<String>,
    /// On a deny, the smallest sets of changes that would allow it: fewest changes first, then the
    /// narrowest grants, then the lowest roles; empty when no change would.
    pub missing: Vec<Vec<Change>>,
    /// Whether `missing` has all of them: not when there are more than [`MAX_TERMS`] ways, nor when
    /// roles were left out of the policy. Whether or not it has, every set is enough and no change
    /// in it can be spared.
    #[serde(skip_serializing_if = "is_true")]
    pub complete: bool,
    /// Grants of the principal that confer nothing under this policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_grants: Vec<IgnoredGrant>,
}

/// A clause of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Its path, such as `permissions.pin:reveal` or `rules.own-records`.
    pub path: String,
    /// Its place in the file, where known.
    #[serde(flatten)]
    pub at: Option<Position>,
}

/// One change to a principal, or to what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Change {
    /// Grant a role at a scope.
    Grant {
        /// The role.
        role: String,
        /// The scope as text; empty is global.
        scope: String,
    },
    /// Raise the tier.
    Tier {
        /// The lowest tier that is enough.
        tier: String,
    },
    /// Renew what is known of the principal: sign in again, or fetch a fresh token.
    Renew,
    /// Make it an owner or a member of a tenant, or give it a role there that has the permission.
    Tenant {
        /// The tenant's id.
        tenant: String,
        /// What to be there.
        #[serde(rename = "as")]
        part: TenantPart,
    },
    /// A comparison in a condition has to come out differently.
    Fact {
        /// The comparison, as conditions write it.
        fact: String,
        /// What it has to be.
        #[serde(rename = "is")]
        value: bool,
    },
}

/// What one can be in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantPart {
    /// An owner.
    Owner,
    /// A member.
    Member,
    /// The holder of a role made at run time.
    Role,
}

/// A grant that confers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IgnoredGrant {
    /// The grant as `ROLE@scope`; of a membership, the scope.
    pub grant: String,
    /// Why.
    pub reason: IgnoredReason,
}

/// Why a grant confers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IgnoredReason {
    /// Its scope isn't written as a scope.
    MalformedScope,
    /// The role may not be granted at that level.
    NotGrantableHere,
    /// The policy has no such role.
    UnknownRole,
    /// The policy has no such scope level.
    UnknownScopeLevel,
}

/// Decides as [`super::check`] does, and says why.
#[must_use]
pub fn explain(
    policy: &Policy,
    subject: &Subject,
    request: &Request,
    directory: &Directory,
    now: UnixSecs,
) -> Explanation {
    let query = Query::resolve(policy, request, directory);
    let verdict = match &query {
        Ok(query) => decide(policy, subject, query, now),
        Err(code) => Verdict::new(*code),
    };
    let mut told = Told {
        policy,
        subject,
        request,
        now,
        explanation: Explanation {
            allow: verdict.is_allowed(),
            code: verdict.code,
            message: String::new(),
            clause: None,
            granted_by: None,
            missing: Vec::new(),
            complete: true,
            ignored_grants: subject.ignored().to_vec(),
        },
    };
    match &query {
        Ok(Query::Permission(query)) => match Asked::new(policy, subject, query, now) {
            Some(asked) => told.permission(&asked, &query.scope),
            None => told.unresolved(),
        },
        Ok(Query::App(id)) => match policy.app(*id) {
            Some(app) => told.tier(&["apps.", &app.name], app.at, &app.label, app.tier),
            None => told.unresolved(),
        },
        Ok(Query::Tier(rank)) => match policy.tiers().get(usize::from(*rank)) {
            Some(tier) => told.tier(&["tiers.", &tier.name], tier.at, &tier.label, *rank),
            None => told.unresolved(),
        },
        Err(_) => told.unresolved(),
    }
    told.explanation
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn code_as_text<S: serde::Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
const fn is_true(value: &bool) -> bool {
    *value
}
