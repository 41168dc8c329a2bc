//! What the feed needs from a store.

use core::future::Future;

use crate::{Caller, SessionRef, StoreError};

/// Most access changes read at once; where there are more, all that is kept is dropped instead.
pub const MAX_CHANGES: u32 = 1000;

/// What an access change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// An API key, by its id.
    ApiKey,
    /// A signing key was added, changed its state or went.
    Keys,
    /// Permissions made at run time.
    Policy,
    /// A known scope, by its leaf.
    Scope,
    /// A session, by its id.
    Session,
    /// All members of a tenant, by its id.
    Tenancy,
    /// An account, what it holds and where it is a member, by its id.
    User,
}

impl ChangeKind {
    /// Reads the stored name; `None` for one that a newer version wrote.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "api_key" => Self::ApiKey,
            "keys" => Self::Keys,
            "policy" => Self::Policy,
            "scope" => Self::Scope,
            "session" => Self::Session,
            "tenancy" => Self::Tenancy,
            "user" => Self::User,
            _ => return None,
        })
    }
}

/// One access change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// What it is about; `None` is something that this version doesn't know.
    pub kind: Option<ChangeKind>,
    /// Which one.
    pub id: String,
}

/// What a store answers to what is new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Number of the newest access change there is; 0 when there is none.
    pub latest: i64,
    /// Those after the one that was asked for, oldest first, at most [`MAX_CHANGES`] and one.
    pub changes: Vec<Change>,
}

/// Where access changes are read, always as new as the last commit.
pub trait AccessChanges: Send + Sync {
    /// Access changes after the number `after`; with `None` only the number of the newest.
    fn changes_since(
        &self,
        after: Option<i64>,
    ) -> impl Future<Output = Result<Changes, StoreError>> + Send;

    /// As [`Store::caller`](crate::Store::caller), perhaps from a copy of the database that lags: whether
    /// it is new enough is told by [`Caller::rev`].
    fn caller_at_replica(
        &self,
        session: &SessionRef,
        now_ms: i64,
    ) -> impl Future<Output = Result<Option<Caller>, StoreError>> + Send;

    /// Whether there are such copies.
    fn has_replicas(&self) -> bool;

    /// Forgets access changes that were made before `before_ms`, all but the newest.
    fn prune_changes(&self, before_ms: i64) -> impl Future<Output = Result<(), StoreError>> + Send;
}
