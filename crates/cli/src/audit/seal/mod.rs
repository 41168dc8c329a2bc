//! `portcullis audit seal`: the oldest records into a file, so that the database may forget them.

mod d1;
mod segment;

use std::path::PathBuf;

use portcullis_service::audit::chain::{
    AuditChain, Link, NO_LINK, NewSegment, SEGMENT_TYP, SegmentClaims, link_text, parse_link,
    sign_with,
};
use portcullis_service::audit::{parse_time, to_rfc3339};
use portcullis_service::{AuditEvent, StoreError};
use portcullis_store::{Row, Statement};

use super::checkpoint::{Signing, sign};
use super::verify::file::{FORMAT, Header};
use crate::database::Sqlite;
use crate::host::now_ms;
use crate::operator;

/// Write the oldest audit records to a file, signed, and delete them from the database.
///
/// They are deleted only after the file was written to disk, read back and verified. `audit verify --segment FILE`
/// verifies it, with the rest of the log or alone.
///
/// A log on D1: from a dump to a file of SQL that does the same there, and nothing if the log isn't the dump's any more:
/// `audit seal --dump dump.sql --before 2026-01-01 --to 2025.jsonl --sql seal.sql`.
#[derive(clap::Args)]
pub(crate) struct Seal {
    /// Records before this time, which is past: `2026-11-22` or `2026-11-22T00:52:19Z`.
    #[arg(long, value_name = "TIME")]
    before: String,
    /// The file to write; one that is there isn't written over.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// A dump to read instead, as `wrangler d1 export DB --remote --output FILE` writes it.
    #[arg(long, value_name = "FILE", requires = "sql")]
    dump: Option<PathBuf>,
    /// With `--dump`: the file to write SQL to, for `wrangler d1 execute DB --remote --file`.
    #[arg(long, value_name = "FILE", requires = "dump")]
    sql: Option<PathBuf>,
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
    let source = Source::open(args)?;
    let Some(range) = range(&source.database, before_ms)? else {
        return Err(format!(
            "there are no records before {} that aren't sealed",
            to_rfc3339(before_ms)
        ));
    };
    if !args.keep && !args.unsent {
        require_sent(&source.database, range.last)?;
    }
    let (new, records) = write(args, &range, &source.signing)?;
    let event = operator::event(
        "audit.seal",
        &[
            ("first", range.first.into()),
            ("last", range.last.into()),
            ("hash", new.end_hash.as_str().into()),
            ("deleted", (!args.keep).into()),
        ],
    );
    keep(args, &source.signing, &new, &event)?;
    println!(
        "{}\t{records} records, {} to {}",
        args.to.display(),
        range.first,
        range.last
    );
    Ok(())
}

/// A log, and what signs for it.
struct Source {
    database: Sqlite,
    signing: Signing,
}

impl Source {
    fn open(args: &Seal) -> Result<Self, String> {
        if let (Some(dump), Some(sql)) = (&args.dump, &args.sql) {
            return d1::open(dump, sql, args.secret.as_deref());
        }
        let database = Sqlite::open_existing(&args.db)?;
        let signing = Signing::open(&database, args.secret.as_deref(), &args.db)?;
        sign(&signing)?;
        Ok(Self { database, signing })
    }
}

/// Writes the segment's file, and makes sure of it.
fn write(args: &Seal, range: &Range, signing: &Signing) -> Result<(NewSegment, u64), String> {
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
    let records = segment::write(&args.to, &header, range, signing)?;
    segment::read_back(&args.to, records)?;
    let new = NewSegment {
        first_id: claims.first,
        last_id: claims.last,
        start_hash: claims.start,
        end_hash: claims.end,
        at_ms: claims.at,
        jwk: signed.jwk,
        jws: signed.jws,
    };
    Ok((new, records))
}

/// Has the database remember the segment and forget its records, now or by a file of SQL.
fn keep(
    args: &Seal,
    signing: &Signing,
    new: &NewSegment,
    event: &AuditEvent,
) -> Result<(), String> {
    match &args.sql {
        None => signing.wait(signing.store.add_segment(new, !args.keep, event)),
        Some(sql) => d1::write(args, sql, new, event),
    }
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
