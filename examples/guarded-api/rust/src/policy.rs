//! The policy, which is the server's own file, and a guard for routes.

use std::sync::OnceLock;

use portcullis_core::decide::{self, Directory, RawScope, Request, Subject};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;

use crate::answer::Refusal;

const TEXT: &str = include_str!("../../policy.toml");

/// The policy, read once in an isolate.
pub(crate) fn policy() -> Result<&'static Policy, Refusal> {
    static POLICY: OnceLock<Option<Policy>> = OnceLock::new();
    let policy = POLICY.get_or_init(|| toml::parse(TEXT).ok());
    policy
        .as_ref()
        .ok_or_else(|| Refusal::broken("the policy can't be read"))
}

/// Lets a route go on only if the caller has the permission in the team.
pub(crate) fn require(
    policy: &Policy,
    subject: &Subject,
    permission: &str,
    team: &str,
    now: UnixSecs,
) -> Result<(), Refusal> {
    let scope = RawScope::Text(format!("team:{team}"));
    let request = Request::permission(permission.to_owned(), scope);
    // A worker that knew all teams would pass `Directory::closed`, and an unknown one would be refused.
    decide::require(policy, subject, &request, &Directory::open(), now)
        .map(drop)
        .map_err(Refusal::Forbidden)
}
