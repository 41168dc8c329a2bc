//! Dumps: databases as SQL text, as `wrangler d1 export` and `sqlite3 .dump` write them.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis_store::{MIGRATIONS, RENAMABLE};
use rusqlite::Connection;
use rusqlite::limits::Limit;

/// A dump as a database in memory.
///
/// # Errors
/// As [`run`].
pub(crate) fn open(path: &Path) -> Result<Connection, String> {
    let connection = Connection::open_in_memory().map_err(|error| error.to_string())?;
    run(&connection, path)?;
    Ok(connection)
}

/// Runs the SQL of a dump in an empty database. It reaches no other file: whoever wrote a dump that is to be
/// verified may be the one who tampered with it, and `ATTACH` and `VACUUM INTO` write where they are told to.
///
/// # Errors
/// A sentence: the file can't be read, isn't SQL, or ends too early.
pub(crate) fn run(connection: &Connection, path: &Path) -> Result<(), String> {
    let told = |error: &dyn core::fmt::Display| format!("dump `{}`: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    connection
        .set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)
        .map_err(|error| told(&error))?;
    connection
        // What the text refers to may come later in it.
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF;")
        .and_then(|()| connection.execute_batch(&text))
        .map_err(|error| told(&error))?;
    match missing(connection).map_err(|error| told(&error))? {
        None => Ok(()),
        Some(name) => Err(told(&format!(
            "it isn't whole, `{name}` is missing; export it again"
        ))),
    }
}

/// What its migrations made and isn't there: tables and their rows come first in a dump, and what was cut off at its
/// end are triggers, which nobody misses until a rule isn't kept.
fn missing(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let here = names(connection)?;
    if !here.contains("d1_migrations") {
        return Ok(None);
    }
    let applied: BTreeSet<String> = connection
        .prepare("SELECT name FROM d1_migrations")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let whole = Connection::open_in_memory()?;
    for migration in MIGRATIONS.iter().filter(|one| applied.contains(one.name)) {
        whole.execute_batch(migration.sql)?;
    }
    let made = names(&whole)?;
    Ok(made
        .into_iter()
        .find(|name| !here.contains(name) && !is_renamable(name)))
}

fn names(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    connection
        .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Whether it is called as the operator likes: a table for tenants, or an index of one.
fn is_renamable(name: &str) -> bool {
    let table = name.split_once("_by_").map_or(name, |(table, _)| table);
    RENAMABLE.contains(&table)
}
