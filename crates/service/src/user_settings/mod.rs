//! What applications keep for a user: a JSON object for all of them, one for each application, one for
//! each device.
//!
//! What holds is the three merged: the device's over the application's over the global one, each put
//! over what lies below as a merge patch (RFC 7396): objects are merged member by member, at every
//! depth; every other value replaces; `null` hides what lies below.
//!
//! A write holds only if the object is still as the writer saw it (its `ETag`, RFC 9110 section
//! 13.1): no update is lost. A merge patch may come without, as it says itself what it changes.
//! Changes aren't in the audit log: nothing here decides what anybody may do.

mod merge;
mod object;
mod place;
mod ports;
mod read;
mod write;

pub use merge::merge_patch;
pub use object::{MAX_KEY_BYTES, MAX_MEMBERS, MAX_OBJECT_BYTES, Object};
pub use place::{MAX_NAME_BYTES, Place};
pub use ports::{
    Change, Effective, Layer, NewSettings, Precondition, Stored, Tags, UserSettingsStore, Written,
};
pub use read::{effective, get, layers};
pub use write::{Saved, patch, put, remove};

use crate::{Denied, Error};

/// Most bytes of all objects of a user together.
pub const MAX_USER_BYTES: usize = 256 * 1024;
/// Most objects of a user.
pub const MAX_OBJECTS: usize = 64;

/// Why something about settings was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// What was sent can't be settings; the text says where and why.
    Invalid(String),
    /// There are as many objects, or bytes in all of them, as there may be.
    Limit,
    /// There are no settings at this place.
    NotFound,
    /// The object isn't as the writer saw it.
    PreconditionFailed {
        /// What it is now; `None` when it isn't there.
        etag: Option<String>,
    },
    /// The write doesn't say what the writer saw.
    PreconditionRequired,
    /// The object would be longer than [`MAX_OBJECT_BYTES`], or have more than [`MAX_MEMBERS`].
    TooLarge,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Denied::UserSettings(refused).into()
    }
}
