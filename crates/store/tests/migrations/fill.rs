//! A database as an earlier version left it, with rows in every table.

use std::collections::BTreeMap;

use portcullis_store::Migration;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Where wrangler and `serve` keep what was applied.
const APPLIED: &str = "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, \
    name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);";

/// Rows that are put into every table.
const ROWS: usize = 3;

/// Values that a column's own rule asks for.
const CHOSEN: [(&str, &str, [&str; ROWS]); 12] = [
    (
        "audit_segment",
        "end_hash",
        [
            "(SELECT hash FROM audit_chain WHERE id = 1)",
            "(SELECT hash FROM audit_chain WHERE id = 2)",
            "(SELECT hash FROM audit_chain WHERE id = 3)",
        ],
    ),
    ("audit_segment", "first_id", ["1", "2", "3"]),
    ("audit_segment", "last_id", ["1", "2", "3"]),
    ("audit_checkpoint", "upto", ["1", "2", "3"]),
    ("audit", "status", ["'ok'", "'fail'", "'ok'"]),
    (
        "import_progress",
        "stage",
        ["'user'", "'account'", "'done'"],
    ),
    ("session", "remember_me", ["0", "1", "1"]),
    ("signing_key", "state", ["'next'", "'active'", "'retired'"]),
    (
        "user",
        "attributes",
        ["'{}'", "'{\"clearance\":3}'", "'{\"unit\":\"a\"}'"],
    ),
    ("user_setting", "kind", ["'global'", "'app'", "'device'"]),
    (
        "audit",
        "fields",
        ["'{}'", "'{\"a\":1}'", "'{\"b\":\"c\"}'"],
    ),
    (
        "session",
        "methods",
        ["'[\"pwd\"]'", "'[]'", "'[\"pwd\",\"otp\"]'"],
    ),
];

/// The tables, under whatever name, whose rows the schema makes itself.
const MADE: [&str; 5] = [
    "audit_chain",
    "tenant_permission_epoch",
    "user_block",
    "user_stretch",
    "user_tally",
];

/// Every row of every table, as text, by column: what has to be found again.
pub(crate) type Content = BTreeMap<String, (Vec<String>, Vec<Vec<String>>)>;

/// The SQL that makes a database of these migrations.
pub(crate) fn build(migrations: &[Migration]) -> String {
    let each = migrations.iter().map(|one| {
        format!(
            "{}\nINSERT INTO d1_migrations (name) VALUES ('{}');\n",
            one.sql, one.name
        )
    });
    format!("{APPLIED}\n{}", each.collect::<String>())
}

/// Statements that put rows into every table of a database, those first that others refer to.
pub(crate) fn rows(connection: &Connection) -> Vec<String> {
    let mut statements = Vec::new();
    let mut waiting = tables(connection);
    let mut filled = Vec::new();
    waiting.retain(|table| !MADE.iter().any(|made| table.ends_with(made)));
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|table| {
            let mut references = references(connection, table).into_values();
            references.all(|(other, _)| other == *table || filled.contains(&other))
        });
        assert!(
            !ready.is_empty(),
            "tables refer to each other in a ring: {rest:?}"
        );
        for table in ready {
            statements.extend((0..ROWS).map(|row| insert(connection, &table, row)));
            filled.push(table);
        }
        waiting = rest;
    }
    statements
}

fn insert(connection: &Connection, table: &str, row: usize) -> String {
    let references = references(connection, table);
    let columns = columns(connection, table);
    let values: Vec<String> = columns
        .iter()
        .map(|(column, kind)| match references.get(column) {
            Some((other, key)) => value(other, key, "TEXT", row),
            None => value(table, column, kind, row),
        })
        .collect();
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    format!(
        "INSERT INTO \"{table}\" ({}) VALUES ({});",
        names.join(", "),
        values.join(", ")
    )
}

/// A value that names its place, so that none can be mistaken for another; with what breaks SQL that
/// was put together carelessly.
fn value(table: &str, column: &str, kind: &str, row: usize) -> String {
    let chosen = CHOSEN.iter().find(|(t, c, _)| *t == table && *c == column);
    match chosen {
        Some((_, _, values)) => values[row].to_owned(),
        None if kind == "INTEGER" && column == "id" => (row + 1).to_string(),
        None if kind == "INTEGER" => {
            (4_107_542_400_000_i64 + i64::try_from(row).unwrap()).to_string()
        }
        None => format!("'{table}.{column} ''{row}'' \u{e9}\u{1f511}'"),
    }
}

/// Tables of the product, in the order of their names.
pub(crate) fn tables(connection: &Connection) -> Vec<String> {
    let names = texts(
        connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name <> 'd1_migrations' ORDER BY name",
    );
    names.into_iter().map(|mut row| row.remove(0)).collect()
}

fn columns(connection: &Connection, table: &str) -> Vec<(String, String)> {
    let sql = format!("SELECT name, type FROM pragma_table_info('{table}') ORDER BY cid");
    let rows = texts(connection, &sql);
    rows.into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

/// The table and column that a column refers to.
fn references(connection: &Connection, table: &str) -> BTreeMap<String, (String, String)> {
    let sql = format!("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list('{table}')");
    let rows = texts(connection, &sql);
    rows.into_iter()
        .map(|row| (row[0].clone(), (row[1].clone(), row[2].clone())))
        .collect()
}

/// Everything that a database holds.
pub(crate) fn content(connection: &Connection) -> Content {
    let each = tables(connection).into_iter().map(|table| {
        let names: Vec<_> = columns(connection, &table)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let rows = texts(connection, &select(&table, &names));
        (table, (names, rows))
    });
    each.collect()
}

/// Reads columns of a table, in an order that both versions have.
pub(crate) fn select(table: &str, columns: &[String]) -> String {
    let columns = columns.join("\", \"");
    format!("SELECT \"{columns}\" FROM \"{table}\" ORDER BY \"{columns}\"")
}

/// Rows of a query, as text.
pub(crate) fn texts(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| {
        (0..columns)
            .map(|index| {
                row.get_ref(index).map(|value| match value {
                    ValueRef::Null => "NULL".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                    other => format!("{other:?}"),
                })
            })
            .collect()
    };
    let rows = statement.query_map([], read).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
