//! What acting as somebody else needs of a store.

use core::future::Future;

use crate::{AuditEvent, Caller, StoreError, User};

/// A session in which an administrator acts as somebody else.
#[derive(Debug, Clone, Copy)]
pub struct NewImpersonation<'a> {
    /// Its id.
    pub session_id: &'a str,
    /// SHA-256 of its token, as text.
    pub token_hash: &'a str,
    /// The administrator, by its own session; only if that is no such session itself.
    pub admin: &'a Caller,
    /// Whom it acts as; only if what they may do is still what it was decided on.
    pub target: &'a User,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
    /// When it ends at the latest, Unix milliseconds; the administrator's session still holds.
    pub expires_at_ms: i64,
    /// Address of the administrator's client.
    pub ip_address: &'a str,
    /// `User-Agent` of the administrator's client.
    pub user_agent: &'a str,
}

/// Where sessions in which administrators act as others are kept.
pub trait ImpersonationStore: Send + Sync {
    /// Begins the session and records the event, all or nothing; who calls by it. `None`, and nothing
    /// done, when one of its conditions doesn't hold any more.
    fn begin_impersonation(
        &self,
        new: &NewImpersonation<'_>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Option<Caller>, StoreError>> + Send;
}
