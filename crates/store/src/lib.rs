//! The ports of `portcullis-service` in SQLite's SQL.
//!
//! The same text runs on D1 and on SQLite in a file: a host brings a [`Driver`] of two methods.
//! Every write is one [`Driver::batch`], which is one transaction; a rule that a write must obey is
//! a condition in its SQL, never a read before it.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod audit;
mod driver;
mod keys;
mod migrations;
mod row;
mod scopes;
mod sessions;
mod statement;

use portcullis_issue::keyring::KeyRecord;
use portcullis_service::{
    AuditEvent, Caller, Credential, NewSession, RingChange, SessionRef, Store, StoreError,
};

pub use driver::Driver;
pub use migrations::{MIGRATIONS, Migration};
pub use row::{Row, Value};
pub use statement::Statement;

/// The ports over a driver.
#[derive(Debug, Clone)]
pub struct SqlStore<D> {
    driver: D,
}

impl<D: Driver> SqlStore<D> {
    /// Takes a driver whose database has all [`MIGRATIONS`].
    #[must_use]
    pub const fn new(driver: D) -> Self {
        Self { driver }
    }

    /// The driver.
    #[must_use]
    pub const fn driver(&self) -> &D {
        &self.driver
    }

    /// Runs one statement that reads, and maps its first row.
    async fn first<T>(
        &self,
        statement: Statement,
        map: impl FnOnce(&Row) -> Result<T, StoreError> + Send,
    ) -> Result<Option<T>, StoreError> {
        let rows = self.driver.query(statement).await?;
        rows.first().map(map).transpose()
    }

    /// Runs one statement that reads, and maps every row.
    async fn all<T>(
        &self,
        statement: Statement,
        map: impl Fn(&Row) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.driver.query(statement).await?;
        rows.iter().map(map).collect()
    }
}

impl<D: Driver> Store for SqlStore<D> {
    async fn credential_by_email(&self, email: &str) -> Result<Option<Credential>, StoreError> {
        self.first(accounts::credential_by_email(email), accounts::credential)
            .await
    }

    async fn begin_session(
        &self,
        new: &NewSession,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let results = self.driver.batch(sessions::begin(new, event)).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn caller(
        &self,
        session: &SessionRef,
        now_ms: i64,
    ) -> Result<Option<Caller>, StoreError> {
        self.first(sessions::caller_by(session, now_ms), sessions::caller)
            .await
    }

    async fn extend_session(
        &self,
        id: &str,
        expires_at_ms: i64,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let statement = sessions::extend(id, expires_at_ms, now_ms);
        let results = self.driver.batch(vec![statement]).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn end_session(
        &self,
        session: &SessionRef,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let results = self.driver.batch(sessions::end(session, event)).await?;
        Ok(results.last().is_some_and(|rows| !rows.is_empty()))
    }

    async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.driver.batch(vec![audit::add(event)]).await.map(drop)
    }

    async fn audit_page(&self, after: i64, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.all(audit::page(after, limit), audit::event).await
    }

    async fn scopes_within(
        &self,
        scopes: &[String],
        leaves: Option<&[String]>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let statement = scopes::within(scopes, leaves, limit);
        self.all(statement, |row| row.text("path")).await
    }

    async fn signing_keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        self.all(keys::list(), keys::record).await
    }

    async fn change_ring(&self, changes: &[RingChange], now_secs: u64) -> Result<(), StoreError> {
        let statements = changes
            .iter()
            .flat_map(|change| keys::change(change, now_secs))
            .collect();
        self.driver.batch(statements).await.map(drop)
    }
}
