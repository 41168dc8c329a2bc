//! SQLite in memory as the store's driver.

use std::sync::Mutex;

use portcullis_service::StoreError;
use portcullis_store::{Driver, Row, Statement, Tables};
use rusqlite::Connection;

use crate::database::database;
use crate::transact::transact;

/// A database in memory with the product's schema.
#[derive(Debug)]
pub(crate) struct Memory(Mutex<Connection>);

impl Memory {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(database(&Tables::default())))
    }

    /// Runs statements, all or nothing.
    pub(crate) fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        transact(&mut self.0.lock().unwrap(), statements)
    }
}

impl Driver for Memory {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(&[statement])?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.run(&statements)
    }
}
