//! What sessions need of a store.

use core::future::Future;

use crate::{AuditEvent, Caller, Session, StoreError};

/// A session that has been used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The session.
    pub session_id: String,
    /// When it was used, Unix milliseconds.
    pub now_ms: i64,
    /// Use is written down if none has been since then, Unix milliseconds.
    pub active_before_ms: i64,
    /// How the end moves, if it does.
    pub extension: Option<Extension>,
}

/// A later end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// Only if it ends before or at this time, Unix milliseconds.
    pub if_ends_by_ms: i64,
    /// The new end, Unix milliseconds; the absolute end still holds.
    pub expires_at_ms: i64,
}

/// What a use changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// The end as it is now, Unix milliseconds.
    pub expires_at_ms: i64,
    /// When it was last extended, Unix milliseconds.
    pub updated_at_ms: i64,
}

/// A new token for a session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The session.
    pub session_id: String,
    /// Only if this is the hash of its token still.
    pub from_hash: Option<String>,
    /// SHA-256 of the new token, as text.
    pub token_hash: String,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// Until when the old token holds, Unix milliseconds; not after `now_ms` ends it at once.
    pub old_until_ms: i64,
    /// When its owner proved who it is, if in this moment.
    pub authenticated_at_ms: Option<i64>,
    /// For a session with refresh tokens: the new one, which replaces the current one.
    pub refresh: Option<NewRefresh>,
}

/// A refresh token to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefresh {
    /// SHA-256 of it, as text.
    pub hash: String,
    /// How many came before it.
    pub generation: i64,
    /// Until when the session token beside it holds, Unix milliseconds.
    pub token_expires_at_ms: i64,
}

/// A refresh token that was presented, and what would follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// Whose it says that it is.
    pub session_id: String,
    /// SHA-256 of it, as text.
    pub hash: String,
    /// How many it says that came before it.
    pub generation: i64,
    /// Whether this server issued it: then one that is used again ends its session.
    pub is_ours: bool,
    /// SHA-256 of the session token that follows, as text.
    pub next_token_hash: String,
    /// The refresh token that follows.
    pub next: NewRefresh,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// How long a replaced token is answered again, milliseconds.
    pub grace_ms: i64,
    /// The session's new end, Unix milliseconds; the absolute end still holds.
    pub expires_at_ms: i64,
}

/// What became of a refresh token.
#[derive(Debug, Clone)]
pub enum Refreshed {
    /// The session goes on with this as the hash of its refresh token: the one that was offered, or
    /// the one that another request put there a moment ago.
    Current {
        /// SHA-256 of the current refresh token, as text.
        hash: String,
        /// Whose session it is.
        caller: Box<Caller>,
    },
    /// It had been used before: its session is over.
    Reused,
    /// There is no such session, it is over, or this isn't its token.
    Unknown,
}

/// Which sessions of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All.
    All,
    /// All but the one with this id.
    Others(&'a str),
}

/// Sessions that a list shows at most.
pub const MAX_LISTED: usize = 500;

/// Sessions in a store. Each method is one atomic intent.
pub trait SessionStore: Send + Sync {
    /// The sessions of a user that hold at `now_ms`, the last used first: at most one more than
    /// [`MAX_LISTED`], which says that there are more.
    fn sessions_of(
        &self,
        user_id: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<Vec<Session>, StoreError>> + Send;

    /// Writes a use down, and moves the end; `None` when nothing was due any more.
    fn touch_session(
        &self,
        touch: &Touch,
    ) -> impl Future<Output = Result<Option<Touched>, StoreError>> + Send;

    /// Names the device of a session that holds; `false` when there is no such session.
    fn name_device(
        &self,
        session_id: &str,
        name: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Gives a session that holds a new token and records the event, all or nothing; `false` when it
    /// isn't there or has another token by now.
    fn rotate_session(
        &self,
        rotation: &Rotation,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Uses a refresh token, once; ends its session and records the event when it had been used
    /// before.
    fn refresh_session(
        &self,
        refresh: &Refresh,
        reuse: &AuditEvent,
    ) -> impl Future<Output = Result<Refreshed, StoreError>> + Send;

    /// Ends the session of a user with this id or the hash of this token, and records it; its id, or
    /// `None` when the user has no such session.
    fn revoke_session(
        &self,
        user_id: &str,
        id: &str,
        token_hash: &str,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Clears away sessions that were over before `before_ms`, at most 1,000; how many there were.
    fn clear_sessions(
        &self,
        before_ms: i64,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Ends sessions of a user and records each that held; how many there were.
    fn revoke_sessions(
        &self,
        user_id: &str,
        which: Which<'_>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;
}
