//! The ports of `portcullis-service` in SQLite's SQL.
//!
//! The same text runs on D1 and on SQLite in a file: a host brings a [`Driver`] of two methods.
//! Every write is one [`Driver::batch`], which is one transaction; a rule that a write must obey is
//! a condition in its SQL, never a read before it.
#![forbid(unsafe_code)]

mod access_changes;
pub mod accounts;
mod admin;
mod api_keys;
pub mod audit;
pub mod catalog;
mod driver;
mod identity_links;
mod impersonation;
pub mod import;
pub mod key_commands;
mod keys;
mod mail;
pub mod mail_commands;
mod migrations;
pub mod one_time;
mod operation;
mod row;
pub mod rows;
mod scopes;
pub mod security_events;
pub mod sessions;
mod statement;
mod tables;
mod tenants;
pub mod throttle;
mod user_settings;
mod watched;

use portcullis_issue::keyring::KeyRecord;
use portcullis_service::feed::{AccessChanges, Changes};
use portcullis_service::tenants::{
    Assignment, Member, NewChange, Outcome, Page, Role, RunTimePermission, Settled, Taken, Tenant,
    TenantStore,
};
use portcullis_service::{
    AuditEvent, Caller, Credential, NewSession, RingChange, SessionRef, Store, StoreError,
};

pub use driver::Driver;
pub use migrations::{MIGRATIONS, Migration};
pub use row::{Row, Value};
pub use statement::Statement;
pub use tables::{RENAMABLE, Tables, TablesError};
pub use tenants::all_tenants;
pub use watched::Watched;

/// The ports over a driver.
#[derive(Debug, Clone)]
pub struct SqlStore<D> {
    driver: D,
    tables: Tables,
}

impl<D: Driver> SqlStore<D> {
    /// Takes a driver whose database has all [`MIGRATIONS`].
    #[must_use]
    pub fn new(driver: D) -> Self {
        Self::with_tables(driver, Tables::default())
    }

    /// As [`Self::new`], for a database whose tables have these names.
    #[must_use]
    pub const fn with_tables(driver: D, tables: Tables) -> Self {
        Self { driver, tables }
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
        let statement = sessions::caller_by(&self.tables, session, now_ms);
        self.first(statement, sessions::caller).await
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

impl<D: Driver> AccessChanges for SqlStore<D> {
    async fn changes_since(&self, after: Option<i64>) -> Result<Changes, StoreError> {
        let rows = self.driver.query(access_changes::since(after)).await?;
        access_changes::changes(&rows)
    }

    async fn caller_at_replica(
        &self,
        session: &SessionRef,
        now_ms: i64,
    ) -> Result<Option<Caller>, StoreError> {
        let statement = sessions::caller_by(&self.tables, session, now_ms);
        let rows = self.driver.query_replica(statement).await?;
        rows.first().map(sessions::caller).transpose()
    }

    fn has_replicas(&self) -> bool {
        self.driver.has_replicas()
    }

    async fn prune_changes(&self, before_ms: i64) -> Result<(), StoreError> {
        let statements = vec![access_changes::prune(before_ms)];
        self.driver.batch(statements).await.map(drop)
    }
}

impl<D: Driver> TenantStore for SqlStore<D> {
    async fn change(&self, change: &NewChange<'_>) -> Result<Outcome, StoreError> {
        let statements = tenants::change(&self.tables, change);
        let results = self.driver.batch(statements).await?;
        tenants::outcome(change, &results)
    }

    async fn tenants_of(&self, user_id: &str, page: Page<'_>) -> Result<Vec<Tenant>, StoreError> {
        let statement = tenants::tenants_of(&self.tables, user_id, page);
        self.all(statement, tenants::record).await
    }

    async fn tenant(&self, id: &str) -> Result<Option<Tenant>, StoreError> {
        let statement = tenants::tenant(&self.tables, id);
        self.first(statement, tenants::record).await
    }

    async fn members(&self, tenant_id: &str, page: Page<'_>) -> Result<Vec<Member>, StoreError> {
        let statement = tenants::members(&self.tables, tenant_id, page);
        self.all(statement, tenants::record).await
    }

    async fn member(&self, tenant_id: &str, id: &str) -> Result<Option<Member>, StoreError> {
        let statement = tenants::member(&self.tables, tenant_id, id);
        self.first(statement, tenants::record).await
    }

    async fn roles(&self, tenant_id: &str, page: Page<'_>) -> Result<Vec<Role>, StoreError> {
        let statement = tenants::roles(&self.tables, tenant_id, page);
        self.all(statement, tenants::record).await
    }

    async fn role(&self, tenant_id: &str, id: &str) -> Result<Option<Role>, StoreError> {
        let statement = tenants::role(&self.tables, tenant_id, id);
        self.first(statement, tenants::record).await
    }

    async fn member_roles(
        &self,
        tenant_id: &str,
        member_id: &str,
        page: Page<'_>,
    ) -> Result<Option<Vec<Assignment>>, StoreError> {
        let statement = tenants::member_roles(&self.tables, tenant_id, member_id, page);
        let rows = self.driver.query(statement).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let records = rows.iter().filter(|row| has_record(row));
        records
            .map(tenants::record)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    async fn run_time_permissions(&self) -> Result<(i64, Vec<RunTimePermission>), StoreError> {
        let rows = self
            .driver
            .query(tenants::permissions(&self.tables))
            .await?;
        let first = rows.first().ok_or_else(|| {
            StoreError::new("the count of changes of permissions made at run time is missing")
        })?;
        let epoch = first.integer("epoch")?;
        let records = rows.iter().filter(|row| has_record(row));
        Ok((
            epoch,
            records.map(tenants::record).collect::<Result<_, _>>()?,
        ))
    }

    async fn take_changes(
        &self,
        now_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> Result<Vec<Taken>, StoreError> {
        let statement = tenants::take(&self.tables, now_ms, until_ms, limit);
        let results = self.driver.batch(vec![statement]).await?;
        let rows = results.into_iter().next().unwrap_or_default();
        let mut taken = rows
            .iter()
            .map(tenants::taken)
            .collect::<Result<Vec<_>, _>>()?;
        taken.sort_by_key(|one| one.change.at_ms);
        Ok(taken)
    }

    async fn settle_changes(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let statements = settled
            .iter()
            .map(|one| tenants::settle(&self.tables, one))
            .collect();
        self.driver.batch(statements).await.map(drop)
    }
}

/// A row of an outer join that found something.
fn has_record(row: &Row) -> bool {
    !matches!(row.optional_text("record"), Ok(None))
}
