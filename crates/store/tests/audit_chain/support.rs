//! A database in a file, and its chain computed anew.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use portcullis_service::audit::chain::{ChainRecord, NO_LINK, link, link_text};
use portcullis_store::MIGRATIONS;
use rusqlite::Connection;

/// A database in a file, which goes with the test.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("portcullis-chain-{}-{number}.sqlite", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        let connection = open(&file.0);
        connection
            .execute_batch("PRAGMA journal_mode = WAL")
            .unwrap();
        migrate(&connection);
        file
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A connection as a process has it.
pub(crate) fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_mins(1)).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF",
        )
        .unwrap();
    connection
}

/// A database in memory with the newest schema.
pub(crate) fn in_memory() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("PRAGMA trusted_schema = OFF")
        .unwrap();
    migrate(&connection);
    connection
}

fn migrate(connection: &Connection) {
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql).unwrap();
    }
}

/// Adds a record as it is, its number left to the database.
pub(crate) fn add(connection: &Connection, record: &ChainRecord) {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO audit (at_ms, action, status, user_id, scope, request_id, latency_ms, \
             ip_address, user_agent, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .unwrap();
    statement
        .execute(rusqlite::params![
            record.at_ms,
            record.action,
            record.status,
            record.user_id,
            record.scope,
            record.request_id,
            record.latency_ms,
            record.ip_address,
            record.user_agent,
            record.fields
        ])
        .unwrap();
}

/// A record to add.
pub(crate) fn record(number: i64) -> ChainRecord {
    ChainRecord {
        id: number,
        at_ms: 1_795_308_739_542 + number,
        action: "auth.login".into(),
        status: "ok".into(),
        user_id: (number % 3 != 0).then(|| format!("user-{}", number % 100)),
        scope: (number % 2 == 0).then(|| "state:ca/team:t7".into()),
        request_id: format!("01J{number:023}"),
        latency_ms: number % 90,
        ip_address: "192.0.2.1".into(),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".into(),
        fields: format!("{{\"session\":\"s{number}\",\"method\":\"pwd\"}}"),
    }
}

/// Makes sure that every record has its link, that numbers go up by one, and says how many there are.
pub(crate) fn verify(connection: &Connection) -> i64 {
    let mut statement = connection
        .prepare(
            "SELECT a.id, at_ms, action, status, user_id, scope, request_id, latency_ms, \
             ip_address, user_agent, fields, c.hash FROM audit a LEFT JOIN audit_chain c \
             ON c.id = a.id ORDER BY a.id",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let record = ChainRecord {
            id: row.get(0)?,
            at_ms: row.get(1)?,
            action: row.get(2)?,
            status: row.get(3)?,
            user_id: row.get(4)?,
            scope: row.get(5)?,
            request_id: row.get(6)?,
            latency_ms: row.get(7)?,
            ip_address: row.get(8)?,
            user_agent: row.get(9)?,
            fields: row.get(10)?,
        };
        Ok((record, row.get::<_, Option<String>>(11)?))
    });
    let (mut last, mut count) = (NO_LINK, 0);
    for row in rows.unwrap() {
        let (record, stored) = row.unwrap();
        count += 1;
        assert_eq!(record.id, count, "numbers go up by one");
        last = link(&last, &record.canonical());
        assert_eq!(stored, Some(link_text(&last)), "record {count}");
    }
    let links: i64 = connection
        .query_row("SELECT count(*) FROM audit_chain", [], |row| row.get(0))
        .unwrap();
    assert_eq!(links, count, "a link for every record and no other");
    count
}
