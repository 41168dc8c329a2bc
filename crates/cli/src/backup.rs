//! `portcullis backup` and `portcullis restore`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup as Copy, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::unread::{unopened, unread};
use crate::{database, dump, secret};

/// How long a database is waited for that somebody else writes to.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often copying begins again because of writers, and how long is waited in between.
const TRIES: usize = 100;
const BETWEEN: Duration = Duration::from_millis(50);

/// Copy the database to a file, as it is at one moment, while the server runs.
///
/// The secret isn't in it: without the secret of the server, signing keys in the copy don't open.
#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The copy; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
}

/// Make a database file of a backup, or of the SQL that `npx wrangler d1 export DB --remote --output
/// FILE` writes.
///
/// The database must not be there: stop the server, and move away what it had.
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Database file to make.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
}

/// Copies the database.
///
/// # Errors
/// A sentence; no file is made then.
pub(crate) fn backup(args: &Backup) -> Result<(), String> {
    if !args.db.exists() {
        return Err(format!("there is no database `{}`", args.db.display()));
    }
    make(&args.to, |to| {
        let told = |error: rusqlite::Error| {
            format!(
                "database `{}`: {}",
                args.db.display(),
                unopened(&args.db, &error)
            )
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let from = Connection::open_with_flags(&args.db, flags).map_err(told)?;
        copy(&from, to).map_err(told)
    })?;
    eprintln!(
        "`{}` is a copy of `{}`; keep the secret as well, apart from it: {}",
        args.to.display(),
        args.db.display(),
        whereabouts(&args.db),
    );
    Ok(())
}

/// Makes a database of a backup.
///
/// # Errors
/// A sentence; no file is made then.
pub(crate) fn restore(args: &Restore) -> Result<(), String> {
    let told = |error: &dyn core::fmt::Display| format!("`{}`: {error}", args.from.display());
    let is_database = dump::is_database(&args.from).map_err(|error| told(&unread(&error)))?;
    for beside in ["-wal", "-journal"] {
        let beside = with_suffix(&args.db, beside);
        if beside.exists() {
            return Err(format!(
                "`{}` is there, a part of another database; move it away first",
                beside.display()
            ));
        }
    }
    make(&args.db, |to| {
        if is_database {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
            let from = Connection::open_with_flags(&args.from, flags);
            return copy(&from.map_err(|error| told(&error))?, to).map_err(|error| told(&error));
        }
        dump::run(to, &args.from)
    })?;
    eprintln!(
        "`{}` is restored; `portcullis doctor --db {}` says whether the secret fits, `portcullis serve` \
         brings its tables up to date",
        args.db.display(),
        args.db.display(),
    );
    Ok(())
}

/// Makes a database file whole or not at all, and never in place of another.
fn make(
    place: &Path,
    fill: impl FnOnce(&mut Connection) -> Result<(), String>,
) -> Result<(), String> {
    let told = |error: &dyn core::fmt::Display| format!("`{}`: {error}", place.display());
    if place.exists() {
        return Err(told(&"it is there already; nothing is ever written over"));
    }
    let draft = with_suffix(place, ".partial");
    let _ = std::fs::remove_file(&draft);
    database::make_private(&draft).map_err(|error| told(&error))?;
    let made = fill_and_check(&draft, fill).and_then(|()| {
        let written = std::fs::File::open(&draft).map_err(|error| told(&error))?;
        written.sync_all().map_err(|error| told(&error))?;
        // A link fails where somebody made the file meanwhile; a rename would replace it.
        std::fs::hard_link(&draft, place).map_err(|error| told(&error))
    });
    let _ = std::fs::remove_file(&draft);
    made
}

fn fill_and_check(
    draft: &Path,
    fill: impl FnOnce(&mut Connection) -> Result<(), String>,
) -> Result<(), String> {
    let told = |error: rusqlite::Error| format!("the copy: {error}");
    let mut connection = Connection::open(draft).map_err(told)?;
    fill(&mut connection)?;
    // One file, without one beside it.
    connection
        .execute_batch("PRAGMA journal_mode = DELETE;")
        .map_err(told)?;
    let problems = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect()
    };
    let integrity = problems("PRAGMA integrity_check").map_err(told)?;
    if integrity != ["ok"] {
        return Err(format!("the copy isn't sound: {}", integrity.join("; ")));
    }
    let loose = problems("SELECT \"table\" FROM pragma_foreign_key_check").map_err(told)?;
    if let Some(table) = loose.first() {
        return Err(format!(
            "the copy isn't sound: a row of `{table}` refers to one that isn't there"
        ));
    }
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'd1_migrations'";
    if problems(tables).map_err(told)?.is_empty() {
        return Err(
            "it isn't a database of portcullis: it has no table `d1_migrations`".to_owned(),
        );
    }
    let applied = problems("SELECT name FROM d1_migrations ORDER BY id").map_err(told)?;
    database::check_known(&applied)?;
    connection.close().map_err(|(_, error)| told(error))
}

/// Everything as it is at one moment: one read transaction, which in WAL mode keeps no writer waiting.
fn copy(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    from.busy_timeout(BUSY_TIMEOUT)?;
    let copy = Copy::new(from, to)?;
    for _ in 0..TRIES {
        match copy.step(-1)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => std::thread::sleep(BETWEEN),
        }
    }
    Err(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
        Some("it is being written to all the time".to_owned()),
    ))
}

fn whereabouts(db: &Path) -> String {
    let place = secret::place(db);
    if place.exists() {
        format!("`{}`", place.display())
    } else {
        "PORTCULLIS_SECRET".to_owned()
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
