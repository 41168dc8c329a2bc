//! Databases of every earlier version, filled, and what has to be found in them after migrating, as
//! lines of JSON for a test on another database than SQLite: `{"version", "sql", "content"}`, where
//! `content` has for every table its columns and rows as text.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for tests"
)]

#[path = "../tests/migrations/fill.rs"]
mod fill;

use portcullis_store::MIGRATIONS;
use rusqlite::Connection;
use serde_json::json;

fn main() {
    for count in 1..MIGRATIONS.len() {
        let connection = Connection::open_in_memory().unwrap();
        let mut sql = fill::build(&MIGRATIONS[..count]);
        connection.execute_batch(&sql).unwrap();
        for statement in fill::rows(&connection) {
            connection.execute_batch(&statement).unwrap();
            sql.push_str(&statement);
            sql.push('\n');
        }
        let content: serde_json::Map<_, _> = fill::content(&connection)
            .into_iter()
            .map(|(table, (columns, rows))| (table, json!({ "columns": columns, "rows": rows })))
            .collect();
        let line = json!({ "version": MIGRATIONS[count - 1].name, "sql": sql, "content": content });
        println!("{line}");
    }
}
