//! What a database has to do.

use core::future::Future;

use portcullis_service::StoreError;

use crate::{Row, Statement};

/// A SQLite database, wherever it runs.
pub trait Driver: Send + Sync {
    /// Runs one statement that only reads, and returns its rows.
    ///
    /// # Errors
    /// [`StoreError`] with the database's message.
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// Runs statements in order as one transaction, and returns the rows of each; if one fails,
    /// none is done.
    ///
    /// # Errors
    /// [`StoreError`] with the database's message.
    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Vec<Row>>, StoreError>> + Send;
}
