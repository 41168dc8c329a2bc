//! Who may manage whom.
//!
//! 1. A caller *reaches* what the guard's permission is allowed it: everything, or some scopes. One who
//!    reaches nothing may not, whatever the account.
//! 2. It *knows of* an account if it reaches everything, or a scope where the account has a role. To
//!    others the account isn't there.
//! 3. It *manages* an account if, at every scope where the account has a role, the permission is
//!    allowed it and it holds a role that manages the account's (LANGUAGE.md section 6). Only who
//!    reaches everything manages an account without roles. A role or scope that the policy or the server
//!    doesn't know any more is above everybody.
//! 4. It *hands out* a role at a scope if it may set roles there, manages that role there, and has
//!    itself all that the role gives.
//! 5. It *gets into* an account (acts as it, sets its password or its address) if it manages it and has
//!    itself all that the account's roles give, and a tier no lower ([`holding`](super::holding)).
//!
//! What this is decided on, the epochs of caller and account, is asked again in the batch that writes.

use std::collections::BTreeSet;

use portcullis_core::decide::{Explanation, Grant, RawScope, Request, Target};
use portcullis_core::policy::Policy;

use super::Refused;
use super::holding::require_roles;
use super::ports::{Account, Ground};
use crate::audit::event;
use crate::authorize::{self, check, held_scopes};
use crate::guard::{self, Guard, permission_of};
use crate::{App, AuditEvent, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// Where a caller may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// To everybody.
    Everything,
    /// To those with a role at one of these scopes, or within it.
    Scopes(Vec<String>),
}

/// Where the caller may do what the guard stands before.
///
/// # Errors
/// [`Refused::NotAllowed`], which leaves an audit record, when that is nowhere.
pub async fn reach<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    guard: &Guard,
    context: &Context,
) -> Result<Reach, Error> {
    if caller.impersonator.is_some() {
        // Nobody administers while being somebody else (CWE-441).
        return Err(nowhere(app, caller, guard, context).await);
    }
    let mut scopes = held_scopes(app, caller);
    scopes.retain(|scope| !scope.is_empty());
    let Some(name) = permission_of(&app.settings.policy, guard) else {
        return Err(nowhere(app, caller, guard, context).await);
    };
    let at = |scope: &str| Request::permission(name.to_owned(), RawScope::Text(scope.to_owned()));
    let mut requests = vec![at("")];
    requests.extend(scopes.iter().map(|scope| at(scope)));
    let answers = check(app, caller, &requests).await?;
    if answers.first().is_some_and(|global| global.allow) {
        return Ok(Reach::Everything);
    }
    let answered = scopes.into_iter().zip(answers.iter().skip(1));
    let allowed: Vec<String> = answered
        .filter(|(_, answer)| answer.allow)
        .map(|(scope, _)| scope)
        .collect();
    if allowed.is_empty() {
        return Err(nowhere(app, caller, guard, context).await);
    }
    Ok(Reach::Scopes(allowed))
}

/// The refusal of one who may nowhere, recorded.
async fn nowhere<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    guard: &Guard,
    context: &Context,
) -> Error {
    match guard::require_global(app, caller, guard, context).await {
        Err(Error::Denied(Denied::Forbidden(explanation))) => Refused::NotAllowed {
            guard: *guard,
            explanation,
        }
        .into(),
        Err(error) => error,
        // Allowed by now: what the caller may has changed in between.
        Ok(_) => Refused::Changed.into(),
    }
}

/// An account that the caller knows of by what it may do.
///
/// # Errors
/// As [`reach`]; [`Refused::NoUser`].
pub async fn find<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    guard: &Guard,
    context: &Context,
) -> Result<Account, Error> {
    let reach = reach(app, caller, guard, context).await?;
    let account = app.store.account(user_id).await?;
    let account = account.ok_or(Refused::NoUser)?;
    if knows(app, caller, &reach, &account, guard).await? {
        Ok(account)
    } else {
        // Enumeration (OWASP ASVS 8.2.2): what lies outside of a caller's scopes isn't there for it.
        Err(Refused::NoUser.into())
    }
}

/// As [`find`], for an account that the caller manages.
///
/// # Errors
/// As [`find`] and [`require_over`].
pub async fn find_managed<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    guard: &Guard,
    context: &Context,
) -> Result<Account, Error> {
    let account = find(app, caller, user_id, guard, context).await?;
    require_over(app, caller, &account, guard, context).await?;
    Ok(account)
}

/// Whether a caller who reaches this knows of an account.
pub(super) async fn knows<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    reach: &Reach,
    account: &Account,
    guard: &Guard,
) -> Result<bool, Error> {
    if *reach == Reach::Everything {
        return Ok(true);
    }
    let Some(name) = permission_of(&app.settings.policy, guard) else {
        return Ok(false);
    };
    let scopes = scopes_of(&account.roles());
    let requests: Vec<Request> = scopes
        .into_iter()
        .map(|scope| Request::permission(name.to_owned(), RawScope::Text(scope)))
        .collect();
    let answers = check(app, caller, &requests).await?;
    Ok(answers.iter().any(|answer| answer.allow))
}

/// Lets a caller go on only if it manages the account. A refusal leaves an audit record.
///
/// # Errors
/// [`Refused::NotAllowed`] with the explanation; to an API key about its own user's account that this
/// takes the user in person.
pub async fn require_over<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    account: &Account,
    guard: &Guard,
    context: &Context,
) -> Result<(), Error> {
    if account.user.id == caller.user.id && caller.api_key.is_some() {
        // A leaked key must not become the account: where a policy lets somebody manage their own level,
        // its password and sessions still take the user in person (CWE-441).
        caller.require_in_person()?;
    }
    let Some(name) = permission_of(&app.settings.policy, guard) else {
        return Err(nowhere(app, caller, guard, context).await);
    };
    let refusal = over(app, caller, name, &account.roles()).await?;
    let Some(explanation) = refusal else {
        return Ok(());
    };
    record_refusal(app, caller, &account.user.id, guard, &explanation, context).await?;
    let explanation = Box::new(explanation);
    let guard = *guard;
    Err(Refused::NotAllowed { guard, explanation }.into())
}

/// Why the caller doesn't manage holders of these roles by a permission; `None` when it does.
async fn over<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    name: &str,
    roles: &[Grant],
) -> Result<Option<Explanation>, Error> {
    let at = |scope: String| Request {
        target: Some(Target {
            grants: roles.to_vec(),
        }),
        ..Request::permission(name.to_owned(), RawScope::Text(scope))
    };
    let everywhere = check(app, caller, &[at(String::new())]).await?;
    let Some(everywhere) = everywhere.into_iter().next() else {
        return Err(Denied::Unauthenticated.into());
    };
    if everywhere.allow || roles.is_empty() {
        return Ok((!everywhere.allow).then_some(everywhere));
    }
    let requests: Vec<Request> = scopes_of(roles).into_iter().map(at).collect();
    let answers = check(app, caller, &requests).await?;
    Ok(answers.into_iter().find(|answer| !answer.allow))
}

/// Lets a caller go on only if it may hand out all of these roles.
///
/// # Errors
/// [`Refused::NotAllowed`] with the explanation, [`Refused::NotHeld`]; each leaves an audit record.
pub async fn require_hand_out<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    roles: &[Grant],
    context: &Context,
) -> Result<(), Error> {
    if roles.is_empty() {
        return Ok(());
    }
    // What a role gives may lie outside of what a key was made for.
    authorize::require_no_key(caller)?;
    let guard = &guard::SET_ROLE;
    let Some(name) = permission_of(&app.settings.policy, guard) else {
        return Err(nowhere(app, caller, guard, context).await);
    };
    let requests: Vec<Request> = roles
        .iter()
        .map(|grant| Request {
            target: Some(Target {
                grants: vec![grant.clone()],
            }),
            ..Request::permission(name.to_owned(), grant.scope.clone())
        })
        .collect();
    let answers = check(app, caller, &requests).await?;
    if let Some(explanation) = answers.into_iter().find(|answer| !answer.allow) {
        record_refusal(app, caller, user_id, guard, &explanation, context).await?;
        let explanation = Box::new(explanation);
        let guard = *guard;
        return Err(Refused::NotAllowed { guard, explanation }.into());
    }
    require_roles(app, caller, user_id, roles, guard, context).await
}

/// The roles of which an account has to be left that holds one everywhere, if the change takes an
/// administrator away: those that set roles, at no lower level than the account has one; none when it
/// has none.
pub(super) fn administrators<S, H>(app: &App<S, H>, account: &Account) -> Vec<String> {
    let roles = administrating(&app.settings.policy);
    let held = account.grants.iter().filter(|one| one.scope.is_empty());
    let held = held.filter_map(|one| roles.iter().find(|(name, _)| *name == one.role));
    let Some(level) = held.map(|(_, level)| *level).max() else {
        return Vec::new();
    };
    let others = roles.into_iter().filter(|(_, other)| *other >= level);
    others.map(|(name, _)| name).collect()
}

/// The roles that set roles, with their levels.
pub(crate) fn administrating(policy: &Policy) -> Vec<(String, u32)> {
    let carries = |id: u16| {
        let name = permission_of(policy, &guard::SET_ROLE)?;
        let permission = policy.permission(policy.permission_id(name)?)?;
        let mut listed = permission.roles.iter();
        let role = policy.role(id)?;
        let is_superuser = role.superuser_from.is_some_and(|from| from == 0);
        (is_superuser || listed.any(|one| inherits(policy, id, *one))).then_some(role)
    };
    (0..)
        .zip(policy.roles())
        .filter_map(|(id, _)| carries(id))
        .map(|role| (role.name.clone(), role.level))
        .collect()
}

fn inherits(policy: &Policy, id: u16, from: u16) -> bool {
    let parents = policy.role(id).map(|role| role.inherits.as_slice());
    id == from
        || parents
            .unwrap_or_default()
            .iter()
            .any(|parent| inherits(policy, *parent, from))
}

/// What a change to an account was decided on.
pub(super) fn ground(caller: &Caller, account: &Account) -> Ground {
    Ground {
        caller_id: caller.user.id.clone(),
        caller_epoch: caller.user.epoch,
        user_id: account.user.id.clone(),
        user_epoch: Some(account.user.epoch),
    }
}

/// A record of what a caller did to an account: whose it is, and by whom.
pub(super) fn record_of<S, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    action: &str,
    context: &Context,
) -> AuditEvent {
    let mut record = event(app, context, action, AuditStatus::Ok);
    mark(&mut record, caller, user_id);
    record
}

/// A record of what a caller wasn't let do to an account.
pub(super) fn refusal<S, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    guard: &Guard,
    context: &Context,
) -> AuditEvent {
    let mut record = event(app, context, guard.operation, AuditStatus::Fail);
    mark(&mut record, caller, user_id);
    record
}

fn mark(record: &mut AuditEvent, caller: &Caller, user_id: &str) {
    caller.mark(record);
    let by = caller.user.id.as_str();
    // Who acts in the caller's place is named already; then this says in whose.
    let name = if record.fields.contains_key("by") {
        "as"
    } else {
        "by"
    };
    record.fields.insert(name.into(), by.into());
    record.user_id = (!user_id.is_empty()).then(|| user_id.to_owned());
}

async fn record_refusal<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    guard: &Guard,
    explanation: &Explanation,
    context: &Context,
) -> Result<(), Error> {
    let mut record = refusal(app, caller, user_id, guard, context);
    let code = explanation.code.as_str();
    record.fields.insert("code".into(), code.into());
    Ok(app.store.record(&record).await?)
}

/// The scopes of some grants, each once.
fn scopes_of(roles: &[Grant]) -> BTreeSet<String> {
    roles.iter().map(|grant| grant.scope.to_string()).collect()
}
