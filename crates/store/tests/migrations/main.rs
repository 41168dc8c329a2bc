//! From every earlier version to the newest, with everything that was in the database found again.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod fill;

use std::collections::BTreeSet;

use fill::{build, content, rows, select, tables, texts};
use portcullis_store::{MIGRATIONS, Tables};
use rusqlite::Connection;

/// A database as the version with the first `count` migrations made it.
fn database(count: usize) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    connection
        .execute_batch(&build(&MIGRATIONS[..count]))
        .unwrap();
    connection
}

#[test]
fn rows_of_every_earlier_version_are_found_again_in_the_newest() {
    for count in 1..MIGRATIONS.len() {
        let connection = database(count);
        for statement in rows(&connection) {
            let told = |error| panic!("after {count}: {error}: {statement}");
            connection.execute_batch(&statement).unwrap_or_else(told);
        }
        let before = content(&connection);
        assert!(
            before.values().all(|(_, rows)| !rows.is_empty()),
            "after {count}"
        );
        for migration in &MIGRATIONS[count..] {
            let transaction = connection.unchecked_transaction().unwrap();
            let told = |error| panic!("{} on {count}: {error}", migration.name);
            transaction
                .execute_batch(migration.sql)
                .unwrap_or_else(told);
            transaction.commit().unwrap();
        }
        for (table, (columns, rows)) in &before {
            let now = texts(&connection, &select(table, columns));
            assert_eq!(now, *rows, "`{table}` of version {count}");
        }
        let broken = texts(&connection, "SELECT * FROM pragma_foreign_key_check");
        assert!(broken.is_empty(), "{count}: {broken:?}");
    }
}

#[test]
fn every_way_leads_to_one_schema() {
    let schema = |connection: &Connection| -> BTreeSet<Vec<String>> {
        let sql = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema";
        texts(connection, sql).into_iter().collect()
    };
    let newest = schema(&database(MIGRATIONS.len()));
    for count in 1..MIGRATIONS.len() {
        let connection = database(count);
        for migration in &MIGRATIONS[count..] {
            connection.execute_batch(migration.sql).unwrap();
        }
        assert_eq!(schema(&connection), newest, "from {count}");
    }
}

#[test]
fn migrations_work_under_chosen_names_of_tables_with_rows_in_them() {
    let chosen = Tables::parse("prefix=acme_,tenant=organization").unwrap();
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    for migration in MIGRATIONS {
        let text = chosen.migration(migration);
        let told = |error| panic!("{}: {error}", migration.name);
        connection.execute_batch(&text).unwrap_or_else(told);
    }
    for statement in rows(&connection) {
        connection.execute_batch(&statement).unwrap();
    }
    let names = tables(&connection);
    for (table, name) in chosen.pairs() {
        assert!(names.iter().any(|one| one == name), "{name}");
        assert!(!names.iter().any(|one| one == table), "{table}");
    }
}
