//! What settings need from a store.

use core::future::Future;

use serde_json::{Map, Value};

use super::Place;
use crate::StoreError;

/// An object of settings as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Where.
    pub layer: Layer,
    /// Its members.
    pub settings: Map<String, Value>,
}

/// What is known of an object of settings without its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Where.
    pub place: Place,
    /// Its length as JSON without white space.
    pub bytes: i64,
    /// New with every change; letters and digits.
    pub etag: String,
    /// When it was last changed, Unix milliseconds.
    pub updated_at_ms: i64,
}

/// What holds for a user, an application and a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The members.
    pub settings: Map<String, Value>,
    /// The objects that they come from, those above last.
    pub layers: Vec<Layer>,
    /// Another one as soon as one of the layers is.
    pub etag: String,
}

/// Entity tags of a condition (RFC 9110 section 13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`: whatever is there.
    Any,
    /// These.
    These(Vec<String>),
}

impl Tags {
    fn hold(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| tag == etag),
        }
    }
}

/// What must be so for a write to happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// `If-Match`: the object is there, and is one of these.
    pub matches: Option<Tags>,
    /// `If-None-Match`: the object isn't there, or is none of these.
    pub none_matches: Option<Tags>,
}

impl Precondition {
    /// Whether there is no condition at all.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.matches.is_none() && self.none_matches.is_none()
    }

    /// Whether it holds for an object with this tag; `None` when there is no object.
    #[must_use]
    pub fn holds(&self, etag: Option<&str>) -> bool {
        let holds = |tags: &Tags| etag.is_some_and(|etag| tags.hold(etag));
        self.matches.as_ref().is_none_or(holds) && !self.none_matches.as_ref().is_some_and(holds)
    }
}

/// How an object is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The object becomes this.
    Replace,
    /// This is put over it as a merge patch (RFC 7396); over an empty object when there is none.
    Patch,
}

/// A write of settings.
#[derive(Debug, Clone, Copy)]
pub struct NewSettings<'a> {
    /// Whose.
    pub user_id: &'a str,
    /// Where.
    pub place: &'a Place,
    /// How.
    pub change: Change,
    /// What, as JSON without white space.
    pub text: &'a str,
    /// The tag of what comes of it.
    pub etag: &'a str,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// What must be so.
    pub precondition: &'a Precondition,
}

/// How a write went.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Whether it was done.
    pub done: bool,
    /// Whether there was an object before.
    pub existed: bool,
    /// What is there now.
    pub now: Option<Stored>,
    /// How many objects the user has now.
    pub objects: i64,
}

/// Where settings of users are kept.
pub trait UserSettingsStore: Send + Sync {
    /// The objects at these places that are there, in any order.
    fn user_settings(
        &self,
        user_id: &str,
        places: &[Place],
    ) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// All objects of a user without their members, by kind and name.
    fn user_settings_layers(
        &self,
        user_id: &str,
    ) -> impl Future<Output = Result<Vec<Layer>, StoreError>> + Send;

    /// Writes an object if its condition and the limits hold in the same moment, and tells how it was
    /// and is. `None` when there is no such user.
    fn write_user_settings(
        &self,
        new: &NewSettings<'_>,
    ) -> impl Future<Output = Result<Option<Written>, StoreError>> + Send;

    /// Removes an object if the condition holds in the same moment. `None` when there is no such user.
    fn remove_user_settings(
        &self,
        user_id: &str,
        place: &Place,
        precondition: &Precondition,
    ) -> impl Future<Output = Result<Option<Written>, StoreError>> + Send;
}
