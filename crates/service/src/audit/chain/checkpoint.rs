//! Signed checkpoints: whoever cuts off the end of the log, or writes the whole chain anew, doesn't have the key.

use portcullis_issue::keyring::{KeyRecord, KeyState, MAX_TOKEN_BYTES, Signer};
use portcullis_issue::secret::Secrets;
use serde::{Deserialize, Serialize};

use super::{AuditChain, ChainHead, NewCheckpoint, link, link_text, parse_link};
use crate::{App, Error, Fault, Host, Store, StoreError, keys};

/// Value of `typ` in the header of checkpoints, so that no token passes for one (RFC 8725 section 3.11).
pub const CHECKPOINT_TYP: &str = "portcullis-audit+jws";
/// Value of `typ` in the header of what is signed of a segment.
pub const SEGMENT_TYP: &str = "portcullis-audit-segment+jws";

/// A checkpoint is made when the last one is this old and there are newer records.
const MAX_AGE_MS: i64 = 600_000;
/// A checkpoint is made when there are so many newer records.
const MAX_RECORDS: i64 = 1_000;
/// Old records that get their links in one transaction.
const PAGE: u32 = 500;
/// Such transactions in one run of the server's maintenance.
const PAGES: usize = 20;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointClaims {
    /// Number of the last record that it covers.
    pub upto: i64,
    /// That record's link.
    pub hash: String,
    /// How many records it covers.
    pub count: i64,
    /// When it was made, Unix milliseconds.
    pub at: i64,
}

/// What is signed of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentClaims {
    /// Number of its first record.
    pub first: i64,
    /// Number of its last record.
    pub last: i64,
    /// The link that its first record stands on.
    pub start: String,
    /// The link of its last record.
    pub end: String,
    /// When it was sealed, Unix milliseconds.
    pub at: i64,
}

/// Something signed, with what it verifies with: the key leaves the ring one day, and the checkpoint stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The public key, as JSON.
    pub jwk: String,
    /// A compact JWS (RFC 7515 section 7.1).
    pub jws: String,
}

/// The active key of a ring, opened.
struct Active<'a> {
    record: &'a KeyRecord,
    signer: Signer,
}

impl<'a> Active<'a> {
    fn open(keys: &'a [KeyRecord], secrets: &Secrets) -> Result<Self, Fault> {
        let record = keys
            .iter()
            .find(|key| matches!(key.state, KeyState::Active { .. }))
            .ok_or_else(|| Fault::Keys("the store kept no active key".to_owned()))?;
        let signer = Signer::open(record, secrets).map_err(|error| fault(&error))?;
        Ok(Self { record, signer })
    }

    fn signed(&self, jws: String) -> Signed {
        Signed {
            jwk: self.record.public.to_json(),
            jws,
        }
    }
}

/// Signs with the active key of the ring, in place.
///
/// # Errors
/// [`Fault::Keys`]: there is no active key, or it doesn't open.
#[cfg(feature = "in-place")]
pub fn sign_with(
    keys: &[KeyRecord],
    secrets: &Secrets,
    typ: &str,
    claims: &impl Serialize,
) -> Result<Signed, Fault> {
    let active = Active::open(keys, secrets)?;
    let jws = active.signer.sign_jwt(typ, claims);
    Ok(active.signed(jws.map_err(|error| fault(&error))?))
}

fn fault(error: &dyn core::fmt::Display) -> Fault {
    Fault::Keys(format!("audit log: {error}"))
}

/// Signs how far the chain is, when that is due or `is_asked`, and says up to which record; makes the links of
/// records from before there was a chain first, ten thousand in a run.
///
/// # Errors
/// Only faults.
pub async fn checkpoint<S: Store, H: Host>(
    app: &App<S, H>,
    is_asked: bool,
) -> Result<Option<i64>, Error> {
    let head = link_old(&app.store, PAGES).await?;
    let now_ms = app.host.now_ms();
    if !is_due(&head, is_asked, now_ms) {
        return Ok(None);
    }
    let keys = keys::rotate(app).await?;
    let claims = claims(&head, now_ms);
    let active = Active::open(&keys, &app.settings.secrets)?;
    let unsigned = active
        .signer
        .unsigned(CHECKPOINT_TYP, &claims, MAX_TOKEN_BYTES)
        .map_err(|error| fault(&error))?;
    let signed = active.signed(keys::sign(&app.host, &active.signer, unsigned).await?);
    let is_kept = app
        .store
        .add_checkpoint(&new_checkpoint(claims, signed))
        .await?;
    Ok(is_kept.then_some(head.upto))
}

/// Makes links of records from before there was a chain, and says how far it is then. Each step is a transaction of its
/// own; what another has done meanwhile is taken up.
///
/// # Errors
/// [`Fault`]: the store's.
pub async fn link_old<S: AuditChain>(store: &S, pages: usize) -> Result<ChainHead, Fault> {
    let mut head = store.chain_head().await.map_err(Fault::Store)?;
    for _ in 0..pages {
        if head.signed.is_some() || head.upto >= head.newest {
            break;
        }
        let mut last = parse_link(&head.hash).ok_or_else(|| {
            Fault::Store(StoreError::new(
                "the newest link of the audit log is malformed",
            ))
        })?;
        let records = store
            .chain_records(head.upto, PAGE)
            .await
            .map_err(Fault::Store)?;
        let links: Vec<_> = records
            .iter()
            .map(|record| {
                last = link(&last, &record.canonical());
                (record.id, link_text(&last))
            })
            .collect();
        let added = store.add_links(head.upto, &head.hash, &links).await;
        added.map_err(Fault::Store)?;
        head = store.chain_head().await.map_err(Fault::Store)?;
    }
    Ok(head)
}

impl ChainHead {
    /// What a checkpoint says of it.
    #[must_use]
    pub fn claims(&self, now_ms: i64) -> CheckpointClaims {
        claims(self, now_ms)
    }
}

impl NewCheckpoint {
    /// A checkpoint with its signature.
    #[must_use]
    pub fn new(claims: CheckpointClaims, signed: Signed) -> Self {
        new_checkpoint(claims, signed)
    }
}

fn is_due(head: &ChainHead, is_asked: bool, now_ms: i64) -> bool {
    // The first one says that every record has its link.
    if head.fresh == 0 || (head.signed.is_none() && head.upto < head.newest) {
        return false;
    }
    is_asked
        || head.fresh >= MAX_RECORDS
        || head
            .signed
            .is_none_or(|last| now_ms.saturating_sub(last.at_ms) >= MAX_AGE_MS)
}

fn claims(head: &ChainHead, now_ms: i64) -> CheckpointClaims {
    CheckpointClaims {
        upto: head.upto,
        hash: head.hash.clone(),
        count: head.fresh + head.signed.map_or(0, |last| last.records),
        at: now_ms,
    }
}

fn new_checkpoint(claims: CheckpointClaims, signed: Signed) -> NewCheckpoint {
    NewCheckpoint {
        upto: claims.upto,
        hash: claims.hash,
        records: claims.count,
        at_ms: claims.at,
        jwk: signed.jwk,
        jws: signed.jws,
    }
}

#[cfg(test)]
mod tests {
    use super::super::LastCheckpoint;
    use super::*;

    fn head(fresh: i64, signed_at_ms: Option<i64>) -> ChainHead {
        ChainHead {
            newest: 10_000,
            upto: 10_000,
            hash: String::new(),
            fresh,
            signed: signed_at_ms.map(|at_ms| LastCheckpoint {
                upto: 10_000 - fresh,
                records: 10_000 - fresh,
                at_ms,
            }),
        }
    }

    #[test]
    fn a_checkpoint_is_due_by_age_by_records_or_when_asked() {
        assert!(is_due(&head(1, None), false, 0));
        assert!(!is_due(&head(1, Some(1)), false, MAX_AGE_MS));
        assert!(is_due(&head(1, Some(0)), false, MAX_AGE_MS));
        assert!(!is_due(&head(999, Some(0)), false, 1));
        assert!(is_due(&head(1_000, Some(0)), false, 1));
        assert!(is_due(&head(1, Some(0)), true, 1));
    }

    #[test]
    fn nothing_new_is_never_signed_again_nor_a_log_with_records_that_have_no_links() {
        assert!(!is_due(&head(0, Some(0)), true, i64::MAX));
        let behind = ChainHead {
            upto: 9_999,
            ..head(5, None)
        };
        assert!(!is_due(&behind, true, 0));
    }

    #[test]
    fn the_count_goes_on_from_the_checkpoint_before() {
        assert_eq!(claims(&head(7, Some(0)), 5).count, 10_000);
    }
}
