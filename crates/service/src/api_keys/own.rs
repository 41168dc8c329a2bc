//! What happens to a key after it was made: looked at, changed, rotated, deleted.

use super::make::{
    by_another, check_count, check_life, check_metadata, check_name, describe, draw,
};
use super::ports::{KeyChange, KeyPage, Owner, Rotation};
use super::records::ApiKeyRecord;
use super::rights::{
    account, is_manager, require_held, require_held_by, require_held_for, require_in_tenant,
    require_over,
};
use super::{MAX_OVERLAP_SECS, Made, Refused};
use crate::audit::event;
use crate::tenants::scope_of;
use crate::{App, AuditEvent, AuditStatus, Caller, Context, Error, Host, Store, guard};

/// A page of the keys of the caller, a tenant or, with the permission, somebody else; and how many there
/// are in all.
///
/// # Errors
/// [`Refused`]; [`Denied::Forbidden`](crate::Denied::Forbidden) for somebody else's.
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    owner: Owner<'_>,
    page: KeyPage,
    context: &Context,
) -> Result<(Vec<ApiKeyRecord>, i64), Error> {
    caller.require_in_person()?;
    match owner {
        Owner::Tenant(tenant_id) => require_in_tenant(app, caller, tenant_id, false).await?,
        Owner::User(id) if id == caller.user.id => {}
        Owner::User(id) => over(app, caller, id, context).await?,
    }
    Ok(app.store.api_keys(owner, page).await?)
}

/// A key that the caller may look at.
///
/// # Errors
/// [`Refused::NotFound`], for other people's keys as well.
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    context: &Context,
) -> Result<ApiKeyRecord, Error> {
    find(app, caller, id, false, context).await
}

/// Changes a key. `is_server_only` says that the change has what only those who manage keys may set.
///
/// # Errors
/// [`Refused`].
pub async fn change<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    mut change: KeyChange,
    expires_in_secs: Option<Option<i64>>,
    is_server_only: bool,
    context: &Context,
) -> Result<ApiKeyRecord, Error> {
    let key = find(app, caller, id, true, context).await?;
    if is_server_only && !is_manager(app, caller, key.tenant_id.as_deref()).await? {
        return Err(Refused::ServerOnly.into());
    }
    if let Some(secs) = expires_in_secs {
        secs.map_or(Ok(()), check_life)?;
        let now_ms = app.host.now_ms();
        change.expires_at_ms = Some(secs.map(|secs| now_ms.saturating_add(secs * 1000)));
    }
    check_change(app, &change)?;
    if let Some(scopes) = &change.scopes {
        require_scopes(app, caller, &key, scopes).await?;
    }
    let mut record = about(app, caller, &key, action(&change), context)?;
    if let Some(scopes) = &change.scopes {
        record
            .fields
            .insert("scopes".into(), scopes.join(" ").into());
    }
    record
        .fields
        .insert("changed".into(), changed(&change).into());
    let changed = app.store.change_api_key(id, &change, &record).await?;
    Ok(changed.ok_or(Refused::NotFound)?)
}

/// Puts another key in the place of one, which holds for `overlap_secs` longer.
///
/// # Errors
/// [`Refused`].
pub async fn rotate<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    overlap_secs: i64,
    context: &Context,
) -> Result<Made, Error> {
    if !(0..=MAX_OVERLAP_SECS).contains(&overlap_secs) {
        let expected = format!("0 to {MAX_OVERLAP_SECS} seconds");
        return Err(Refused::Value("overlap", expected).into());
    }
    let old = find(app, caller, id, true, context).await?;
    if old.user_id != caller.user.id {
        // Privilege escalation (CWE-269): whoever is shown somebody else's key can use it, so it may reach
        // nothing that they don't hold themselves.
        let (owner, tenant) = (&old.user_id, old.tenant_id.as_deref());
        require_held_for(app, caller, owner, tenant, &old.scopes).await?;
    }
    let key = draw(app, &old.prefix)?;
    let now_ms = app.host.now_ms();
    let old_until_ms = now_ms.saturating_add(overlap_secs * 1000);
    let mut record = about(app, caller, &old, "key.rotated", context)?;
    record.fields.insert("start".into(), key.start().into());
    record
        .fields
        .insert("overlapSecs".into(), overlap_secs.into());
    let hash = key.hash().to_string();
    let rotation = Rotation {
        id,
        hash: &hash,
        start: key.start(),
        old_until_ms,
        now_ms,
    };
    let rotated = app.store.rotate_api_key(&rotation, &record).await?;
    let record = rotated.ok_or(Refused::NotFound)?;
    Ok(Made { key, record })
}

/// Deletes a key: from then on nobody knows it.
///
/// # Errors
/// [`Refused::NotFound`].
pub async fn delete<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    context: &Context,
) -> Result<(), Error> {
    let key = find(app, caller, id, true, context).await?;
    let record = about(app, caller, &key, "key.deleted", context)?;
    if app.store.delete_api_key(id, &record).await? {
        Ok(())
    } else {
        Err(Refused::NotFound.into())
    }
}

/// Deletes all keys whose end has come; answers with how many.
///
/// # Errors
/// [`Denied::Forbidden`](crate::Denied::Forbidden) for callers who may not manage keys.
pub async fn delete_expired<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<usize, Error> {
    caller.require_in_person()?;
    guard::require_global(app, caller, &guard::API_KEYS, context).await?;
    let mut record = event(app, context, "key.deleted", AuditStatus::Ok);
    let by = caller.user.id.as_str();
    record.fields.insert("by".into(), by.into());
    record.fields.insert("reason".into(), "expired".into());
    let now_ms = app.host.now_ms();
    Ok(app.store.delete_expired_api_keys(now_ms, &record).await?)
}

/// A key that the caller may look at, or with `writes` change.
async fn find<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    writes: bool,
    context: &Context,
) -> Result<ApiKeyRecord, Error> {
    caller.require_in_person()?;
    let found = app.store.api_key(id).await?;
    let key = found.ok_or(Refused::NotFound)?;
    if let Some(tenant_id) = &key.tenant_id {
        require_in_tenant(app, caller, tenant_id, writes)
            .await
            .map_err(hidden)?;
    } else if key.user_id != caller.user.id {
        // Enumeration (CWE-204): to all others a key of somebody else and none are the same.
        if !is_manager(app, caller, None).await? {
            return Err(Refused::NotFound.into());
        }
        over(app, caller, &key.user_id, context).await?;
    }
    Ok(key)
}

/// To one who isn't in the tenant its keys aren't there.
fn hidden(error: Error) -> Error {
    match error {
        Error::Denied(crate::Denied::ApiKeys(Refused::NotMember)) => Refused::NotFound.into(),
        other => other,
    }
}

async fn over<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<(), Error> {
    // Whoever may manage keys may hear that there is no such account.
    guard::require_global(app, caller, &guard::API_KEYS, context).await?;
    // Also of one who is banned or disabled: its keys don't work, and are to be seen and ended all the same.
    let other = app.store.account(user_id).await?;
    let grants = other.ok_or(Refused::NotFound)?.roles();
    require_over(app, caller, grants, context).await
}

async fn require_scopes<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    key: &ApiKeyRecord,
    scopes: &[String],
) -> Result<(), Error> {
    let tenant = key.tenant_id.as_deref();
    if key.user_id == caller.user.id {
        return require_held(app, caller, tenant, scopes).await;
    }
    require_held_for(app, caller, &key.user_id, tenant, scopes).await?;
    let owner = account(app, &key.user_id).await?.ok_or(Refused::NotFound)?;
    require_held_by(app, caller, &owner, tenant, scopes).await
}

fn check_change<S, H>(app: &App<S, H>, change: &KeyChange) -> Result<(), Error> {
    if *change == KeyChange::default() {
        return Err(Refused::NoValues.into());
    }
    if let Some(name) = &change.name {
        check_name(name)?;
    }
    if let Some(Some(metadata)) = &change.metadata {
        check_metadata(app, metadata)?;
    }
    let refill = change.refill.flatten();
    check_count("rateLimitMax", change.rate_max)?;
    check_count("rateLimitTimeWindow", change.rate_window_ms)?;
    check_count(
        "remaining",
        change.remaining.flatten().filter(|left| *left != 0),
    )?;
    check_count("refillAmount", refill.map(|refill| refill.amount))?;
    check_count("refillInterval", refill.map(|refill| refill.interval_ms))?;
    Ok(())
}

fn action(change: &KeyChange) -> &'static str {
    match change.enabled {
        Some(false) => "key.disabled",
        Some(true) => "key.enabled",
        None => "key.updated",
    }
}

/// Names of what is changed.
fn changed(change: &KeyChange) -> String {
    let members = [
        ("name", change.name.is_some()),
        ("enabled", change.enabled.is_some()),
        ("expiresAt", change.expires_at_ms.is_some()),
        ("metadata", change.metadata.is_some()),
        ("scopes", change.scopes.is_some()),
        (
            "rateLimit",
            change.rate_is_on.is_some()
                || change.rate_max.is_some()
                || change.rate_window_ms.is_some(),
        ),
        ("remaining", change.remaining.is_some()),
        ("refill", change.refill.is_some()),
        ("previous", change.ends_previous),
    ];
    let names: Vec<_> = members
        .iter()
        .filter(|one| one.1)
        .map(|one| one.0)
        .collect();
    names.join(" ")
}

/// A record about a key and whose it is.
fn about<S, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    key: &ApiKeyRecord,
    action: &str,
    context: &Context,
) -> Result<AuditEvent, Error> {
    let mut record = event(app, context, action, AuditStatus::Ok);
    caller.mark(&mut record);
    if key.user_id != caller.user.id {
        by_another(&mut record, caller, &key.user_id);
    }
    if let Some(tenant_id) = &key.tenant_id {
        record.scope = Some(scope_of(app, tenant_id)?);
    }
    describe(&mut record, key);
    Ok(record)
}
