//! A driver over SQLite in memory, and random choices that are the same in every run.

use std::sync::Mutex;

use portcullis_core::condition::Datum;
use portcullis_core::sql::Fragment;
use portcullis_service::StoreError;
use portcullis_store::{Driver, Row, Statement, Value};
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, params_from_iter};

pub(crate) use crate::done::done;

/// SQLite in memory; counts what it is asked.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) connection: Mutex<Connection>,
    pub(crate) asked: Mutex<Vec<Statement>>,
}

impl Memory {
    pub(crate) fn new(schema: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(schema).unwrap();
        Self {
            connection: Mutex::new(connection),
            asked: Mutex::default(),
        }
    }

    fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut connection = self.connection.lock().unwrap();
        let told = |error: rusqlite::Error| StoreError::new(error.to_string());
        let transaction = connection.transaction().map_err(told)?;
        let results = statements
            .iter()
            .map(|statement| rows(&transaction, statement))
            .collect::<Result<_, _>>()
            .map_err(told)?;
        transaction.commit().map_err(told)?;
        self.asked.lock().unwrap().extend(statements);
        Ok(results)
    }

    /// A query of the test's own, its cells as text.
    pub(crate) fn cells(&self, sql: &str) -> Vec<Vec<String>> {
        let connection = self.connection.lock().unwrap();
        let mut prepared = connection.prepare(sql).unwrap();
        let width = prepared.column_count();
        let rows = prepared.query_map([], |row| {
            Ok((0..width)
                .map(|index| match row.get_ref(index).unwrap() {
                    ValueRef::Null => "null".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => format!("{number:?}"),
                    ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                    ValueRef::Blob(_) => "blob".to_owned(),
                })
                .collect())
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The length of the longest statement that was run.
    pub(crate) fn longest(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        let lengths = asked.iter().map(|statement| statement.sql().len());
        lengths.max().unwrap_or(0)
    }

    /// The text of the statement that was run last.
    pub(crate) fn last_sql(&self) -> String {
        let asked = self.asked.lock().unwrap();
        asked.last().unwrap().sql().to_owned()
    }
}

impl Driver for Memory {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(vec![statement])?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.run(statements)
    }
}

fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    assert!(statement.params().len() <= 100, "D1 binds no more");
    assert!(statement.sql().len() <= 100_000, "D1 takes no more");
    let mut prepared = connection.prepare_cached(statement.sql())?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let params = params_from_iter(statement.params().iter().map(|value| match value {
        // As D1 does it.
        #[expect(clippy::cast_precision_loss, reason = "that is the point")]
        Value::Integer(number) => Cell::Real(*number as f64),
        Value::Null => Cell::Null,
        Value::Text(text) => Cell::Text(text.clone()),
    }));
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Row::new(names.iter().enumerate().map(|(index, name)| {
            let value = match row.get_ref(index).unwrap() {
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
                _ => Value::Null,
            };
            (name.clone(), value)
        })))
    };
    prepared.query_map(params, read)?.collect()
}

/// A fragment's parameters as SQLite's values; `as_doubles` binds numbers as JavaScript does.
pub(crate) fn bound(fragment: &Fragment, as_doubles: bool) -> Vec<Cell> {
    assert!(fragment.params.len() <= 100, "{}", fragment.params.len());
    fragment
        .params
        .iter()
        .map(|value| match value {
            Datum::Null => Cell::Null,
            Datum::Int(number) => {
                assert!(number.unsigned_abs() <= 1 << 53, "{number}");
                #[expect(clippy::cast_precision_loss, reason = "within 2^53")]
                if as_doubles {
                    Cell::Real(*number as f64)
                } else {
                    Cell::Integer(*number)
                }
            }
            Datum::Float(number) => Cell::Real(*number),
            Datum::Text(text) => Cell::Text(text.clone()),
            Datum::Bool(_) | Datum::List(_) => panic!("{value:?} is no parameter"),
        })
        .collect()
}

/// Choices that look random (`SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound as u64).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}
