//! Accounts for those who administer them.

mod blocks;
mod change;
mod fold;
mod list;
mod row;
mod stretches;

use portcullis_service::admin::{
    Account, AdminStore, Asked, Change, Changed, Key, Listed, NewAccount,
};
use portcullis_service::{AuditEvent, Session, StoreError};

use crate::{Driver, SqlStore, Statement, sessions};

pub(crate) use row::ban;

impl<D: Driver> SqlStore<D> {
    /// Brings names that SQL couldn't fold into the form that they are searched in, some thousand at a
    /// time.
    async fn fold_names(&self) -> Result<(), StoreError> {
        let rows = self.driver.query(fold::waiting()).await?;
        if rows.is_empty() {
            return Ok(());
        }
        self.driver.batch(fold::folded(&rows)?).await.map(drop)
    }

    /// Keeps lists and searches fast: folds names, divides stretches that have grown, and signs blocks that
    /// accounts came into.
    pub(crate) async fn ready_lists(&self) -> Result<(), StoreError> {
        self.fold_names().await?;
        for _ in 0..stretches::ROUNDS {
            let rows = self.driver.query(stretches::waiting()).await?;
            if rows.is_empty() {
                break;
            }
            self.driver.batch(stretches::divided(&rows)?).await?;
        }
        for (field, column) in blocks::FIELDS {
            for _ in 0..blocks::ROUNDS {
                let rows = self.driver.query(blocks::unsigned(field, column)).await?;
                if rows.is_empty() {
                    break;
                }
                self.driver.batch(blocks::signed(field, &rows)?).await?;
            }
        }
        Ok(())
    }

    /// Runs a batch that conditions may end, and whose last statement returns the account.
    async fn changed(&self, statements: Vec<Statement>) -> Result<Changed, StoreError> {
        match self.driver.batch(statements).await {
            Ok(results) => {
                let found = results.last().and_then(|rows| rows.first());
                let account = found.map(row::account).transpose()?;
                Ok(Changed::Done(account.map(Box::new)))
            }
            Err(error) => change::reason_of(&error).ok_or(error),
        }
    }
}

impl<D: Driver> AdminStore for SqlStore<D> {
    async fn account(&self, user_id: &str) -> Result<Option<Account>, StoreError> {
        self.first(row::by_id(user_id), row::account).await
    }

    async fn accounts_by_id(&self, user_ids: &[String]) -> Result<Vec<Account>, StoreError> {
        self.all(row::by_ids(user_ids), row::account).await
    }

    async fn list_accounts(&self, asked: &Asked) -> Result<Listed, StoreError> {
        let rows = self.driver.query(list::page(asked)).await?;
        let first = rows
            .first()
            .ok_or_else(|| StoreError::new("the number of accounts is missing"))?;
        let total = first.optional_integer("total")?;
        let accounts: Result<Vec<(Account, Key)>, StoreError> = rows
            .iter()
            .filter_map(|row| row::listed(row).transpose())
            .map(|listed| listed.and_then(|(account, key)| Ok((account, list::key(key)?))))
            .collect();
        Ok(Listed {
            accounts: accounts?,
            total,
        })
    }

    async fn create_account(
        &self,
        new: &NewAccount,
        event: &AuditEvent,
    ) -> Result<Changed, StoreError> {
        self.changed(change::create(new, event)).await
    }

    async fn change_account(&self, change: &Change) -> Result<Changed, StoreError> {
        self.changed(change::change(&self.tables, change)).await
    }

    async fn session_named(
        &self,
        id: &str,
        token_hash: &str,
    ) -> Result<Option<Session>, StoreError> {
        self.first(sessions::named(id, token_hash), sessions::session)
            .await
    }
}
