//! Reading settings.

use core::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Effective, Layer, Place, Refused, Stored, merge_patch};
use crate::{App, Caller, Error, Host, Store};

/// Bytes of the digest that a tag has.
const TAG_BYTES: usize = 16;

/// What holds for the caller: global settings, under those of an application and of a device where
/// they are named.
///
/// # Errors
/// Only faults.
pub async fn effective<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    application: Option<Place>,
    device: Option<Place>,
) -> Result<Effective, Error> {
    let places: Vec<Place> = [Some(Place::Global), application, device]
        .into_iter()
        .flatten()
        .collect();
    let mut stored = app.store.user_settings(&caller.user.id, &places).await?;
    // Places are ordered as they lie above each other.
    stored.sort_by(|one, other| one.layer.place.cmp(&other.layer.place));
    let mut settings = serde_json::Map::new();
    for one in &stored {
        merge_patch(&mut settings, &one.settings);
    }
    let layers: Vec<Layer> = stored.into_iter().map(|one| one.layer).collect();
    Ok(Effective {
        etag: tag_of(&places, &layers),
        settings,
        layers,
    })
}

/// The object at a place.
///
/// # Errors
/// [`Refused::NotFound`].
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    place: &Place,
) -> Result<Stored, Error> {
    let places = core::slice::from_ref(place);
    let found = app.store.user_settings(&caller.user.id, places).await?;
    let first = found.into_iter().next();
    first.ok_or_else(|| Refused::NotFound.into())
}

/// All objects of the caller, without their members.
///
/// # Errors
/// Only faults.
pub async fn layers<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<Vec<Layer>, Error> {
    Ok(app.store.user_settings_layers(&caller.user.id).await?)
}

/// A tag that changes with what was asked for and with every layer of it.
fn tag_of(places: &[Place], layers: &[Layer]) -> String {
    let mut digest = Sha256::new();
    for place in places {
        // Neither names nor tags have a line break.
        digest.update(format!("{} {}\n", place.kind(), place.name()));
    }
    for layer in layers {
        digest.update(format!("{} {}\n", layer.place.kind(), layer.etag));
    }
    let bytes = digest.finalize();
    let mut tag = String::with_capacity(2 * TAG_BYTES);
    for byte in bytes.iter().take(TAG_BYTES) {
        // Writing to a String can't fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag
}
