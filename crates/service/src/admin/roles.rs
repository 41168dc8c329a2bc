//! Roles given to others and taken from them.

use portcullis_core::decide::{Grant, RawScope};

use super::manage::{administrators, find_managed, ground, reach, record_of, require_hand_out};
use super::ports::{Account, Change, Effect, HeldGrant};
use super::{Refused, apply_to};
use crate::bootstrap::new_grant;
use crate::host::HostEntropy;
use crate::{App, Caller, Context, Error, Host, NewGrant, Store, guard};

/// Most roles that an account gets at a time.
const MAX_ROLES: usize = 100;

/// Gives an account these roles everywhere, in place of those that it held everywhere; roles at scopes
/// stay.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::NoUser`], [`Refused::UnknownRole`], [`Refused::NotGrantable`],
/// [`Refused::NotHeld`], [`Refused::LastAdministrator`], [`Refused::Changed`].
pub async fn set_roles<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    roles: &[String],
    context: &Context,
) -> Result<Account, Error> {
    let guard = &guard::SET_ROLE;
    reach(app, caller, guard, context).await?;
    check_known(app, roles)?;
    let account = find_managed(app, caller, user_id, guard, context).await?;
    let (taken, given) = replace(app, &account, roles)?;
    require_hand_out(app, caller, user_id, &global(roles, &given), context).await?;
    if taken.is_empty() && given.is_empty() {
        return Ok(account);
    }
    let mut record = record_of(app, caller, user_id, "role.set", context);
    let held = account.grants.iter().filter(|one| one.scope.is_empty());
    let before: Vec<&str> = held.map(|one| one.role.as_str()).collect();
    record
        .fields
        .insert("before".into(), before.join(" ").into());
    record.fields.insert("roles".into(), roles.join(" ").into());
    let keeps_one_of = if taken.is_empty() {
        Vec::new()
    } else {
        administrators(app, &account)
    };
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Roles { taken, given }],
        keeps_one_of,
        now_ms: app.host.now_ms(),
        event: record,
    };
    apply_to(app, change).await
}

/// Gives an account a role at a scope; one that it holds already is answered as it is.
///
/// # Errors
/// As [`set_roles`].
pub async fn grant<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    wanted: &Grant,
    context: &Context,
) -> Result<HeldGrant, Error> {
    let guard = &guard::SET_ROLE;
    reach(app, caller, guard, context).await?;
    let new = new_grants(app, core::slice::from_ref(wanted))?;
    let new = new.into_iter().next().ok_or(Refused::UnknownRole)?;
    let account = find_managed(app, caller, user_id, guard, context).await?;
    let is_same = |one: &&HeldGrant| one.role == new.role && one.scope == new.scope;
    if let Some(held) = account.grants.iter().find(is_same) {
        return Ok(held.clone());
    }
    let wanted = Grant {
        role: new.role.clone(),
        scope: RawScope::Text(new.scope.clone()),
    };
    require_hand_out(
        app,
        caller,
        user_id,
        core::slice::from_ref(&wanted),
        context,
    )
    .await?;
    let mut record = record_of(app, caller, user_id, "role.grant", context);
    record
        .fields
        .insert("role".into(), wanted.to_string().into());
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Roles {
            taken: Vec::new(),
            given: vec![new.clone()],
        }],
        keeps_one_of: Vec::new(),
        now_ms: app.host.now_ms(),
        event: record,
    };
    let account = apply_to(app, change).await?;
    let held = account.grants.into_iter();
    let mut held = held.filter(|one| one.role == new.role && one.scope == new.scope);
    Ok(held.next().ok_or(Refused::Changed)?)
}

/// Takes a role at a scope from an account.
///
/// # Errors
/// As [`set_roles`]; [`Refused::NoGrant`].
pub async fn revoke<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    is_meant: impl Fn(&HeldGrant) -> bool + Send,
    context: &Context,
) -> Result<(), Error> {
    let account = find_managed(app, caller, user_id, &guard::SET_ROLE, context).await?;
    let held = account.grants.iter().find(|one| is_meant(one));
    let held = held.ok_or(Refused::NoGrant)?;
    let mut record = record_of(app, caller, user_id, "role.revoke", context);
    let role = held.grant().to_string();
    record.fields.insert("role".into(), role.into());
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Roles {
            taken: vec![held.id.clone()],
            given: Vec::new(),
        }],
        keeps_one_of: administrators(app, &account),
        now_ms: app.host.now_ms(),
        event: record,
    };
    apply_to(app, change).await.map(drop)
}

/// What has to be taken and given so that these are the roles held everywhere.
pub(super) fn replace<S, H: Host>(
    app: &App<S, H>,
    account: &Account,
    roles: &[String],
) -> Result<(Vec<String>, Vec<NewGrant>), Error> {
    let held = || account.grants.iter().filter(|one| one.scope.is_empty());
    let taken = held()
        .filter(|one| !roles.contains(&one.role))
        .map(|one| one.id.clone())
        .collect();
    let mut wanted: Vec<Grant> = Vec::new();
    for role in roles {
        let grant = everywhere(role);
        if !held().any(|one| one.role == *role) && !wanted.contains(&grant) {
            wanted.push(grant);
        }
    }
    Ok((taken, new_grants(app, &wanted)?))
}

/// Those of `roles` that are given anew, everywhere.
pub(super) fn global(roles: &[String], given: &[NewGrant]) -> Vec<Grant> {
    let is_given = |role: &&String| given.iter().any(|one| one.role == **role);
    roles
        .iter()
        .filter(is_given)
        .map(|role| everywhere(role))
        .collect()
}

fn everywhere(role: &str) -> Grant {
    Grant {
        role: role.to_owned(),
        scope: RawScope::global(),
    }
}

/// Grants checked against the policy, each with an id.
pub(super) fn new_grants<S, H: Host>(
    app: &App<S, H>,
    roles: &[Grant],
) -> Result<Vec<NewGrant>, Error> {
    let policy = &app.settings.policy;
    if roles.len() > MAX_ROLES {
        return Err(Refused::Value("role", "at most 100 roles").into());
    }
    let mut grants = Vec::with_capacity(roles.len());
    for role in roles {
        if policy.role_id(&role.role).is_none() {
            return Err(Refused::UnknownRole.into());
        }
        let new = new_grant(policy, &role.to_string(), &mut HostEntropy(&app.host));
        grants.push(new.map_err(Refused::NotGrantable)?);
    }
    Ok(grants)
}

fn check_known<S, H>(app: &App<S, H>, roles: &[String]) -> Result<(), Error> {
    let policy = &app.settings.policy;
    let is_known = |role: &String| policy.role_id(role).is_some();
    if roles.iter().all(is_known) {
        Ok(())
    } else {
        Err(Refused::UnknownRole.into())
    }
}

/// Roles for the audit log.
pub(super) fn texts(roles: &[Grant]) -> String {
    let texts: Vec<String> = roles.iter().map(ToString::to_string).collect();
    texts.join(" ")
}
