//! Changing settings: one conditional statement a write.

use portcullis_issue::random::random_id;
use serde_json::{Map, Value};

use super::{
    Change, MAX_OBJECTS, NewSettings, Object, Place, Precondition, Refused, Stored, Written,
    merge_patch,
};
use crate::host::HostEntropy;
use crate::{App, Caller, Denied, Error, Host, Store};

/// An object after a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// What is there now.
    pub stored: Stored,
    /// Whether there was nothing before.
    pub is_new: bool,
}

/// Replaces the object at a place, or makes it.
///
/// # Errors
/// [`Refused`]: without a condition [`Refused::PreconditionRequired`], as the writer may not know what
/// it replaces (RFC 6585 section 3).
pub async fn put<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    place: &Place,
    members: Map<String, Value>,
    precondition: &Precondition,
) -> Result<Saved, Error> {
    if precondition.is_none() {
        return Err(Refused::PreconditionRequired.into());
    }
    let object = Object::new(members)?;
    write(app, caller, place, &object, Change::Replace, precondition).await
}

/// Puts a merge patch (RFC 7396) over the object at a place, or over an empty one. Without a condition
/// it is put over whatever is there.
///
/// # Errors
/// [`Refused`].
pub async fn patch<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    place: &Place,
    members: Map<String, Value>,
    precondition: &Precondition,
) -> Result<Saved, Error> {
    let object = Object::new(members)?;
    write(app, caller, place, &object, Change::Patch, precondition).await
}

async fn write<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    place: &Place,
    object: &Object,
    change: Change,
    precondition: &Precondition,
) -> Result<Saved, Error> {
    let etag = random_id(&mut HostEntropy(&app.host));
    let written = app
        .store
        .write_user_settings(&NewSettings {
            user_id: &caller.user.id,
            place,
            change,
            text: object.text(),
            etag: &etag,
            at_ms: app.host.now_ms(),
            precondition,
        })
        .await?
        .ok_or(Denied::Unauthenticated)?;
    match written {
        Written {
            done: true,
            existed,
            now: Some(stored),
            ..
        } => Ok(Saved {
            stored,
            is_new: !existed,
        }),
        written => repeated(written, object, change, precondition),
    }
}

/// A write whose answer was lost comes again, with a condition that its own success has made untrue:
/// it has already succeeded, and is told so (RFC 9110 section 13.1.1). Everything else is refused.
fn repeated(
    written: Written,
    object: &Object,
    change: Change,
    precondition: &Precondition,
) -> Result<Saved, Error> {
    let etag = written.now.as_ref().map(|now| now.layer.etag.clone());
    if precondition.holds(etag.as_deref()) {
        let objects = usize::try_from(written.objects).unwrap_or(usize::MAX);
        let is_limit = written.now.is_none() && objects >= MAX_OBJECTS;
        return Err(limit(is_limit, written.now.as_ref(), object, change).into());
    }
    match written.now {
        Some(stored) if result(&stored.settings, object, change) == stored.settings => Ok(Saved {
            stored,
            is_new: false,
        }),
        _ => Err(Refused::PreconditionFailed { etag }.into()),
    }
}

/// Which limit it was.
fn limit(is_limit: bool, now: Option<&Stored>, object: &Object, change: Change) -> Refused {
    let before = now.map(|now| now.settings.clone()).unwrap_or_default();
    match Object::new(result(&before, object, change)) {
        Err(refused) if !is_limit => refused,
        _ => Refused::Limit,
    }
}

fn result(before: &Map<String, Value>, object: &Object, change: Change) -> Map<String, Value> {
    match change {
        Change::Replace => object.members().clone(),
        Change::Patch => {
            let mut merged = before.clone();
            merge_patch(&mut merged, object.members());
            merged
        }
    }
}

/// Removes the object at a place.
///
/// # Errors
/// [`Refused`]; without a condition [`Refused::PreconditionRequired`].
pub async fn remove<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    place: &Place,
    precondition: &Precondition,
) -> Result<(), Error> {
    if precondition.is_none() {
        return Err(Refused::PreconditionRequired.into());
    }
    let removed = app
        .store
        .remove_user_settings(&caller.user.id, place, precondition)
        .await?
        .ok_or(Denied::Unauthenticated)?;
    match (removed.done, removed.now) {
        (true, _) => Ok(()),
        // Conditions aren't asked where there is nothing (RFC 9110 section 13.2.1).
        (false, None) => Err(Refused::NotFound.into()),
        (false, Some(now)) => {
            let etag = Some(now.layer.etag);
            Err(Refused::PreconditionFailed { etag }.into())
        }
    }
}
