//! Using a key.

use std::sync::Arc;

use portcullis_issue::api_key::{ApiKey, ApiKeyError};

use super::ports::Holder;
use super::records::ApiKeyRecord;
use super::rights::narrow;
use super::{Makers, Refused};
use crate::feed::{self, Key};
use crate::throttle::{self, Key as Counted, Rule};
use crate::{App, Caller, Context, Error, Fault, Host, KeyUse, Store, current_policy};

/// Where uses aren't counted, the last one is written at most this often.
const NOTE_MS: i64 = 60_000;
/// A time beyond all others, for keys without an end: the last second of the year 9999.
const NEVER_MS: i64 = 253_402_300_799_000;

/// Who calls with this key, which is used once by it.
///
/// # Errors
/// [`Refused`]; [`Denied::TooManyRequests`](crate::Denied::TooManyRequests) for an address that came with
/// too many keys that nobody knows.
pub async fn caller<S: Store, H: Host>(
    app: &App<S, H>,
    text: &str,
    context: &Context,
) -> Result<Caller, Error> {
    let key = parse(app, text)?;
    let charge = Charge {
        rule: Rule::ApiKey,
        to: Counted::Address,
        context,
    };
    let caller = holder(app, &key, charge).await?;
    spend(app, caller, &key).await
}

/// Reads a key, without asking anybody.
pub(super) fn parse<S, H>(app: &App<S, H>, text: &str) -> Result<ApiKey, Refused> {
    if app.settings.api_keys.makers == Makers::Nobody {
        return Err(Refused::Off);
    }
    ApiKey::parse(text).map_err(|error| match error {
        ApiKeyError::TooShort => Refused::TooShort,
        ApiKeyError::Character | ApiKeyError::Checksum | ApiKeyError::Prefix => Refused::Invalid,
    })
}

/// Whom keys that nobody knows are charged to, and by which rule.
#[derive(Clone, Copy)]
pub(super) struct Charge<'a> {
    pub(super) rule: Rule,
    pub(super) to: Counted<'a>,
    pub(super) context: &'a Context,
}

/// Whose key it is, kept or looked up: it is good now, but for its rate and the uses left.
pub(super) async fn holder<S: Store, H: Host>(
    app: &App<S, H>,
    key: &ApiKey,
    Charge { rule, to, context }: Charge<'_>,
) -> Result<Caller, Error> {
    let hash = key.hash();
    let kept = Key::of_api_key(*hash.as_bytes());
    if let Some(caller) = feed::kept(app, &kept).await? {
        return Ok(caller);
    }
    // Guessing (CWE-307), and look-ups that cost us more than whoever causes them: an address or an
    // account that has no room left is refused before anything is asked.
    throttle::require_open(app, rule, to, context)?;
    let asked_ms = app.host.now_ms();
    let found = app
        .store
        .api_key_holder(&hash.to_string(), asked_ms)
        .await?;
    let Some(found) = found else {
        throttle::guard(app, rule, &[to], context).await?;
        return Err(Refused::Invalid.into());
    };
    feed::has_looked_up(app, found.caller.rev, asked_ms);
    let caller = bounded(app, found, asked_ms).await?;
    app.feed.keep(kept, &caller, asked_ms);
    Ok(caller)
}

/// The caller that a key makes of its user.
async fn bounded<S: Store, H: Host>(
    app: &App<S, H>,
    found: Holder,
    now_ms: i64,
) -> Result<Caller, Error> {
    let Holder {
        key,
        is_old,
        is_barred,
        mut caller,
    } = found;
    if is_barred {
        return Err(Refused::Banned.into());
    }
    if let Some(refused) = unusable(&key, now_ms) {
        return Err(refused.into());
    }
    if let Some(tenant_id) = &key.tenant_id {
        let policy = &*current_policy(app, &caller).await?;
        narrow(policy, tenant_id, &mut caller.tenants, &mut caller.grants);
    }
    let last_used_at_ms = match key.previous.filter(|_| is_old) {
        Some(previous) => previous.last_used_at_ms,
        None => key.last_used_at_ms,
    };
    let ends_ms = key.expires_at_ms.unwrap_or(NEVER_MS);
    let token_ends_ms = key
        .previous
        .filter(|_| is_old)
        .map_or(ends_ms, |previous| previous.ends_at_ms.min(ends_ms));
    // A session in name alone: nothing ends, extends or lists it. Its id is the key's.
    let session = &mut caller.session;
    session.id.clone_from(&key.id);
    session.user_id.clone_from(&key.user_id);
    session.created_at_ms = key.created_at_ms;
    session.updated_at_ms = key.updated_at_ms;
    session.authenticated_at_ms = 0;
    session.last_active_at_ms = last_used_at_ms.unwrap_or(0);
    session.expires_at_ms = ends_ms;
    session.absolute_expires_at_ms = ends_ms;
    session.token_ends_ms = token_ends_ms;
    caller.api_key = Some(KeyUse {
        id: key.id.clone(),
        scopes: key.scopes.clone(),
        key: Arc::new(key),
        is_old,
    });
    Ok(caller)
}

/// Why a key can't be used, whatever its rate and the uses left.
fn unusable(key: &ApiKeyRecord, now_ms: i64) -> Option<Refused> {
    if !key.enabled {
        Some(Refused::Disabled)
    } else if key.is_over(now_ms) {
        Some(Refused::Expired)
    } else {
        None
    }
}

/// Uses a key once.
pub(super) async fn spend<S: Store, H: Host>(
    app: &App<S, H>,
    mut caller: Caller,
    key: &ApiKey,
) -> Result<Caller, Error> {
    let now_ms = app.host.now_ms();
    let Some(used) = &mut caller.api_key else {
        return Err(Fault::Keys("a key without a key".to_owned()).into());
    };
    let hash = key.hash();
    if used.key.is_counted() {
        let counted = count(app, &used.key, &hash.to_string(), now_ms).await?;
        used.key = Arc::new(counted);
        return Ok(caller);
    }
    if now_ms - caller.session.last_active_at_ms >= NOTE_MS {
        let id = used.id.clone();
        app.store
            .note_api_key_use(&id, &hash.to_string(), now_ms)
            .await?;
        caller.session.last_active_at_ms = now_ms;
        let mut noted = ApiKeyRecord::clone(&used.key);
        noted.last_used_at_ms = Some(now_ms);
        used.key = Arc::new(noted);
        app.feed
            .keep(Key::of_api_key(*hash.as_bytes()), &caller, now_ms);
    }
    Ok(caller)
}

/// Counts a use, or says why there is none.
async fn count<S: Store, H: Host>(
    app: &App<S, H>,
    key: &ApiKeyRecord,
    hash: &str,
    now_ms: i64,
) -> Result<ApiKeyRecord, Error> {
    let at_us = now_ms.saturating_mul(1000);
    // A change of the key opens it again: then its name here is another.
    let name = format!("api-key-use {} {}", key.id, key.updated_at_ms);
    if let Some(wait_us) = app.throttle.closed_us(&name, at_us) {
        let try_again_ms = wait_us / 1000 + 1;
        return Err(Refused::RateLimited { try_again_ms }.into());
    }
    if let Some(counted) = app.store.use_api_key(&key.id, hash, now_ms).await? {
        return Ok(counted);
    }
    let holder = app.store.api_key_holder(hash, now_ms).await?;
    let Some(Holder { key, .. }) = holder else {
        return Err(Refused::Invalid.into());
    };
    if let Some(refused) = unusable(&key, now_ms) {
        return Err(refused.into());
    }
    if key.remaining == Some(0) && !key.is_refilled(now_ms) {
        let try_again_ms = key.refill_wait_ms(now_ms);
        return Err(Refused::UsedUp { try_again_ms }.into());
    }
    let try_again_ms = key.wait_ms(now_ms).unwrap_or(1);
    app.throttle
        .close(&name, at_us.saturating_add(try_again_ms * 1000), at_us);
    Err(Refused::RateLimited { try_again_ms }.into())
}
