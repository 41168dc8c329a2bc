//! A database as it is read to be verified: read only, in one transaction, row by row.

use std::path::Path;

use portcullis_service::audit::chain::{ChainRecord, CheckpointClaims, SegmentClaims};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use super::signed::{Checkpoint, Segment};
use super::walk::Entry;
use crate::dump;
use crate::unread::unopened;

const RECORDS: &str = "SELECT id, at_ms, action, status, user_id, scope, request_id, latency_ms, \
    ip_address, user_agent, fields FROM audit ORDER BY id";
const LINKS: &str = "SELECT id, hash FROM audit_chain ORDER BY id";
const CHECKPOINTS: &str =
    "SELECT id, upto, hash, records, at_ms, jwk, jws FROM audit_checkpoint ORDER BY id";
const SEGMENTS: &str = "SELECT first_id, last_id, start_hash, end_hash, at_ms, jwk, jws \
    FROM audit_segment ORDER BY last_id";

/// A database to verify.
pub(crate) struct Source {
    connection: Connection,
}

impl Source {
    /// Opens a database file without changing it.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        if !path.exists() {
            return Err(format!("there is no database `{}`", path.display()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::check(Connection::open_with_flags(path, flags), path)
    }

    /// Reads a dump that `wrangler d1 export` or `sqlite3 .dump` wrote.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn dump(path: &Path) -> Result<Self, String> {
        Self::check(Ok(dump::open(path)?), path)
    }

    fn check(connection: rusqlite::Result<Connection>, path: &Path) -> Result<Self, String> {
        let told = |error| format!("`{}`: {}", path.display(), unopened(path, &error));
        let connection = connection.map_err(told)?;
        let has_chain: bool = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'audit_chain'",
                [],
                |row| row.get::<_, i64>(0),
            )
            .map_err(told)?
            > 0;
        if !has_chain {
            return Err(format!(
                "`{}` has an audit log without a chain; `portcullis migrate apply` makes one",
                path.display()
            ));
        }
        // A server may be writing: everything below is of one moment.
        connection.execute_batch("BEGIN").map_err(told)?;
        Ok(Self { connection })
    }

    /// How many records and links there are, for progress.
    pub(crate) fn count(&self) -> Result<u64, String> {
        self.number("SELECT max((SELECT count(*) FROM audit), (SELECT count(*) FROM audit_chain))")
            .map(|count| {
                count
                    .and_then(|count| u64::try_from(count).ok())
                    .unwrap_or(0)
            })
    }

    /// The highest number that was given to a row of `audit` or `audit_checkpoint`; `None` where the database
    /// doesn't say.
    pub(crate) fn given(&self, table: &'static str) -> Result<Option<i64>, String> {
        if self.number("SELECT max(1) FROM sqlite_schema WHERE name = 'sqlite_sequence'")?
            != Some(1)
        {
            return Ok(None);
        }
        let sql = format!("SELECT max(seq) FROM sqlite_sequence WHERE name = '{table}'");
        self.number(&sql)
    }

    fn number(&self, sql: &str) -> Result<Option<i64>, String> {
        let found = self.connection.query_row(sql, [], |row| row.get(0));
        found.map_err(|error| error.to_string())
    }

    /// Checkpoints, oldest first.
    pub(crate) fn checkpoints(&self) -> Result<Vec<Checkpoint>, String> {
        self.rows(CHECKPOINTS, |row| {
            Ok(Checkpoint {
                id: row.get(0)?,
                claims: CheckpointClaims {
                    upto: row.get(1)?,
                    hash: row.get(2)?,
                    count: row.get(3)?,
                    at: row.get(4)?,
                },
                jwk: row.get(5)?,
                jws: row.get(6)?,
            })
        })
    }

    /// Segments, oldest first.
    pub(crate) fn segments(&self) -> Result<Vec<Segment>, String> {
        self.rows(SEGMENTS, |row| {
            Ok(Segment {
                claims: SegmentClaims {
                    first: row.get(0)?,
                    last: row.get(1)?,
                    start: row.get(2)?,
                    end: row.get(3)?,
                    at: row.get(4)?,
                },
                jwk: row.get(5)?,
                jws: row.get(6)?,
            })
        })
    }

    fn rows<T>(
        &self,
        sql: &str,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, String> {
        let told = |error: rusqlite::Error| error.to_string();
        let mut statement = self.connection.prepare(sql).map_err(told)?;
        let rows = statement.query_map([], map).map_err(told)?;
        rows.collect::<rusqlite::Result<_>>().map_err(told)
    }

    /// Passes on every number of the log with its record and its link, in order.
    ///
    /// # Errors
    /// SQLite's message.
    pub(crate) fn each(&self, mut push: impl FnMut(Entry)) -> Result<(), String> {
        let told = |error: rusqlite::Error| error.to_string();
        let mut records = self.connection.prepare(RECORDS).map_err(told)?;
        let mut records = records.query([]).map_err(told)?;
        let mut links = self.connection.prepare(LINKS).map_err(told)?;
        let mut links = links.query([]).map_err(told)?;
        let mut record = next(&mut records, record_of)?;
        let mut link = next(&mut links, link_of)?;
        loop {
            let id: i64 = match (&record, &link) {
                (Some((record, _)), Some((link, _))) => *record.min(link),
                (Some((id, _)), None) | (None, Some((id, _))) => *id,
                (None, None) => return Ok(()),
            };
            let mut entry = Entry {
                id,
                text: None,
                link: None,
            };
            if let Some((_, text)) = record.take_if(|(of, _)| *of == id) {
                entry.text = Some(text);
                record = next(&mut records, record_of)?;
            }
            if let Some((_, text)) = link.take_if(|(of, _)| *of == id) {
                entry.link = Some(text);
                link = next(&mut links, link_of)?;
            }
            push(entry);
        }
    }
}

fn next<T>(
    rows: &mut rusqlite::Rows<'_>,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, String> {
    let row = rows.next().map_err(|error| error.to_string())?;
    row.map(map).transpose().map_err(|error| error.to_string())
}

fn record_of(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    Ok((row.get(0)?, canonical(row)?))
}

fn link_of(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    Ok((row.get(0)?, text(row, 1)?))
}

fn canonical(row: &Row<'_>) -> rusqlite::Result<String> {
    let record = ChainRecord {
        id: row.get(0)?,
        at_ms: number(row, 1)?,
        action: text(row, 2)?,
        status: text(row, 3)?,
        user_id: optional(row, 4)?,
        scope: optional(row, 5)?,
        request_id: text(row, 6)?,
        latency_ms: number(row, 7)?,
        ip_address: text(row, 8)?,
        user_agent: text(row, 9)?,
        fields: text(row, 10)?,
    };
    Ok(record.canonical())
}

/// What isn't of its column's type was put there past the schema: it becomes what no record has, so that the record is
/// found to be altered.
fn text(row: &Row<'_>, index: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(index)? {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("\u{0}{other:?}"),
    })
}

fn optional(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(index)? {
        ValueRef::Null => None,
        _ => Some(text(row, index)?),
    })
}

fn number(row: &Row<'_>, index: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(index)? {
        ValueRef::Integer(number) => number,
        _ => i64::MIN,
    })
}
