//! Registered records: things that decisions and searches are about, known here by type and id.
//!
//! A record has the fields that the policy declares for its type. Applications register theirs
//! through these use cases or with `portcullis record import`, and are free not to: a decision can
//! be given a record's properties as well.

mod check;
mod ports;

use portcullis_core::decide::require_global;
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;
use serde_json::{Map, Value};

use crate::audit::event;
use crate::tenants::Page;
use crate::{
    App, AuditEvent, AuditStatus, Caller, Context, Denied, Error, Host, Settings, Store, authorize,
    current_policy,
};

pub use check::{MAX_ID_BYTES, MAX_PROPERTIES_BYTES, Problem, checked, with_id};
pub use ports::{Account, AccountSearch, CatalogStore, RecordSearch};

/// A record that is known by type and id.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// A resource of the policy.
    pub kind: String,
    /// Unique among records of the type.
    pub id: String,
    /// Values of its fields.
    pub properties: Map<String, Value>,
    /// When it was last changed, Unix milliseconds.
    pub updated_at_ms: i64,
}

/// Why something about registered records was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The operator named no permission for this.
    Off,
    /// There is no such record.
    NoRecord,
    /// The policy has no such type of record.
    NoType,
    /// It isn't a record of its type.
    Record(Problem),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Denied::Catalog(refused).into()
    }
}

impl Settings {
    /// Names the permission that registering and reading records takes; empty text takes it back,
    /// and then nobody may.
    ///
    /// # Errors
    /// A sentence when the policy has no such permission.
    pub fn set_records_permission(&mut self, name: &str) -> Result<(), String> {
        self.records_permission = known_permission(&self.policy, name)?;
        Ok(())
    }
}

/// The name of a permission of the policy, `None` for empty text.
pub(crate) fn known_permission(policy: &Policy, name: &str) -> Result<Option<String>, String> {
    let name = name.trim();
    if name.is_empty() {
        return Ok(None);
    }
    match policy.permission_id(name) {
        Some(_) => Ok(Some(name.to_owned())),
        None => Err(format!("the policy has no permission `{name}`")),
    }
}

/// Registers a record, or replaces what is known of it; whether it is new.
///
/// # Errors
/// [`Denied::Forbidden`] for a caller who may not, [`Refused`] for a record that isn't one.
pub async fn put<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    kind: &str,
    id: &str,
    properties: Map<String, Value>,
    context: &Context,
) -> Result<(Registered, bool), Error> {
    may(app, caller).await?;
    let policy = &app.settings.policy;
    let record = Registered {
        kind: kind.to_owned(),
        id: id.to_owned(),
        properties: checked(policy, kind, id, properties)?,
        updated_at_ms: app.host.now_ms(),
    };
    let event = told(app, caller, context, "record.put", kind, id);
    let is_new = app.store.put_registered(&record, &event).await?;
    Ok((record, is_new))
}

/// Forgets a record.
///
/// # Errors
/// As [`put`]; [`Refused::NoRecord`] when there is none.
pub async fn remove<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    kind: &str,
    id: &str,
    context: &Context,
) -> Result<(), Error> {
    may(app, caller).await?;
    let event = told(app, caller, context, "record.remove", kind, id);
    if app.store.remove_registered(kind, id, &event).await? {
        Ok(())
    } else {
        Err(Refused::NoRecord.into())
    }
}

/// A record.
///
/// # Errors
/// As [`remove`].
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    kind: &str,
    id: &str,
) -> Result<Registered, Error> {
    may(app, caller).await?;
    let found = app
        .store
        .registered(&[(kind.to_owned(), id.to_owned())])
        .await?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Refused::NoRecord.into())
}

/// Records of a type in order of their ids.
///
/// # Errors
/// As [`put`]; [`Refused::NoType`] for a type that the policy doesn't have.
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    kind: &str,
    page: Page<'_>,
) -> Result<Vec<Registered>, Error> {
    may(app, caller).await?;
    if app.settings.policy.resource_id(kind).is_none() {
        return Err(Refused::NoType.into());
    }
    Ok(app.store.registered_page(kind, page).await?)
}

async fn may<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> Result<(), Error> {
    let Some(name) = &app.settings.records_permission else {
        return Err(Refused::Off.into());
    };
    authorize::require_reach(caller, name)?;
    let policy = &*current_policy(app, caller).await?;
    let now = now(app);
    require_global(policy, &caller.subject(policy), name, now)
        .map(drop)
        .map_err(|explanation| Denied::Forbidden(explanation).into())
}

/// The time of a decision.
pub(crate) fn now<S, H: Host>(app: &App<S, H>) -> UnixSecs {
    UnixSecs::from_millis(u64::try_from(app.host.now_ms()).unwrap_or(u64::MAX))
}

fn told<S, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
    action: &str,
    kind: &str,
    id: &str,
) -> AuditEvent {
    let mut event = event(app, context, action, AuditStatus::Ok);
    caller.mark(&mut event);
    event.fields.insert("type".into(), kind.into());
    event.fields.insert("id".into(), id.into());
    event
}
