//! A real D1 for the same tests: a worker that passes statements on, named by `PORTCULLIS_TEST_D1`.
//!
//! `tests/e2e/contract.test.mjs` starts one and runs these tests against it.

use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_service::StoreError;
use portcullis_store::{Row, Statement, Value};
use serde_json::{Map, Value as Json, json};

/// Each store of a test gets a database of its own.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// One database behind the worker.
#[derive(Debug, Clone)]
pub(crate) struct D1 {
    url: String,
}

impl D1 {
    /// An empty database, when a worker is named.
    pub(crate) fn take() -> Option<Self> {
        let worker = std::env::var("PORTCULLIS_TEST_D1").ok()?;
        let number = TAKEN.fetch_add(1, Ordering::Relaxed);
        Some(Self {
            url: format!("{worker}/{number}"),
        })
    }

    /// Runs the statements of files in order, in one go.
    pub(crate) fn run_files(&self, files: impl Iterator<Item = impl AsRef<str>>) {
        let all: Vec<Statement> = files
            .flat_map(|text| statements(text.as_ref()))
            .map(|one| Statement::new(one, Vec::new()))
            .collect();
        self.run(&all).unwrap();
    }

    /// Runs statements as one transaction.
    pub(crate) fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        let asked: Vec<Json> = statements.iter().map(asked).collect();
        let told = |error: ureq::Error| StoreError::new(error.to_string());
        let mut answer = ureq::post(&self.url).send_json(&asked).map_err(told)?;
        let answer: Json = answer.body_mut().read_json().map_err(told)?;
        if let Some(error) = answer["error"].as_str() {
            return Err(StoreError::new(error));
        }
        let results: Vec<Vec<Map<String, Json>>> = serde_json::from_value(answer).unwrap();
        Ok(results
            .into_iter()
            .map(|rows| rows.into_iter().map(row).collect())
            .collect())
    }
}

fn asked(statement: &Statement) -> Json {
    let params: Vec<Json> = statement
        .params()
        .iter()
        .map(|value| match value {
            Value::Integer(number) => json!(number),
            Value::Null => Json::Null,
            Value::Text(text) => json!(text),
        })
        .collect();
    json!({ "sql": statement.sql(), "params": params })
}

fn row(columns: Map<String, Json>) -> Row {
    Row::new(columns.into_iter().map(|(name, value)| {
        let value = match value {
            Json::Null => Value::Null,
            Json::String(text) => Value::Text(text),
            other => Value::Integer(other.as_i64().unwrap()),
        };
        (name, value)
    }))
}

/// The statements of a migration: each ends at a line's end, and a trigger at its `END`.
fn statements(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut one = String::new();
    for line in text.lines() {
        let line = line.split("--").next().unwrap_or_default().trim_end();
        if line.is_empty() {
            continue;
        }
        one.push_str(line);
        one.push('\n');
        let is_trigger = one.trim_start().starts_with("CREATE TRIGGER");
        if line.ends_with(';') && (!is_trigger || line == "END;") {
            all.push(std::mem::take(&mut one));
        }
    }
    assert!(one.is_empty(), "unfinished: {one}");
    all
}
