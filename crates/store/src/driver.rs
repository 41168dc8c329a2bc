//! What a database has to do.

use core::future::Future;

use portcullis_service::StoreError;

use crate::{Row, Statement};

/// A SQLite database, wherever it runs.
pub trait Driver: Send + Sync {
    /// Runs one statement that only reads, and returns its rows, with everything that was committed
    /// before.
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

    /// As [`Self::query`], perhaps from a copy of the database that lags behind its writes: for what is
    /// shown to people, and for what can be told to be new enough. Where a request's login has seen a
    /// state of the database, the answer is never older than that.
    ///
    /// # Errors
    /// As [`Self::query`].
    fn query_replica(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        self.query(statement)
    }

    /// Whether there are such copies.
    fn has_replicas(&self) -> bool {
        false
    }
}
