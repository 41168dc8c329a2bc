//! May the caller do this: for endpoints that ask, and for handlers that guard.

use std::collections::BTreeSet;

use portcullis_core::decide::{
    Code, Directory, Explanation, RawScope, Request, ScopePath, explain,
};
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;

use crate::audit::{action_of, event};
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store, current_policy, feed};

/// Most checks in one call.
pub const MAX_CHECKS: usize = 1000;

/// Longest part of a permission's name that is told back, in characters.
const MAX_TOLD_CHARS: usize = 64;

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
    let answer = |request: &Request| {
        outside_key(caller, request)
            .unwrap_or_else(|| explain(policy, &subject, request, &directory, now))
    };
    Ok(requests.iter().map(answer).collect())
}

/// The refusal of a request that is out of the reach of the API key that the caller came with.
///
/// Privilege escalation (CWE-269): this stands before every decision for such a caller, so what the key
/// isn't for is denied whatever its user holds.
fn outside_key(caller: &Caller, request: &Request) -> Option<Explanation> {
    caller.api_key.as_ref()?;
    let Request {
        permission,
        resource,
        action,
        app,
        tier,
        ..
    } = request;
    let name = match (permission, resource, action) {
        (Some(name), _, _) => name.clone(),
        (None, Some(resource), Some(action)) => format!("{resource}:{action}"),
        // An app, a tier, or nothing that makes sense, which is denied anyway.
        _ if app.is_some() || tier.is_some() => String::new(),
        _ => return None,
    };
    (!caller.reaches(&name)).then(|| outside(&name))
}

/// Refuses a permission that the caller's credential isn't for.
///
/// # Errors
/// [`Denied::Forbidden`] with the code `outside_key`.
pub(crate) fn require_reach(caller: &Caller, permission: &str) -> Result<(), Error> {
    if caller.reaches(permission) {
        Ok(())
    } else {
        Err(Denied::Forbidden(Box::new(outside(permission))).into())
    }
}

/// Refuses one who came with an API key where no permission is asked for: keys are for permissions alone.
///
/// # Errors
/// [`Denied::Forbidden`] with the code `outside_key`.
pub(crate) fn require_no_key(caller: &Caller) -> Result<(), Error> {
    match caller.api_key {
        None => Ok(()),
        Some(_) => Err(Denied::Forbidden(Box::new(outside(""))).into()),
    }
}

fn outside(permission: &str) -> Explanation {
    let message = if permission.is_empty() {
        "the API key is for permissions alone".to_owned()
    } else {
        let name: String = permission.chars().take(MAX_TOLD_CHARS).collect();
        format!("the API key isn't for `{name}`")
    };
    Explanation {
        allow: false,
        code: Code::OutsideKey,
        message,
        clause: None,
        granted_by: None,
        missing: Vec::new(),
        complete: true,
        ignored_grants: Vec::new(),
    }
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
pub(crate) fn tenant_level(policy: &Policy) -> Option<&str> {
    let depth = policy.tenants()?.depth;
    policy.levels().get(usize::from(depth)).map(String::as_str)
}
