//! Dumps: databases as SQL text, as `wrangler d1 export` and `sqlite3 .dump` write them.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use portcullis_store::{MIGRATIONS, RENAMABLE};
use rusqlite::Connection;
use rusqlite::limits::Limit;

use crate::unread::unread;

/// The first bytes of a SQLite database.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What to do instead.
const EXPORT: &str = "`npx wrangler d1 export DB --remote --output FILE` writes one";

/// Whether a file is a SQLite database by its first bytes.
///
/// # Errors
/// It can't be opened.
pub(crate) fn is_database(path: &Path) -> std::io::Result<bool> {
    let mut start = [0; SQLITE.len()];
    let mut file = std::fs::File::open(path)?;
    Ok(file.read_exact(&mut start).is_ok() && start == SQLITE)
}

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
/// A sentence: the file can't be read, is no dump of ours, or ends too early.
pub(crate) fn run(connection: &Connection, path: &Path) -> Result<(), String> {
    let told = |error: &dyn core::fmt::Display| format!("dump `{}`: {error}", path.display());
    let text = read(path).map_err(|problem| told(&problem))?;
    connection
        .set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)
        .map_err(|error| told(&error))?;
    connection
        // What the text refers to may come later in it.
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF;")
        .map_err(|error| told(&error))?;
    connection
        .execute_batch(&text)
        .map_err(|error| told(&refused(&error, &text)))?;
    let is_ours = names(connection).map_err(|error| told(&error))?;
    if !is_ours.contains("d1_migrations") {
        return Err(told(
            &"it is no dump of portcullis: it has no table `d1_migrations`",
        ));
    }
    match missing(connection).map_err(|error| told(&error))? {
        None => Ok(()),
        Some(name) => Err(told(&format!(
            "it isn't whole, `{name}` is missing; export it again"
        ))),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| unread(&error).to_string())?;
    if bytes.is_empty() {
        return Err(format!("it is empty; {EXPORT}"));
    }
    if bytes.starts_with(SQLITE) {
        return Err("it is a SQLite database, not a dump of one; give it with `--db`".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| format!("it is no dump, which is SQL in UTF-8; {EXPORT}"))
}

/// SQLite's message without the text that it is about, which may be all of the file.
fn refused(error: &rusqlite::Error, text: &str) -> String {
    if error.to_string().starts_with("incomplete input") {
        return "it isn't whole, it ends within a statement; export it again".to_owned();
    }
    let rusqlite::Error::SqlInputError {
        msg, sql, offset, ..
    } = error
    else {
        return format!("it can't be read in: {error}; {EXPORT}");
    };
    let begin = text.len().saturating_sub(sql.len());
    let before = text.get(..begin + usize::try_from(*offset).unwrap_or(0));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("it is no dump, which is SQL: line {line}: {msg}; {EXPORT}")
}

/// What its migrations made and isn't there: tables and their rows come first in a dump, and what was cut off at its
/// end are triggers, which nobody misses until a rule isn't kept.
fn missing(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let here = names(connection)?;
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
