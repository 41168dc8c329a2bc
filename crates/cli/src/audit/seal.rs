//! `portcullis audit seal`: the oldest records into a file, so that the database may forget them.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use portcullis_service::StoreError;
use portcullis_service::audit::chain::{
    AuditChain, Link, NO_LINK, NewSegment, SEGMENT_TYP, SegmentClaims, link, link_text, parse_link,
    sign_with,
};
use portcullis_service::audit::{parse_time, to_rfc3339};
use portcullis_store::{Row, Statement};

use super::checkpoint::{Signing, sign};
use super::verify::file::{self, FORMAT, Header};
use super::verify::{Kind, Trust};
use crate::database::Sqlite;
use crate::host::now_ms;
use crate::operator;

/// Records read at a time.
const PAGE: u32 = 1_000;

/// Write the oldest audit records to a file, signed, and delete them from the database.
///
/// They are deleted only after the file was written to disk, read back and verified. `audit verify --segment FILE`
/// verifies it, with the rest of the log or alone.
#[derive(clap::Args)]
pub(crate) struct Seal {
    /// Records before this time, which is past: `2026-11-22` or `2026-11-22T00:52:19Z`.
    #[arg(long, value_name = "TIME")]
    before: String,
    /// The file to write; one that is there isn't written over.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Leave the records in the database.
    #[arg(long)]
    keep: bool,
    /// Delete records, too, that a receiver hasn't been told of yet.
    #[arg(long, conflicts_with = "keep")]
    unsent: bool,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// Server secrets, as `serve` takes them. Default: the file beside the database.
    #[arg(long, env = "PORTCULLIS_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// What is to be sealed.
struct Range {
    first: i64,
    last: i64,
    start: Link,
    end: Link,
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(args: &Seal) -> Result<(), String> {
    let before_ms = parse_time(&args.before)
        .filter(|before_ms| *before_ms <= now_ms())
        .ok_or_else(|| format!("`{}` isn't a time that is past", args.before))?;
    let database = Sqlite::open_existing(&args.db)?;
    let signing = Signing::open(&database, args.secret.as_deref(), &args.db)?;
    sign(&signing)?;
    let Some(range) = range(&database, before_ms)? else {
        return Err(format!(
            "there are no records before {} that aren't sealed",
            to_rfc3339(before_ms)
        ));
    };
    if !args.keep && !args.unsent {
        require_sent(&database, range.last)?;
    }
    let claims = SegmentClaims {
        first: range.first,
        last: range.last,
        start: link_text(&range.start),
        end: link_text(&range.end),
        at: now_ms(),
    };
    let signed = sign_with(&signing.keys, &signing.secrets, SEGMENT_TYP, &claims)
        .map_err(|fault| fault.to_string())?;
    let header = Header {
        format: FORMAT.to_owned(),
        segment: claims.clone(),
        jwk: signed.jwk.clone(),
        jws: signed.jws.clone(),
    };
    let records = write(&args.to, &header, &range, &signing)?;
    read_back(&args.to, records)?;
    let new = NewSegment {
        first_id: claims.first,
        last_id: claims.last,
        start_hash: claims.start,
        end_hash: claims.end,
        at_ms: claims.at,
        jwk: signed.jwk,
        jws: signed.jws,
    };
    let event = operator::event(
        "audit.seal",
        &[
            ("first", range.first.into()),
            ("last", range.last.into()),
            ("hash", new.end_hash.as_str().into()),
            ("deleted", (!args.keep).into()),
        ],
    );
    signing.wait(signing.store.add_segment(&new, !args.keep, &event))?;
    println!(
        "{}\t{records} records, {} to {}",
        args.to.display(),
        range.first,
        range.last
    );
    Ok(())
}

/// The oldest records that aren't sealed yet, up to the first one that isn't before the time.
fn range(database: &Sqlite, before_ms: i64) -> Result<Option<Range>, String> {
    let found = database.read(&Statement::new(
        "WITH s AS (SELECT last_id, end_hash FROM audit_segment ORDER BY last_id DESC LIMIT 1), \
         f AS (SELECT coalesce((SELECT last_id + 1 FROM s), (SELECT min(id) FROM audit)) AS first) \
         SELECT f.first, (SELECT end_hash FROM s) AS start_hash, c.id AS last, c.hash FROM f \
         JOIN audit_chain c ON c.id = (SELECT max(id) FROM audit WHERE id < \
         coalesce((SELECT min(id) FROM audit WHERE id >= f.first AND at_ms >= ?1), \
         9007199254740991)) WHERE c.id >= f.first",
        vec![before_ms.into()],
    ))?;
    found.first().map(read_range).transpose()
}

/// What receivers are still to be told isn't deleted.
fn require_sent(database: &Sqlite, last: i64) -> Result<(), String> {
    let behind = database.read(&Statement::new(
        "SELECT name, upto FROM audit_sink WHERE upto < ?1 ORDER BY upto LIMIT 1",
        vec![last.into()],
    ))?;
    let Some(row) = behind.first() else {
        return Ok(());
    };
    let told = |error: StoreError| error.to_string();
    Err(format!(
        "the receiver `{}` has records up to {} alone, and {last} are to be sealed; wait for it, or use \
         `--keep` to leave them in the database or `--unsent` to delete them all the same",
        row.text("name").map_err(told)?,
        row.integer("upto").map_err(told)?,
    ))
}

fn read_range(row: &Row) -> Result<Range, String> {
    let told = |error: StoreError| error.to_string();
    let parse = |text: &str| {
        parse_link(text).ok_or_else(|| {
            "a link of the audit log is malformed; `portcullis audit verify`".to_owned()
        })
    };
    let start = row.optional_text("start_hash").map_err(told)?;
    Ok(Range {
        first: row.integer("first").map_err(told)?,
        last: row.integer("last").map_err(told)?,
        start: start.map_or(Ok(NO_LINK), |text| parse(&text))?,
        end: parse(&row.text("hash").map_err(told)?)?,
    })
}

/// Writes the file, checking each record on the way: what was tampered with isn't sealed.
fn write(path: &Path, header: &Header, range: &Range, signing: &Signing) -> Result<u64, String> {
    let told = |error: std::io::Error| format!("`{}`: {error}", path.display());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Like the database, for its owner alone.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = BufWriter::new(options.open(path).map_err(told)?);
    let written = records(&mut out, header, range, signing);
    let synced = written.and_then(|count| {
        let file = out.into_inner().map_err(|error| told(error.into_error()))?;
        file.sync_all().map_err(told)?;
        Ok(count)
    });
    if synced.is_err() {
        let _ = std::fs::remove_file(path);
    }
    synced
}

fn records(
    out: &mut impl Write,
    header: &Header,
    range: &Range,
    signing: &Signing,
) -> Result<u64, String> {
    let told = |error: std::io::Error| error.to_string();
    let first = serde_json::to_string(header).map_err(|error| error.to_string())?;
    writeln!(out, "{first}").map_err(told)?;
    let (mut last, mut after, mut count) = (range.start, range.first - 1, 0);
    while after < range.last {
        let page = signing.wait(signing.store.chain_records(after, PAGE))?;
        if page.is_empty() {
            break;
        }
        for record in page.iter().filter(|record| record.id <= range.last) {
            let text = record.canonical();
            last = link(&last, &text);
            let line = file::line(&text, &link_text(&last));
            out.write_all(line.as_bytes()).map_err(told)?;
            count += 1;
        }
        after = page.last().map_or(range.last, |record| record.id);
    }
    if last == range.end {
        Ok(count)
    } else {
        Err("the audit log isn't whole, and was left as it is; `portcullis audit verify` says where".to_owned())
    }
}

/// Makes sure that what is on the disk is what may be deleted from the database.
fn read_back(path: &Path, records: u64) -> Result<(), String> {
    let checked = file::check(path, &mut Trust::default(), || ())?;
    // Numbers that were left out were left out; the log says so, and goes on.
    let mut findings = checked.findings.kept().iter();
    match findings.find(|finding| finding.kind != Kind::Gap) {
        None if checked.records == records => Ok(()),
        None => Err(format!(
            "`{}` isn't whole; nothing was deleted",
            path.display()
        )),
        Some(finding) => Err(format!(
            "`{}`: {finding}; nothing was deleted",
            path.display()
        )),
    }
}
