//! SQLite that fails where it is told to.

use core::future::{pending, poll_fn};
use core::task::Poll;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use portcullis_service::StoreError;
use portcullis_store::{Driver, MIGRATIONS, Row, Statement, Tables};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::rows::rows;

/// How a statement fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error; what the same transaction did before is taken back.
    Error,
    /// No answer for a while, then an error; nothing was done.
    Timeout,
    /// Everything was done and committed, and then there was an error.
    AnswerLost,
    /// Nothing was done, and whoever asked is gone before there is an answer.
    AbandonedBefore,
    /// Everything was done and committed, and whoever asked is gone before there is an answer.
    AbandonedAfter,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] = [
        Self::Error,
        Self::Timeout,
        Self::AnswerLost,
        Self::AbandonedBefore,
        Self::AbandonedAfter,
    ];
}

/// Statements that were run since the counting began, and the one that is to fail.
#[derive(Debug, Default)]
struct Plan {
    seen: usize,
    at: Option<(usize, Fault)>,
    fired: bool,
}

/// The driver.
#[derive(Debug)]
pub(crate) struct Faulty {
    connection: Mutex<Connection>,
    plan: Mutex<Plan>,
    place: PathBuf,
}

impl Drop for Faulty {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.place);
    }
}

/// A file of this process.
fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!(
        "portcullis-faults-{}-{name}.sqlite",
        std::process::id()
    ))
}

/// A database with every migration and nothing in it, made once: thousands are copies of it.
fn migrated() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = scratch("empty");
        let connection = Connection::open(&place).unwrap();
        let made = "CREATE TABLE d1_migrations (name TEXT NOT NULL)";
        connection.execute_batch(made).unwrap();
        for migration in MIGRATIONS {
            let sql = Tables::default().migration(migration);
            connection.execute_batch(&sql).unwrap();
            let done = "INSERT INTO d1_migrations (name) VALUES (?1)";
            connection.execute(done, [migration.name]).unwrap();
        }
        place
    })
}

/// Where in a group of statements a fault strikes.
struct Strike {
    offset: usize,
    fault: Fault,
}

impl Faulty {
    /// An empty database with the product's schema.
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let place = scratch(&number.to_string());
        fs::copy(migrated(), &place).unwrap();
        let connection = Connection::open(&place).unwrap();
        // Nothing survives the test, so nothing waits for a disk.
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY",
            )
            .unwrap();
        Self {
            connection: Mutex::new(connection),
            plan: Mutex::default(),
            place,
        }
    }

    /// Counts from 0 again; statement `at` fails.
    pub(crate) fn plan(&self, at: Option<(usize, Fault)>) {
        *self.plan.lock().unwrap() = Plan {
            at,
            ..Plan::default()
        };
    }

    /// Statements run since then.
    pub(crate) fn seen(&self) -> usize {
        self.plan.lock().unwrap().seen
    }

    /// Whether the fault struck. Some can't everywhere: the answer to a read can't be lost after a
    /// commit.
    pub(crate) fn fired(&self) -> bool {
        self.plan.lock().unwrap().fired
    }

    /// Runs statements past any fault.
    pub(crate) fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.transact(statements, None)
    }

    /// Rows of a statement of the test's own, as text.
    pub(crate) fn texts(&self, sql: &str) -> Vec<Vec<String>> {
        let connection = self.connection.lock().unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| {
            (0..columns)
                .map(|index| row.get_ref(index).map(text))
                .collect()
        };
        let rows = statement.query_map([], read).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Whether a statement may change anything, by SQLite's own word: `INSERT … RETURNING` is asked as a query.
    fn writes(&self, statement: &Statement) -> bool {
        let connection = self.connection.lock().unwrap();
        let prepared = connection.prepare_cached(statement.sql());
        prepared.is_ok_and(|prepared| !prepared.readonly())
    }

    /// Counts a group of statements, and says whether and where it is to fail.
    fn strike(&self, count: usize, writes: bool) -> Option<Strike> {
        let mut plan = self.plan.lock().unwrap();
        let first = plan.seen;
        plan.seen += count;
        let (at, fault) = plan.at?;
        let offset = at.checked_sub(first).filter(|offset| *offset < count)?;
        // A group fails as a whole: what isn't about its middle strikes once, at its beginning or end.
        let strikes = match fault {
            Fault::Error => true,
            Fault::Timeout | Fault::AbandonedBefore => offset == 0,
            Fault::AnswerLost | Fault::AbandonedAfter => writes && offset + 1 == count,
        };
        plan.fired |= strikes;
        strikes.then_some(Strike { offset, fault })
    }

    async fn answer(
        &self,
        statements: &[Statement],
        writes: bool,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let Some(strike) = self.strike(statements.len(), writes) else {
            return self.transact(statements, None);
        };
        let injected = || StoreError::new("injected");
        match strike.fault {
            Fault::Error => self.transact(statements, Some(strike.offset)),
            Fault::Timeout => {
                let mut polls = 0;
                poll_fn(|context| {
                    polls += 1;
                    context.waker().wake_by_ref();
                    if polls > 3 {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
                Err(injected())
            }
            Fault::AnswerLost => {
                self.transact(statements, None)?;
                Err(injected())
            }
            Fault::AbandonedBefore => pending().await,
            Fault::AbandonedAfter => {
                self.transact(statements, None)?;
                pending().await
            }
        }
    }

    /// Runs statements as one transaction; with `fail_at`, up to that one, and takes them back.
    fn transact(
        &self,
        statements: &[Statement],
        fail_at: Option<usize>,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut connection = self.connection.lock().unwrap();
        let told = |error: rusqlite::Error| StoreError::new(error.to_string());
        let transaction = connection.transaction().map_err(told)?;
        let mut results = Vec::new();
        for (index, statement) in statements.iter().enumerate() {
            if fail_at == Some(index) {
                return Err(StoreError::new("injected"));
            }
            results.push(rows(&transaction, statement).map_err(told)?);
        }
        transaction.commit().map_err(told)?;
        Ok(results)
    }
}

impl Driver for Faulty {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let writes = self.writes(&statement);
        Ok(self.answer(&[statement], writes).await?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.answer(&statements, true).await
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        ValueRef::Blob(bytes) => format!("{bytes:?}"),
    }
}
