//! Events of accounts: a view of the audit log.

use portcullis_service::security_events::SecurityEventStore;
use portcullis_service::{AuditEvent, StoreError};

use crate::{Driver, SqlStore, Statement, audit};

impl<D: Driver> SecurityEventStore for SqlStore<D> {
    async fn security_events(
        &self,
        user_id: &str,
        before: i64,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        self.all(page(user_id, before, limit), audit::event).await
    }
}

/// A page of a user's events, latest first. It reads as many entries of the index `audit_account` as it
/// gives rows, however long the log is.
#[must_use]
pub fn page(user_id: &str, before: i64, limit: u32) -> Statement {
    Statement::new(
        "SELECT * FROM security_event WHERE user_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        vec![user_id.into(), before.into(), i64::from(limit).into()],
    )
}
