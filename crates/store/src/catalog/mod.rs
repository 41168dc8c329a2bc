//! Registered records, and accounts as decisions about them need them.

mod keys;
mod records;
mod settle;
mod users;

use portcullis_core::decide::Grant;
use portcullis_core::sql::Fragment;
use portcullis_service::catalog::{Account, AccountSearch, CatalogStore, RecordSearch, Registered};
use portcullis_service::tenants::Page;
use portcullis_service::{AuditEvent, StoreError};

use crate::rows::statement::statement;
use crate::{Driver, Row, SqlStore, accounts};

pub use records::{list, put, record, remove};

impl<D: Driver> CatalogStore for SqlStore<D> {
    async fn put_registered(
        &self,
        record: &Registered,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut statements = vec![records::exists(&record.kind, &record.id)];
        statements.extend(records::put(record));
        statements.push(crate::audit::add(event));
        let results = self.driver.batch(statements).await?;
        Ok(results.first().is_some_and(Vec::is_empty))
    }

    async fn remove_registered(
        &self,
        kind: &str,
        id: &str,
        event: &AuditEvent,
    ) -> Result<bool, StoreError> {
        let results = self.driver.batch(records::remove(kind, id, event)).await?;
        Ok(results.last().is_some_and(|rows| !rows.is_empty()))
    }

    async fn registered(&self, keys: &[(String, String)]) -> Result<Vec<Registered>, StoreError> {
        self.all(records::with_keys(keys), records::record).await
    }

    async fn registered_page(
        &self,
        kind: &str,
        page: Page<'_>,
    ) -> Result<Vec<Registered>, StoreError> {
        self.all(records::list(kind, page.after, page.limit), records::record)
            .await
    }

    async fn find_registered(
        &self,
        search: &RecordSearch<'_>,
        page: Page<'_>,
    ) -> Result<Vec<Registered>, StoreError> {
        match records::find(search, page) {
            Some(text) => self.all(statement(&text), records::record).await,
            None => Ok(Vec::new()),
        }
    }

    async fn accounts(&self, names: &[String]) -> Result<Vec<Account>, StoreError> {
        self.all(users::named(&self.tables, names), account).await
    }

    async fn find_accounts(
        &self,
        search: &AccountSearch<'_>,
        page: Page<'_>,
    ) -> Result<Vec<Account>, StoreError> {
        match users::find(&self.tables, search, page) {
            Some(text) => self.all(statement(&text), account).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Reads what [`users::ACCOUNT`] selects.
fn account(row: &Row) -> Result<Account, StoreError> {
    let texts: Vec<String> = serde_json::from_str(&row.text("grants")?)
        .map_err(|_| row.inconsistent("grants", "a JSON list of texts"))?;
    Ok(Account {
        user: accounts::user(row)?,
        grants: texts.iter().map(|text| Grant::parse(text)).collect(),
        attributes: serde_json::from_str(&row.text("attributes")?)
            .map_err(|_| row.inconsistent("attributes", "a JSON object"))?,
        tenants: serde_json::from_str(&row.text("memberships")?)
            .map_err(|_| row.inconsistent("memberships", "a JSON list of memberships"))?,
    })
}

/// Text of the program.
fn text(sql: impl Into<String>) -> Fragment {
    Fragment {
        sql: sql.into(),
        params: Vec::new(),
    }
}

/// A parameter.
fn param(value: impl Into<String>) -> Fragment {
    Fragment {
        sql: "?".to_owned(),
        params: vec![portcullis_core::condition::Datum::Text(value.into())],
    }
}

/// Pieces one after the other.
fn chain<const N: usize>(pieces: [&Fragment; N]) -> Fragment {
    let mut all = Fragment::default();
    for piece in pieces {
        all.push(piece);
    }
    all
}

/// A whole number as text of the program.
fn number(value: u32) -> Fragment {
    text(value.to_string())
}
