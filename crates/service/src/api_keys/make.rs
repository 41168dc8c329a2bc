//! Making a key.

use core::ops::RangeInclusive;

use portcullis_issue::api_key::{ApiKey, ApiKeyError, is_prefix};
use portcullis_issue::random::random_id;
use serde_json::{Map, Value};

use super::records::{ApiKeyRecord, KeyRate, Refill};
use super::rights::{
    account, is_manager, require_held, require_held_by, require_held_for, require_in_tenant,
    require_over,
};
use super::{
    LIFE_SECS, MAX_KEYS, MAX_METADATA_BYTES, MAX_NAME_CHARS, Makers, NewApiKey, Outcome, Refused,
};
use crate::audit::event;
use crate::host::HostEntropy;
use crate::shown::is_shown;
use crate::tenants::scope_of;
use crate::{App, AuditEvent, AuditStatus, Caller, Context, Error, Fault, Host, Store};

/// The rate of keys that have none, should it be switched on.
const USUAL_RATE: (i64, i64) = (10, 86_400_000);
/// What counts and times may be: a trillion, so that sums stay exact as doubles.
pub(super) const COUNTS: RangeInclusive<i64> = 1..=1_000_000_000_000;

/// A key that is asked for.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// What people call it.
    pub name: Option<String>,
    /// What stands before it.
    pub prefix: Option<String>,
    /// How long it lasts, in seconds.
    pub expires_in_secs: Option<i64>,
    /// What its owner keeps with it.
    pub metadata: Option<Map<String, Value>>,
    /// The permissions that it is for.
    pub scopes: Vec<String>,
    /// Whether it has a rate.
    pub rate_is_on: Option<bool>,
    /// Uses in a window.
    pub rate_max: Option<i64>,
    /// How long a window lasts, milliseconds.
    pub rate_window_ms: Option<i64>,
    /// How many uses there are.
    pub remaining: Option<i64>,
    /// How they grow back.
    pub refill: Option<Refill>,
    /// The tenant that it is to belong to.
    pub tenant_id: Option<String>,
    /// The user whose it is to be, when it isn't the caller.
    pub user_id: Option<String>,
    /// Whether it asks for what only those who manage keys may set.
    pub is_server_only: bool,
}

/// A key, this once.
#[derive(Debug)]
pub struct Made {
    /// The key itself, to show once.
    pub key: ApiKey,
    /// What is stored of it.
    pub record: ApiKeyRecord,
}

/// Makes a key for the caller, for a tenant, or for somebody whom the caller manages.
///
/// # Errors
/// [`Refused`]; [`Denied::Forbidden`](crate::Denied::Forbidden) for somebody else's.
pub async fn create<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    new: NewKey,
    context: &Context,
) -> Result<Made, Error> {
    caller.require_in_person()?;
    let tenant_id = new.tenant_id.as_deref();
    require_maker(app, caller, &new).await?;
    check_members(app, &new)?;
    if let Some(tenant_id) = tenant_id {
        require_in_tenant(app, caller, tenant_id, true).await?;
    }
    // Nobody grants beyond their own permissions, and no key has more than its owner.
    require_held(app, caller, tenant_id, &new.scopes).await?;
    let mut made = event(app, context, "key.created", AuditStatus::Ok);
    caller.mark(&mut made);
    let mut user = (caller.user.id.clone(), caller.user.epoch);
    if let Some(id) = new.user_id.as_deref().filter(|id| *id != caller.user.id) {
        let other = account(app, id).await?.ok_or(Refused::NotFound)?;
        require_over(app, caller, other.grants.clone(), context).await?;
        require_held_for(app, caller, id, None, &new.scopes).await?;
        require_held_by(app, caller, &other, None, &new.scopes).await?;
        by_another(&mut made, caller, id);
        user = (id.to_owned(), other.user.epoch);
    }
    if let Some(tenant_id) = tenant_id {
        made.scope = Some(scope_of(app, tenant_id)?);
    }
    store(app, new, user, made).await
}

async fn store<S: Store, H: Host>(
    app: &App<S, H>,
    new: NewKey,
    (user_id, user_epoch): (String, i64),
    mut made: AuditEvent,
) -> Result<Made, Error> {
    let prefix = new.prefix.as_deref();
    let prefix = prefix.unwrap_or(&app.settings.api_keys.prefix).to_owned();
    let key = draw(app, &prefix)?;
    let record = record(app, new, prefix, user_id, &key);
    describe(&mut made, &record);
    let new = NewApiKey {
        key: record,
        hash: key.hash().to_string(),
        user_epoch,
        max_keys: MAX_KEYS,
    };
    match app.store.add_api_key(&new, &made).await? {
        Outcome::Made => Ok(Made {
            key,
            record: new.key,
        }),
        Outcome::Limit => Err(Refused::Limit.into()),
        Outcome::Stale => Err(Refused::Stale.into()),
    }
}

/// A new key with this prefix.
pub(super) fn draw<S, H: Host>(app: &App<S, H>, prefix: &str) -> Result<ApiKey, Error> {
    ApiKey::generate(prefix, &mut HostEntropy(&app.host)).map_err(|error| match error {
        ApiKeyError::Prefix => Refused::Prefix.into(),
        other => Fault::Keys(other.to_string()).into(),
    })
}

/// Says in a record which key it is about; never the key.
pub(super) fn describe(event: &mut AuditEvent, record: &ApiKeyRecord) {
    let fields = &mut event.fields;
    fields.insert("key".into(), record.id.as_str().into());
    fields.insert("start".into(), record.start.as_str().into());
    if let Some(name) = &record.name {
        fields.insert("name".into(), name.as_str().into());
    }
    fields.insert("scopes".into(), record.scopes.join(" ").into());
}

/// Makes a record one about somebody else, by the caller.
pub(super) fn by_another(event: &mut AuditEvent, caller: &Caller, user_id: &str) {
    event.user_id = Some(user_id.to_owned());
    let by = caller.user.id.as_str();
    event.fields.insert("by".into(), by.into());
}

async fn require_maker<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    new: &NewKey,
) -> Result<(), Error> {
    let makers = app.settings.api_keys.makers;
    if makers == Makers::Nobody {
        return Err(Refused::Off.into());
    }
    if !new.is_server_only && makers == Makers::Everybody {
        return Ok(());
    }
    match is_manager(app, caller, new.tenant_id.as_deref()).await? {
        true => Ok(()),
        false if new.is_server_only => Err(Refused::ServerOnly.into()),
        false => Err(Refused::Off.into()),
    }
}

fn check_members<S, H>(app: &App<S, H>, new: &NewKey) -> Result<(), Error> {
    if new.tenant_id.is_some() && new.user_id.is_some() {
        let expected = "a user's key or a tenant's, not both".to_owned();
        return Err(Refused::Value("userId", expected).into());
    }
    if let Some(name) = &new.name {
        check_name(name)?;
    }
    if new.prefix.as_deref().is_some_and(|text| !is_prefix(text)) {
        return Err(Refused::Prefix.into());
    }
    if let Some(secs) = new.expires_in_secs {
        check_life(secs)?;
    }
    if let Some(metadata) = &new.metadata {
        check_metadata(app, metadata)?;
    }
    check_count("rateLimitMax", new.rate_max)?;
    check_count("rateLimitTimeWindow", new.rate_window_ms)?;
    check_count("remaining", new.remaining.filter(|left| *left != 0))?;
    check_count("refillAmount", new.refill.map(|refill| refill.amount))?;
    check_count(
        "refillInterval",
        new.refill.map(|refill| refill.interval_ms),
    )?;
    Ok(())
}

pub(super) fn check_count(member: &'static str, value: Option<i64>) -> Result<(), Refused> {
    match value {
        Some(value) if !COUNTS.contains(&value) => {
            let (least, most) = (COUNTS.start(), COUNTS.end());
            Err(Refused::Value(member, format!("{least} to {most}")))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), Refused> {
    let is_name = (1..=MAX_NAME_CHARS).contains(&name.chars().count());
    if is_name && is_shown(name) {
        Ok(())
    } else {
        Err(Refused::NameLength)
    }
}

pub(super) fn check_life(secs: i64) -> Result<(), Refused> {
    if secs < *LIFE_SECS.start() {
        Err(Refused::ExpiresTooSoon)
    } else if secs > *LIFE_SECS.end() {
        Err(Refused::ExpiresTooLate)
    } else {
        Ok(())
    }
}

pub(super) fn check_metadata<S, H>(
    app: &App<S, H>,
    metadata: &Map<String, Value>,
) -> Result<(), Refused> {
    if !app.settings.api_keys.takes_metadata {
        return Err(Refused::MetadataOff);
    }
    let bytes = serde_json::to_string(metadata).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_METADATA_BYTES {
        let expected = format!("at most {MAX_METADATA_BYTES} bytes as JSON");
        return Err(Refused::Value("metadata", expected));
    }
    Ok(())
}

fn record<S, H: Host>(
    app: &App<S, H>,
    new: NewKey,
    prefix: String,
    user_id: String,
    key: &ApiKey,
) -> ApiKeyRecord {
    let now_ms = app.host.now_ms();
    let usual = app.settings.api_keys.rate;
    let (max, window_ms) = usual.unwrap_or(USUAL_RATE);
    let asks_for_rate = new.rate_max.is_some() || new.rate_window_ms.is_some();
    let ends_ms = |secs: i64| now_ms.saturating_add(secs.saturating_mul(1000));
    ApiKeyRecord {
        id: random_id(&mut HostEntropy(&app.host)),
        user_id,
        tenant_id: new.tenant_id,
        name: new.name,
        prefix,
        start: key.start().to_owned(),
        scopes: new.scopes,
        metadata: new.metadata,
        enabled: true,
        expires_at_ms: new.expires_in_secs.map(ends_ms),
        rate: KeyRate {
            is_on: new.rate_is_on.unwrap_or(usual.is_some() || asks_for_rate),
            max: new.rate_max.unwrap_or(max),
            window_ms: new.rate_window_ms.unwrap_or(window_ms),
            count: 0,
            began_at_ms: None,
        },
        remaining: new.remaining,
        refill: new.refill,
        last_refill_at_ms: None,
        last_used_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        previous: None,
    }
}
