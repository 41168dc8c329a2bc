//! May the caller do this: for endpoints that ask, and for handlers that guard.

use std::collections::BTreeSet;

use portcullis_core::decide::{Directory, Explanation, RawScope, Request, ScopePath, explain};
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;

use crate::audit::{action_of, event};
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store, current_policy, feed};

/// Most checks in one call.
pub const MAX_CHECKS: usize = 1000;

/// Most scopes told to a caller at once.
pub const MAX_SCOPES: u32 = 1000;

/// Answers each request for the caller, in order, with its explanation.
///
/// # Errors
/// Only faults: a "no" is an answer.
pub async fn check<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    requests: &[Request],
) -> Result<Vec<Explanation>, Error> {
    let policy = &*current_policy(app, caller).await?;
    let subject = caller.subject(policy);
    let directory = directory_for(app, requests).await?;
    let now = UnixSecs::from_millis(u64::try_from(app.host.now_ms()).unwrap_or(u64::MAX));
    Ok(requests
        .iter()
        .map(|request| explain(policy, &subject, request, &directory, now))
        .collect())
}

/// Lets a handler go on only if the caller has the permission at the scope, and records the attempt
/// under the action that mirrors the permission.
///
/// # Errors
/// [`Denied::Forbidden`] with the explanation.
pub async fn require<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    permission: &str,
    scope: RawScope,
    context: &Context,
) -> Result<Explanation, Error> {
    let scope_text = scope.to_string();
    let request = Request::permission(permission.to_owned(), scope);
    let explanations = check(app, caller, std::slice::from_ref(&request)).await?;
    let Some(explanation) = explanations.into_iter().next() else {
        return Err(Denied::Unauthenticated.into());
    };
    let status = if explanation.allow {
        AuditStatus::Ok
    } else {
        AuditStatus::Fail
    };
    let mut record = event(app, context, &action_of(permission), status);
    caller.mark(&mut record);
    record.scope = (!scope_text.is_empty()).then_some(scope_text);
    record
        .fields
        .insert("code".into(), explanation.code.as_str().into());
    app.store.record(&record).await?;
    if explanation.allow {
        Ok(explanation)
    } else {
        Err(Denied::Forbidden(Box::new(explanation)).into())
    }
}

/// As [`require`], at the global scope.
///
/// # Errors
/// As [`require`].
pub async fn require_global<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    permission: &str,
    context: &Context,
) -> Result<Explanation, Error> {
    require(app, caller, permission, RawScope::global(), context).await
}

/// Full paths of the scopes that the caller's roles reach, for a page to decide with.
///
/// # Errors
/// Only faults.
pub async fn scopes_of<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<Vec<String>, Error> {
    let held = held_scopes(app, caller);
    feed::scopes_within(app, &held, None, MAX_SCOPES).await
}

/// What is known of the scopes that the requests name, whether or not the caller's roles reach them:
/// a scope that isn't there is another answer than one that is out of reach.
pub(crate) async fn directory_for<S: Store, H: Host>(
    app: &App<S, H>,
    requests: &[Request],
) -> Result<Directory, Error> {
    let policy = &app.settings.policy;
    let leaf = |path: ScopePath| {
        let level = policy.levels().get(usize::from(path.depth()))?;
        (path.depth() > 0).then(|| format!("{level}:{}", path.leaf()))
    };
    let leaves: BTreeSet<String> = requests
        .iter()
        .flat_map(|request| named_scopes(policy, request))
        .filter_map(leaf)
        .collect();
    let paths = if leaves.is_empty() {
        Vec::new()
    } else {
        let leaves: Vec<_> = leaves.into_iter().collect();
        let everywhere = [String::new()];
        feed::scopes_within(app, &everywhere, Some(&leaves), MAX_SCOPES).await?
    };
    Ok(Directory::closed(policy, paths.iter().map(String::as_str)))
}

/// The scopes that a request speaks of: where it is, and where the account that it is about has roles.
fn named_scopes(policy: &Policy, request: &Request) -> Vec<ScopePath> {
    let tenant = request.tenant.as_ref().and_then(|id| {
        let level = tenant_level(policy)?;
        Some(RawScope::Text(format!("{level}:{id}")))
    });
    let target = request.target.iter().flat_map(|target| &target.grants);
    request
        .scope
        .iter()
        .chain(&tenant)
        .chain(target.map(|grant| &grant.scope))
        .filter_map(|raw| ScopePath::parse(policy, raw).ok())
        .collect()
}

/// The scopes that a caller's roles and memberships are held at.
pub(crate) fn held_scopes<S, H>(app: &App<S, H>, caller: &Caller) -> Vec<String> {
    let policy = &app.settings.policy;
    let granted = caller
        .grants
        .iter()
        .filter_map(|grant| ScopePath::parse(policy, &grant.scope).ok())
        .map(|path| path.to_text(policy));
    let level = tenant_level(policy);
    let joined = caller
        .tenants
        .iter()
        .filter_map(|one| Some(format!("{}:{}", level?, one.id)));
    let texts: BTreeSet<String> = granted.chain(joined).collect();
    texts.into_iter().collect()
}

/// The level whose scopes are tenants.
fn tenant_level(policy: &Policy) -> Option<&str> {
    let depth = policy.tenants()?.depth;
    policy.levels().get(usize::from(depth)).map(String::as_str)
}
