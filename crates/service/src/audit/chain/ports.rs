//! What the chain needs from a store.

use core::future::Future;

use super::ChainRecord;
use crate::{AuditEvent, StoreError};

/// How far the chain is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// Number of the newest record; 0 when there is none.
    pub newest: i64,
    /// Number of the newest link; 0 when there is none.
    pub upto: i64,
    /// The newest link; 32 zero bytes when there is none.
    pub hash: String,
    /// Links since the last checkpoint, or all.
    pub fresh: i64,
    /// The last checkpoint.
    pub signed: Option<LastCheckpoint>,
}

/// The newest checkpoint, as far as the next one needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastCheckpoint {
    /// Number of the last record that it covers.
    pub upto: i64,
    /// How many records it covers.
    pub records: i64,
    /// When it was made, Unix milliseconds.
    pub at_ms: i64,
}

/// A checkpoint to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckpoint {
    /// Number of the last record that it covers.
    pub upto: i64,
    /// That record's link.
    pub hash: String,
    /// How many records it covers.
    pub records: i64,
    /// When it is made, Unix milliseconds.
    pub at_ms: i64,
    /// The public key that it verifies with, as JSON.
    pub jwk: String,
    /// The same facts, signed.
    pub jws: String,
}

/// Records that were written to a file, and may be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSegment {
    /// Number of its first record.
    pub first_id: i64,
    /// Number of its last record.
    pub last_id: i64,
    /// The link that its first record stands on.
    pub start_hash: String,
    /// The link of its last record.
    pub end_hash: String,
    /// When it was written, Unix milliseconds.
    pub at_ms: i64,
    /// The public key that it verifies with, as JSON.
    pub jwk: String,
    /// The same facts, signed.
    pub jws: String,
}

/// The links of the audit log.
pub trait AuditChain: Send + Sync {
    /// How far the chain is.
    fn chain_head(&self) -> impl Future<Output = Result<ChainHead, StoreError>> + Send;

    /// Records with a number over `after`, oldest first, at most `limit`.
    fn chain_records(
        &self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ChainRecord>, StoreError>> + Send;

    /// Adds links of records from before there was a chain. `false`, and none added, when the newest link isn't that
    /// of `after` with this hash any more, or once there is a checkpoint: from then on a link that is missing is
    /// a trace of somebody, and isn't made good.
    fn add_links(
        &self,
        after: i64,
        hash: &str,
        links: &[(i64, String)],
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps a checkpoint. `false`, and nothing kept, when the record hasn't this link, another checkpoint covers it,
    /// or it would be the first one and there are records without links.
    fn add_checkpoint(
        &self,
        new: &NewCheckpoint,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes that records are in a file, deletes them if `deletes`, and records the event, all or nothing.
    fn add_segment(
        &self,
        new: &NewSegment,
        deletes: bool,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
