//! Checkpoints and segments: what was signed, with which key.
//!
//! Whoever can write the database can put a key of his own beside a checkpoint of his own. So what counts
//! is kept elsewhere: the ids of keys (`--trusted-key`), which are their thumbprints (RFC 7638), or copies of checkpoints
//! (`--checkpoints`).

use std::collections::BTreeSet;

use portcullis_core::jose::{Algorithm, KeySet, verify};
use portcullis_issue::keyring::PublicJwk;
use portcullis_service::audit::chain::{
    CHECKPOINT_TYP, CheckpointClaims, SEGMENT_TYP, SegmentClaims,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::finding::{Findings, Kind, Of};
use super::walk::Point;

/// A checkpoint as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) id: i64,
    pub(crate) claims: CheckpointClaims,
    pub(crate) jwk: String,
    pub(crate) jws: String,
}

/// A segment as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) claims: SegmentClaims,
    pub(crate) jwk: String,
    pub(crate) jws: String,
}

/// A line that `audit checkpoint` prints.
#[derive(Deserialize)]
struct Copy {
    jwk: String,
    jws: String,
}

/// Which keys may sign, and which did.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    /// Ids of keys; any may sign when there are none.
    pub(crate) trusted: BTreeSet<String>,
    /// Ids of the keys that signed.
    pub(crate) seen: BTreeSet<String>,
}

impl Trust {
    /// Checks checkpoints, of which the database gave out numbers up to `given`; the links that they vouch for.
    pub(crate) fn checkpoints(
        &mut self,
        all: &[Checkpoint],
        given: Option<i64>,
        findings: &mut Findings,
    ) -> Vec<Point> {
        let mut points = Vec::new();
        let mut next = 1;
        for one in all {
            missed(next, one.id.saturating_sub(1), findings);
            next = one.id.saturating_add(1);
            let claims = self.open(&one.jwk, &one.jws, CHECKPOINT_TYP);
            match settle(claims, &one.claims) {
                Ok(claims) => points.push(Point {
                    id: claims.upto,
                    hash: claims.hash,
                    by: format!("checkpoint {}", one.id),
                    is_sealed: false,
                }),
                Err((kind, detail)) => findings.add(Of::Checkpoint, one.id, kind, detail),
            }
        }
        missed(next, given.unwrap_or(0), findings);
        points
    }

    /// Checks copies of checkpoints that were kept elsewhere, one a line; the links that they vouch for.
    pub(crate) fn copies(&mut self, text: &str, findings: &mut Findings) -> Vec<Point> {
        let mut points = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let claims = match serde_json::from_str::<Copy>(line) {
                Ok(copy) => self.open(&copy.jwk, &copy.jws, CHECKPOINT_TYP),
                Err(error) => Err((Kind::Malformed, error.to_string())),
            };
            match claims {
                Ok(CheckpointClaims { upto, hash, .. }) => points.push(Point {
                    id: upto,
                    hash,
                    by: format!("the checkpoint in line {number} of the copies"),
                    is_sealed: false,
                }),
                Err((kind, detail)) => findings.add(Of::Line, number, kind, detail),
            }
        }
        points
    }

    /// Checks segments; the links that they vouch for.
    pub(crate) fn segments(&mut self, all: &[Segment], findings: &mut Findings) -> Vec<Point> {
        let mut points = Vec::new();
        for one in all {
            let claims = self.open(&one.jwk, &one.jws, SEGMENT_TYP);
            match settle(claims, &one.claims) {
                Ok(claims) => points.push(Point {
                    id: claims.last,
                    hash: claims.end,
                    by: format!("the segment up to record {}", claims.last),
                    is_sealed: true,
                }),
                Err((kind, detail)) => findings.add(Of::Segment, one.claims.last, kind, detail),
            }
        }
        points
    }

    fn open<T: DeserializeOwned>(
        &mut self,
        jwk: &str,
        jws: &str,
        typ: &str,
    ) -> Result<T, (Kind, String)> {
        let bad = |detail: String| (Kind::BadSignature, detail);
        let key = PublicJwk::parse(jwk).map_err(|error| bad(error.to_string()))?;
        let keys = KeySet::parse(format!("{{\"keys\":[{jwk}]}}").as_bytes())
            .map_err(|error| bad(error.to_string()))?;
        let jws =
            verify(jws, &keys, &[Algorithm::Es256]).map_err(|error| bad(error.to_string()))?;
        // Type confusion (RFC 8725 section 3.11): an access token that says `upto` is no checkpoint.
        if jws.header.typ() != Some(typ) {
            return Err(bad(format!("its type isn't `{typ}`")));
        }
        self.seen.insert(key.kid().to_owned());
        if !self.trusted.is_empty() && !self.trusted.contains(key.kid()) {
            return Err((Kind::UntrustedKey, key.kid().to_owned()));
        }
        serde_json::from_slice(&jws.payload).map_err(|error| bad(error.to_string()))
    }
}

/// Checkpoints with these numbers aren't there.
fn missed(first: i64, last: i64, findings: &mut Findings) {
    if first <= last {
        findings.add_range(Of::Checkpoint, (first, last), Kind::CheckpointRemoved, "");
    }
}

/// What was signed counts, and the columns beside it must say the same.
fn settle<T: PartialEq>(
    signed: Result<T, (Kind, String)>,
    stored: &T,
) -> Result<T, (Kind, String)> {
    let signed = signed?;
    if signed == *stored {
        Ok(signed)
    } else {
        Err((Kind::SignedAltered, String::new()))
    }
}
