//! A driver that tells the request how often the database was asked, and the feed what was written.

use core::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;

use portcullis_service::{StoreError, request};

use crate::{Driver, Row, Statement, access_changes};

/// Any driver, watched.
///
/// Every batch ends with one more statement that reads the number of the newest access change, in the
/// same transaction: so the server that wrote it knows without asking that what it kept may be old.
#[derive(Debug, Clone)]
pub struct Watched<D> {
    driver: D,
    written: Arc<AtomicI64>,
}

impl<D> Watched<D> {
    /// Watches a driver; `written` is [`Feed::written`](portcullis_service::feed::Feed::written).
    pub const fn new(driver: D, written: Arc<AtomicI64>) -> Self {
        Self { driver, written }
    }

    /// The driver.
    pub const fn inner(&self) -> &D {
        &self.driver
    }
}

impl<D: Driver> Driver for Watched<D> {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        count(1);
        self.driver.query(statement).await
    }

    async fn query_replica(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        count(1);
        self.driver.query_replica(statement).await
    }

    async fn batch(&self, mut statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        statements.push(access_changes::latest());
        count(statements.len());
        let before = match self.written.load(Ordering::Relaxed) {
            UNKNOWN.. => 0,
            known => known,
        };
        let unknown = Unknown(&self.written);
        let mut results = self.driver.batch(statements).await?;
        core::mem::forget(unknown);
        let rows = results.pop().unwrap_or_default();
        let seq = rows.first().map_or(Ok(0), |row| row.integer("seq"))?;
        self.written.fetch_max(seq, Ordering::Relaxed);
        if let Some(request) = request::current() {
            request.note_write();
            if seq > before {
                request.note_seq(seq);
            }
        }
        Ok(results)
    }

    fn has_replicas(&self) -> bool {
        self.driver.has_replicas()
    }
}

/// From here on numbers say that more may have been written than is known; no change has such a number.
const UNKNOWN: i64 = 1 << 62;

/// A batch of which it isn't known whether it was done: its answer got lost, or nobody waits for it any
/// more. Then what is kept may be old, and the next request asks.
struct Unknown<'a>(&'a AtomicI64);

impl Drop for Unknown<'_> {
    fn drop(&mut self) {
        // Each time another number, so that who asked before this doesn't take it for answered.
        let next = |known: i64| Some(known.max(UNKNOWN - 1) + 1);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }
}

fn count(statements: usize) {
    if let Some(request) = request::current() {
        request.count(statements);
    }
}
