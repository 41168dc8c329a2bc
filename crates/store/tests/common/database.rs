//! The product's schema on SQLite.

use portcullis_store::{MIGRATIONS, Tables};
use rusqlite::Connection;

/// An empty database in memory, whose tables have these names.
pub(crate) fn database(tables: &Tables) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.set_prepared_statement_cache_capacity(256);
    let files = MIGRATIONS.iter().map(|one| tables.migration(one));
    for file in core::iter::once("PRAGMA foreign_keys = ON".into()).chain(files) {
        connection.execute_batch(&file).unwrap();
    }
    connection
}
