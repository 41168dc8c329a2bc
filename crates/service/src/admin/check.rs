//! Whether the caller may do several things together.

use portcullis_core::decide::{RawScope, Request};

use crate::guard::{self, permission_of};
use crate::{App, Caller, Error, Host, Store, authorize};

/// How many of the permissions have to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connector {
    /// All.
    And,
    /// One.
    Or,
}

/// Whether the caller may do what is asked for at a scope: of every group, all or one. Nothing asked for,
/// a group without permissions among others, isn't allowed.
///
/// A name that the policy doesn't have is that of a guard, if there is one whose finest name it is: the
/// answer is what the server would do.
///
/// # Errors
/// Only faults.
pub async fn has_permission<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    groups: &[(Vec<String>, Connector)],
    scope: &RawScope,
) -> Result<bool, Error> {
    let names = groups.iter().flat_map(|(names, _)| names);
    let requests: Vec<Request> = names
        .map(|name| Request::permission(named(app, name), scope.clone()))
        .collect();
    if requests.len() > authorize::MAX_CHECKS {
        return Ok(false);
    }
    let answers = authorize::check(app, caller, &requests).await?;
    let mut answers = answers.iter().map(|answer| answer.allow);
    let mut is_allowed = !groups.is_empty();
    for (names, connector) in groups {
        let group: Vec<bool> = answers.by_ref().take(names.len()).collect();
        is_allowed &= match connector {
            Connector::And => !group.is_empty() && group.iter().all(|one| *one),
            Connector::Or => group.iter().any(|one| *one),
        };
    }
    Ok(is_allowed)
}

fn named<S, H>(app: &App<S, H>, name: &str) -> String {
    let policy = &app.settings.policy;
    if policy.permission_id(name).is_some() {
        return name.to_owned();
    }
    let mut guards = guard::ALL.iter();
    let guard = guards.find(|guard| guard.permissions.first() == Some(&name));
    let demanded = guard.and_then(|guard| permission_of(policy, guard));
    demanded.unwrap_or(name).to_owned()
}
