//! Rows of a SQLite database.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::field::Field;
use super::record::Record;
use super::source::{Stage, Take};
use crate::unread::unopened;

/// Makes sure that there are users to import.
///
/// # Errors
/// A sentence.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let connection = open(path)?;
    match table(&connection, Stage::User).map_err(|error| told(path, &error))? {
        Some(_) => Ok(()),
        None => Err(format!("`{}` has no table `user`", path.display())),
    }
}

/// Hands out the rows of a table behind a row id.
///
/// # Errors
/// A sentence.
pub(super) fn read(
    path: &Path,
    stage: Stage,
    after: i64,
    take: &mut Take<'_>,
) -> Result<(), String> {
    let told = |error: rusqlite::Error| told(path, &error);
    let connection = open(path)?;
    let Some(name) = table(&connection, stage).map_err(told)? else {
        return Ok(());
    };
    let name = name.replace('"', "\"\"");
    // The row id comes under a name of its own: a column may be called `rowid`.
    let sql = format!("SELECT _rowid_, t.* FROM \"{name}\" t WHERE _rowid_ > ?1 ORDER BY _rowid_");
    let mut statement = connection.prepare(&sql).map_err(told)?;
    let names: Vec<String> = statement
        .column_names()
        .skip(1)
        .map(str::to_owned)
        .collect();
    let mut rows = statement.query([after]).map_err(told)?;
    while let Some(row) = rows.next().map_err(told)? {
        let mut record = Record::default();
        for (index, name) in names.iter().enumerate() {
            record.put(name, field(row.get_ref(index + 1).map_err(told)?));
        }
        take(row.get(0).map_err(told)?, record)?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<Connection, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| told(path, &error))?;
    // A foreign file's schema may hold calls of functions.
    connection
        .execute_batch("PRAGMA trusted_schema = OFF;")
        .map_err(|error| told(path, &error))?;
    Ok(connection)
}

/// What the table of a stage is called.
fn table(connection: &Connection, stage: Stage) -> rusqlite::Result<Option<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        let name = name?;
        if stage.is_called(&name) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn field(value: ValueRef<'_>) -> Field {
    match value {
        ValueRef::Null => Field::Null,
        ValueRef::Integer(number) => Field::Integer(number),
        ValueRef::Real(number) => Field::Real(number),
        ValueRef::Text(text) => match core::str::from_utf8(text) {
            Ok(text) => Field::Text(text.to_owned()),
            Err(_) => Field::Other,
        },
        ValueRef::Blob(_) => Field::Other,
    }
}

fn told(path: &Path, error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "; `--from json` reads JSON",
        _ => "",
    };
    format!("`{}`: {}{advice}", path.display(), unopened(path, error))
}
