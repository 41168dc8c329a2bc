//! What operators' questions need.

use portcullis_service::StoreError;
use portcullis_service::audit::Waiting;
use portcullis_service::operation::OperationStore;

use crate::{Driver, MIGRATIONS, Row, SqlStore, Statement};

impl<D: Driver> OperationStore for SqlStore<D> {
    async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM d1_migrations";
        let applied = self
            .all(Statement::new(sql, Vec::new()), |row| row.text("name"))
            .await?;
        let pending = MIGRATIONS
            .iter()
            .filter(|one| !applied.iter().any(|name| name == one.name));
        Ok(pending.map(|one| one.name.to_owned()).collect())
    }

    async fn waiting(&self) -> Result<Waiting, StoreError> {
        let statement = waiting(self.tables.name("tenant_change").unwrap_or("tenant_change"));
        let read = |row: &Row| {
            Ok(Waiting {
                mail: row.integer("mail")?,
                dead_mail: row.integer("dead_mail")?,
                changes: row.integer("changes")?,
            })
        };
        Ok(self.first(statement, read).await?.unwrap_or_default())
    }
}

fn waiting(changes: &str) -> Statement {
    // The name of a table is an identifier.
    Statement::new(
        format!(
            "SELECT (SELECT count(*) FROM mail WHERE dead_at_ms IS NULL) AS mail, (SELECT count(*) \
             FROM mail WHERE dead_at_ms IS NOT NULL) AS dead_mail, (SELECT count(*) FROM \"{changes}\") \
             AS changes"
        ),
        Vec::new(),
    )
}
