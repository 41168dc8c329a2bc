//! Segments in files: a line that says what the file holds, signed, then a line for each record.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use portcullis_service::audit::chain::{SegmentClaims, parse_link};
use serde::{Deserialize, Serialize};

use super::finding::{Findings, Kind, Of};
use super::signed::{Segment, Trust};
use super::walk::{Entry, Walk};
use crate::unread::unread;

/// What the first line says the file is.
pub(crate) const FORMAT: &str = "portcullis-audit-segment/1";
/// The longest line that is read, in bytes.
const MAX_LINE_BYTES: usize = 4 << 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// [`FORMAT`].
    pub(crate) format: String,
    /// What was signed.
    pub(crate) segment: SegmentClaims,
    /// The public key, as JSON.
    pub(crate) jwk: String,
    /// The signature.
    pub(crate) jws: String,
}

/// A line with a record.
pub(crate) fn line(text: &str, hash: &str) -> String {
    format!("{{\"record\":{text},\"hash\":\"{hash}\"}}\n")
}

/// What a file held.
pub(crate) struct Checked {
    /// What its first line says; `None` when that couldn't be read.
    pub(crate) segment: Option<Segment>,
    /// What is wrong with it.
    pub(crate) findings: Findings,
    /// Records in it.
    pub(crate) records: u64,
}

/// Checks a file: its signature, every record, its end.
///
/// # Errors
/// A sentence: it can't be read.
pub(crate) fn check(
    path: &Path,
    trust: &mut Trust,
    mut progress: impl FnMut(),
) -> Result<Checked, String> {
    let told = |error: std::io::Error| format!("`{}`: {}", path.display(), unread(&error));
    let mut lines = Lines(BufReader::new(File::open(path).map_err(told)?));
    let mut findings = Findings::default();
    let first = lines.next().transpose().map_err(told)?.unwrap_or_default();
    let Some(segment) = header(&first) else {
        findings.add(Of::Line, 1, Kind::Malformed, "");
        return Ok(Checked {
            segment: None,
            findings,
            records: 0,
        });
    };
    let points = trust.segments(core::slice::from_ref(&segment), &mut findings);
    let Some(start) = parse_link(&segment.claims.start) else {
        findings.add(Of::Line, 1, Kind::Malformed, "");
        return Ok(Checked {
            segment: Some(segment),
            findings,
            records: 0,
        });
    };
    let mut walk = Walk::after(points, segment.claims.first.saturating_sub(1), start);
    for (number, line) in (2..).zip(lines) {
        match entry(&line.map_err(told)?) {
            Some(entry) => walk.push(entry),
            None => findings.add(Of::Line, number, Kind::Malformed, ""),
        }
        progress();
    }
    let (walked, records, _) = walk.finish(Some(segment.claims.last));
    findings.append(walked);
    Ok(Checked {
        segment: Some(segment),
        findings,
        records,
    })
}

fn header(line: &str) -> Option<Segment> {
    let header: Header = serde_json::from_str(line).ok()?;
    (header.format == FORMAT).then_some(Segment {
        claims: header.segment,
        jwk: header.jwk,
        jws: header.jws,
    })
}

/// Reads a line as [`line`] writes it, byte for byte.
fn entry(line: &str) -> Option<Entry> {
    let rest = line.strip_prefix("{\"record\":")?.strip_suffix("\"}")?;
    let (text, hash) = rest.rsplit_once(",\"hash\":\"")?;
    let (id, _) = text.strip_prefix('[')?.split_once(',')?;
    Some(Entry {
        id: id.parse().ok()?,
        text: Some(text.to_owned()),
        link: Some(hash.to_owned()),
    })
}

/// Lines of a bounded length: a file without line breaks doesn't fill the memory.
struct Lines<R>(R);

impl<R: BufRead> Iterator for Lines<R> {
    type Item = std::io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut self.0, MAX_LINE_BYTES as u64);
        match limited.read_until(b'\n', &mut line) {
            Err(error) => return Some(Err(error)),
            Ok(0) => return None,
            Ok(_) => {}
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Some(Ok(String::from_utf8_lossy(&line).into_owned()))
    }
}
