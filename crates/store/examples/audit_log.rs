//! Makes a database with an audit log of many records and their links, to measure `portcullis audit verify` with:
//! `cargo run --release -p portcullis-store --example audit_log -- FILE 1000000`.
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;

use portcullis_service::audit::chain::{ChainRecord, NO_LINK, link, link_text};
use portcullis_store::MIGRATIONS;
use rusqlite::{Connection, params};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(path), Some(count)) = (args.next(), args.next()) else {
        return Err("usage: audit_log FILE COUNT".into());
    };
    let count: i64 = count.parse()?;
    let connection = Connection::open(&path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")?;
    for migration in MIGRATIONS {
        connection.execute_batch(migration.sql)?;
    }
    let trigger: String = connection.query_row(
        "SELECT sql FROM sqlite_schema WHERE name = 'audit_is_chained'",
        [],
        |row| row.get(0),
    )?;
    // The links are computed here, which is much faster; they are the same.
    connection.execute_batch("DROP TRIGGER audit_is_chained; BEGIN")?;
    fill(&connection, count)?;
    connection.execute_batch(&format!(
        "{trigger}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"
    ))?;
    println!("{path}: {count} records");
    Ok(())
}

fn fill(connection: &Connection, count: i64) -> rusqlite::Result<()> {
    let mut add = connection.prepare(
        "INSERT INTO audit (id, at_ms, action, status, user_id, scope, request_id, latency_ms, \
         ip_address, user_agent, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut add_link = connection.prepare("INSERT INTO audit_chain (id, hash) VALUES (?1, ?2)")?;
    let mut last = NO_LINK;
    for id in 1..=count {
        let record = record(id);
        last = link(&last, &record.canonical());
        add.execute(params![
            record.id,
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
        ])?;
        add_link.execute(params![id, link_text(&last)])?;
    }
    Ok(())
}

/// A record of some 350 bytes.
fn record(id: i64) -> ChainRecord {
    ChainRecord {
        id,
        at_ms: 1_795_308_739_542 + id * 37,
        action: "auth.login".into(),
        status: if id % 10 == 0 { "fail" } else { "ok" }.into(),
        user_id: Some(format!("user-{:019}", id % 5_000)),
        scope: Some("state:ca/team:t7".into()),
        request_id: format!("{id:032x}"),
        latency_ms: id % 90,
        ip_address: format!("192.0.2.{}", id % 250),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".into(),
        fields: format!(
            "{{\"session\":\"{id:024x}\",\"method\":\"pwd\",\"device\":\"device-{}\"}}",
            id % 7
        ),
    }
}
