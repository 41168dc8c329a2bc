//! What the use cases about keys need from a store.

use core::future::Future;

use serde_json::{Map, Value};

use super::records::{ApiKeyRecord, Refill};
use crate::{AuditEvent, Caller, StoreError};

/// Whose keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A tenant's, by its id.
    Tenant(&'a str),
    /// A user's own, by their id.
    User(&'a str),
}

/// A key to store.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What is stored of it.
    pub key: ApiKeyRecord,
    /// SHA-256 of the key, as text.
    pub hash: String,
    /// The epoch of its user when its scopes were found to be within their rights.
    pub user_epoch: i64,
    /// Most keys that the owner may have with it.
    pub max_keys: u32,
}

/// How storing a key went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The owner has as many as there may be.
    Limit,
    /// It is stored.
    Made,
    /// The user has changed, is disabled or gone, or the tenant is.
    Stale,
}

/// Who calls with a key.
#[derive(Debug)]
pub struct Holder {
    /// The key.
    pub key: ApiKeyRecord,
    /// Whether it came as the key from before the last rotation.
    pub is_old: bool,
    /// Whether its user is disabled or banned.
    pub is_barred: bool,
    /// Its user, with all that the user holds; the session is one in name alone.
    pub caller: Caller,
}

/// What keys are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// When they were made.
    #[default]
    CreatedAt,
    /// Their end; those without one first.
    ExpiresAt,
    /// Their last use; those never used first.
    LastUsed,
    /// Their name.
    Name,
    /// When they were last changed.
    UpdatedAt,
}

/// A page of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPage {
    /// Most keys.
    pub limit: u32,
    /// Keys before the first.
    pub offset: u32,
    /// The order.
    pub sort: Sort,
    /// Whether it goes down.
    pub is_descending: bool,
}

/// What is to be different about a key; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyChange {
    /// What people call it.
    pub name: Option<String>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Its end; `Some(None)` is none.
    pub expires_at_ms: Option<Option<i64>>,
    /// What its owner keeps with it.
    pub metadata: Option<Option<Map<String, Value>>>,
    /// The permissions that it is for.
    pub scopes: Option<Vec<String>>,
    /// Whether it has a rate.
    pub rate_is_on: Option<bool>,
    /// Uses in a window.
    pub rate_max: Option<i64>,
    /// How long a window lasts, milliseconds.
    pub rate_window_ms: Option<i64>,
    /// How many uses are left; `Some(None)` is any number.
    pub remaining: Option<Option<i64>>,
    /// How they grow back.
    pub refill: Option<Option<Refill>>,
    /// End the key from before the last rotation now.
    pub ends_previous: bool,
}

/// A key to put in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation<'a> {
    /// The key's id, which stays.
    pub id: &'a str,
    /// SHA-256 of the new key, as text.
    pub hash: &'a str,
    /// The new key's first characters.
    pub start: &'a str,
    /// Until when the old one holds, Unix milliseconds.
    pub old_until_ms: i64,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// Where keys are kept. Every change is one batch with its audit record, which is written only if the
/// change is made.
pub trait ApiKeyStore: Send + Sync {
    /// Stores a key, if the owner has room and what it was decided on still stands.
    fn add_api_key(
        &self,
        new: &NewApiKey,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Outcome, StoreError>> + Send;

    /// The key with this hash, current or from before the last rotation while that holds, whatever its
    /// state, and its user with all that the user holds.
    fn api_key_holder(
        &self,
        hash: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<Option<Holder>, StoreError>> + Send;

    /// The key with this id.
    fn api_key(
        &self,
        id: &str,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// A page of an owner's keys, and how many there are in all.
    fn api_keys(
        &self,
        owner: Owner<'_>,
        page: KeyPage,
    ) -> impl Future<Output = Result<(Vec<ApiKeyRecord>, i64), StoreError>> + Send;

    /// Uses a key once: with this hash it is good at `now_ms`, enabled, and its rate and the uses left
    /// have room. All of it is asked and written in one statement, so that no two uses share one.
    /// `None`, and nothing written, when any of it isn't so.
    fn use_api_key(
        &self,
        id: &str,
        hash: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// Writes down that a key was used, unless a later use is written.
    fn note_api_key_use(
        &self,
        id: &str,
        hash: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Changes a key; `None` when it is gone.
    fn change_api_key(
        &self,
        id: &str,
        change: &KeyChange,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// Puts another key in the place of one; `None` when it is gone.
    fn rotate_api_key(
        &self,
        rotation: &Rotation<'_>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, StoreError>> + Send;

    /// Deletes a key. `false`, and nothing recorded, when it was gone.
    fn delete_api_key(
        &self,
        id: &str,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes keys whose end has come, with a record for each; answers with how many.
    fn delete_expired_api_keys(
        &self,
        now_ms: i64,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;
}
