//! SQLite in a file as a driver.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_service::StoreError;
use portcullis_store::{Driver, MIGRATIONS, Row, Statement, Tables, Value};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, params_from_iter};

use crate::dump;
use crate::unread::unopened;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
/// Where wrangler keeps the names of the migrations that a database has had.
pub(crate) const MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS d1_migrations \
    (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, \
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";
/// Statements kept prepared; there are fewer in all.
const PREPARED: usize = 64;

/// An open database with the current schema.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    tables: Tables,
}

impl Sqlite {
    /// Opens a database file, making it and its schema where they aren't there.
    ///
    /// # Errors
    /// A sentence: the file can't be opened, isn't a database, is from a newer version, or
    /// `PORTCULLIS_TABLES` isn't in order.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let tables = tables()?;
        let told = |error: rusqlite::Error| {
            format!("database `{}`: {}", path.display(), unopened(path, &error))
        };
        make_private(path).map_err(|error| format!("database `{}`: {error}", path.display()))?;
        let mut connection = Connection::open(path).map_err(told)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(told)?;
        // WAL survives `kill -9`; FULL makes a commit survive a power cut as well.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                 PRAGMA trusted_schema = OFF;",
            )
            .map_err(told)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        migrate(&mut connection, &tables)
            .map_err(|problem| format!("database `{}`: {problem}", path.display()))?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            tables,
        })
    }

    /// What the tables for tenants are called.
    pub(crate) const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Makes sure that the tables for tenants have the names that the operator chose.
    ///
    /// # Errors
    /// A sentence with the first that isn't there.
    pub(crate) fn require_tables(&self) -> Result<(), String> {
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (table, name) in self.tables.pairs() {
            if !has_table(&connection, name).map_err(|error| error.to_string())? {
                return Err(format!(
                    "the database has no table `{name}` for `{table}`; set PORTCULLIS_TABLES to the \
                     names that its tables have"
                ));
            }
        }
        Ok(())
    }

    /// Opens a database that must be there already.
    ///
    /// # Errors
    /// As [`Self::open`], and when there is no such file.
    pub(crate) fn open_existing(path: &Path) -> Result<Self, String> {
        if path.exists() {
            Self::open(path)
        } else {
            Err(format!(
                "there is no database `{}`; `portcullis serve` makes one, `--db` names another",
                path.display()
            ))
        }
    }

    /// Opens a database file to read, as it is: nothing is made and no migration applied.
    ///
    /// # Errors
    /// SQLite's message.
    pub(crate) fn reading(path: &Path) -> Result<Self, String> {
        let told = |error: rusqlite::Error| {
            format!("database `{}`: {}", path.display(), unopened(path, &error))
        };
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(path, flags).map_err(told)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(told)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            tables: tables()?,
        })
    }

    /// Reads a dump that `wrangler d1 export` or `sqlite3 .dump` wrote, without changing it.
    ///
    /// # Errors
    /// As [`dump::open`].
    pub(crate) fn from_dump(path: &Path) -> Result<Self, String> {
        let connection = dump::open(path)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            tables: Tables::default(),
        })
    }

    /// Runs one statement that reads.
    ///
    /// # Errors
    /// SQLite's message.
    pub(crate) fn read(&self, statement: &Statement) -> Result<Vec<Row>, String> {
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        rows(&connection, statement).map_err(|error| error.to_string())
    }

    /// Runs statements as one transaction.
    ///
    /// # Errors
    /// SQLite's message; nothing was done then.
    pub(crate) fn write(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, String> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        transact(&mut connection, statements).map_err(|error| error.to_string())
    }

    /// Runs statements as one transaction, which is taken back unless `accept` takes their results;
    /// it may read what they did.
    ///
    /// # Errors
    /// SQLite's message or `accept`'s; nothing was done then.
    pub(crate) fn write_if<T>(
        &self,
        statements: &[Statement],
        accept: impl FnOnce(
            &[Vec<Row>],
            &dyn Fn(&Statement) -> Result<Vec<Row>, String>,
        ) -> Result<T, String>,
    ) -> Result<T, String> {
        let told = |error: rusqlite::Error| error.to_string();
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let transaction = Transaction::new(&mut connection, behavior).map_err(told)?;
        let results = statements
            .iter()
            .map(|statement| rows(&transaction, statement))
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(told)?;
        let read = |statement: &Statement| rows(&transaction, statement).map_err(told);
        let accepted = accept(&results, &read)?;
        transaction.commit().map_err(told)?;
        Ok(accepted)
    }

    /// Copies a database, as it is at one moment, to a file that isn't there.
    ///
    /// # Errors
    /// SQLite's message.
    pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), String> {
        let told =
            |error: &dyn core::fmt::Display| format!("database `{}`: {error}", from.display());
        make_private(to).map_err(|error| told(&error))?;
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(from, flags).map_err(|error| told(&error))?;
        connection
            .busy_timeout(BUSY_TIMEOUT)
            .map_err(|error| told(&error))?;
        let name = to.to_str().ok_or_else(|| told(&"its path isn't UTF-8"))?;
        connection
            .execute("VACUUM INTO ?1", [name])
            .map_err(|error| told(&error))?;
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, String> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.clone();
        tokio::task::spawn_blocking(move || work(&database))
            .await
            .map_err(|error| StoreError::new(error.to_string()))?
            .map_err(StoreError::new)
    }
}

impl Driver for Sqlite {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.blocking(move |database| database.read(&statement))
            .await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.blocking(move |database| database.write(&statements))
            .await
    }
}

/// Makes the file, where there is none, readable by its owner alone; what SQLite puts beside it has
/// the same mode.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn transact(
    connection: &mut Connection,
    statements: &[Statement],
) -> rusqlite::Result<Vec<Vec<Row>>> {
    // IMMEDIATE: a transaction that reads first and then can't write would have to be repeated.
    let behavior = rusqlite::TransactionBehavior::Immediate;
    let transaction = Transaction::new(connection, behavior)?;
    let results = statements
        .iter()
        .map(|statement| rows(&transaction, statement))
        .collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(results)
}

fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement.sql())?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let mut found = prepared.query(params_from_iter(statement.params().iter().map(Param)))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let columns = names
            .iter()
            .enumerate()
            .map(|(index, name)| Ok((name.clone(), value(row.get_ref(index)?))))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        rows.push(Row::new(columns));
    }
    Ok(rows)
}

struct Param<'a>(&'a Value);

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match self.0 {
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Null => ValueRef::Null,
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        // The schema is STRICT and has neither of these.
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    }
}

/// Applies what is missing, each change in its own transaction, and records it as wrangler does.
fn migrate(connection: &mut Connection, tables: &Tables) -> Result<(), String> {
    let told = |error: rusqlite::Error| error.to_string();
    connection.execute_batch(MIGRATIONS_TABLE).map_err(told)?;
    check_known(&applied(connection).map_err(told)?)?;
    for migration in MIGRATIONS {
        // IMMEDIATE, and asked again inside: two programs may open a new database at once.
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let transaction = Transaction::new(connection, behavior).map_err(told)?;
        let names = applied(&transaction).map_err(told)?;
        if names.iter().any(|name| name == migration.name) {
            continue;
        }
        transaction
            .execute_batch(&tables.migration(migration))
            .map_err(|error| format!("{}: {error}", migration.name))?;
        transaction
            .execute(
                "INSERT INTO d1_migrations (name) VALUES (?1)",
                [migration.name],
            )
            .map_err(told)?;
        transaction.commit().map_err(told)?;
    }
    rename(connection, tables)
}

/// Refuses a database that a newer version has changed.
pub(crate) fn check_known(applied: &[String]) -> Result<(), String> {
    let is_known = |name: &&String| MIGRATIONS.iter().any(|one| one.name == **name);
    match applied.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(unknown) => Err(format!(
            "it was changed by a newer version of portcullis (`{unknown}`); use that version"
        )),
    }
}

/// Names of the migrations that a database has had.
fn applied(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM d1_migrations ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Names of the migrations that a database file has had, without changing it.
///
/// # Errors
/// A sentence: there is no such file, or it isn't a database.
pub(crate) fn applied_migrations(path: &Path) -> Result<Vec<String>, String> {
    let told = |error: rusqlite::Error| {
        format!("database `{}`: {}", path.display(), unopened(path, &error))
    };
    if !path.exists() {
        return Err(format!("there is no database `{}`", path.display()));
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(path, flags).map_err(told)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(told)?;
    if !has_table(&connection, "d1_migrations").map_err(told)? {
        return Ok(Vec::new());
    }
    applied(&connection).map_err(told)
}

/// The operator's names for tables, from `PORTCULLIS_TABLES`.
///
/// # Errors
/// A sentence.
pub(crate) fn tables() -> Result<Tables, String> {
    let text = std::env::var("PORTCULLIS_TABLES").unwrap_or_default();
    Tables::parse(&text).map_err(|error| format!("PORTCULLIS_TABLES: {error}"))
}

/// Gives tables that still have their names of old those that the operator chose since.
fn rename(connection: &mut Connection, tables: &Tables) -> Result<(), String> {
    let told = |error: rusqlite::Error| error.to_string();
    let transaction = connection.transaction().map_err(told)?;
    for (table, name) in tables.pairs() {
        if has_table(&transaction, name).map_err(told)?
            || !has_table(&transaction, table).map_err(told)?
        {
            continue;
        }
        // Both names are identifiers.
        let sql = format!("ALTER TABLE \"{table}\" RENAME TO \"{name}\"");
        transaction.execute_batch(&sql).map_err(told)?;
    }
    transaction.commit().map_err(told)
}

fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    connection.query_row(sql, [name], |row| Ok(row.get::<_, i64>(0)? > 0))
}
