//! What searching the audit log and pushing it on need from a store.

use core::future::Future;

use super::{Filter, Place};
use crate::{AuditEvent, StoreError};

/// Records that a receiver is to be told next.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Number of the last record that the receiver has.
    pub upto: i64,
    /// How often in a row telling it has failed.
    pub attempts: u32,
    /// What comes after it, oldest first.
    pub events: Vec<AuditEvent>,
}

/// What came of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettledBatch {
    /// The receiver has every record up to this one.
    Done {
        /// Number of the last record.
        upto: i64,
        /// Since when, Unix milliseconds.
        at_ms: i64,
    },
    /// It hasn't said so, and is told again.
    Later {
        /// When, Unix milliseconds.
        next_at_ms: i64,
        /// Why.
        problem: String,
    },
}

/// How far a receiver is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkState {
    /// Its name: `syslog`, `collector`.
    pub name: String,
    /// Number of the last record that it has.
    pub upto: i64,
    /// Number of the newest record there is.
    pub newest: i64,
    /// When the oldest record that it hasn't was written, Unix milliseconds.
    pub waiting_since_ms: Option<i64>,
    /// When it last took records, Unix milliseconds.
    pub taken_at_ms: Option<i64>,
    /// How often in a row telling it has failed.
    pub attempts: u32,
    /// Why it failed last.
    pub problem: Option<String>,
}

/// What waits to leave the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Mail that is still tried.
    pub mail: i64,
    /// Mail that nobody tries any more.
    pub dead_mail: i64,
    /// Changes that the webhook hasn't been told.
    pub changes: i64,
}

/// The audit log as administrators and receivers read it.
pub trait AuditLog: Send + Sync {
    /// Records that the filter finds, latest first, those before a place, at most `limit`.
    fn search_audit(
        &self,
        filter: &Filter,
        before: Option<Place>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<AuditEvent>, StoreError>> + Send;

    /// Whether there are records that a receiver hasn't, and it isn't too early to tell it: a look,
    /// which writes nothing.
    fn has_news(
        &self,
        sink: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes what a receiver is to be told next, for `holder` alone until `until_ms`; `None` while
    /// another has it, or before its time.
    fn take_audit(
        &self,
        sink: &str,
        holder: &str,
        now_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Option<Batch>, StoreError>> + Send;

    /// Notes what came of a batch that `holder` took; nothing if another has taken it since.
    fn settle_audit(
        &self,
        sink: &str,
        holder: &str,
        settled: &SettledBatch,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How far every receiver is that was ever told something.
    fn audit_sinks(&self) -> impl Future<Output = Result<Vec<SinkState>, StoreError>> + Send;
}
