//! Statements of the store as one transaction.

use portcullis_service::StoreError;
use portcullis_store::{Row, Statement};
use rusqlite::{Connection, TransactionBehavior};

use crate::rows::rows;

/// Runs statements, all or nothing.
pub(crate) fn transact(
    connection: &mut Connection,
    statements: &[Statement],
) -> Result<Vec<Vec<Row>>, StoreError> {
    let told = |error: rusqlite::Error| StoreError::new(error.to_string());
    // Immediate, as a process among others has to.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(told)?;
    let results = statements
        .iter()
        .map(|statement| rows(&transaction, statement))
        .collect::<Result<_, _>>()
        .map_err(told)?;
    transaction.commit().map_err(told)?;
    Ok(results)
}
