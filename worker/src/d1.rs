//! D1 as a driver, with its read replicas.
//!
//! What a request may read from a replica goes through one session of the Sessions API, which begins at
//! the state that the request's login has seen, or at any replica; everything else goes through another,
//! which begins at the primary. Once a request has written, it reads nothing from replicas. Sessions of the database
//! live as long as their request and no longer.

use core::future::Future;
use std::sync::{Arc, OnceLock};

use portcullis_service::{StoreError, request};
use portcullis_store::{Driver, Row, Statement, Value};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use worker::js_sys::{Array, JSON};
use worker::send::{SendFuture, SendWrapper};
use worker::{D1Database, D1DatabaseSession, D1PreparedStatement, D1Result};

/// The constraints of the Sessions API.
const ANY_REPLICA: &str = "first-unconstrained";
const PRIMARY: &str = "first-primary";

/// A D1 binding.
pub(crate) struct D1 {
    database: SendWrapper<D1Database>,
    reads_replicas: bool,
}

/// The sessions of one request.
#[derive(Default)]
struct Sessions {
    reads: OnceLock<SendWrapper<D1DatabaseSession>>,
    primary: OnceLock<SendWrapper<D1DatabaseSession>>,
}

/// Where a statement goes.
enum Target<'a> {
    Database(&'a D1Database),
    Session(&'a D1DatabaseSession),
}

impl Target<'_> {
    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, StoreError> {
        let params: Vec<JsValue> = statement.params().iter().map(to_js).collect();
        let prepared = match self {
            Self::Database(database) => database.prepare(statement.sql()),
            Self::Session(session) => session.prepare(statement.sql()),
        };
        prepared
            .bind(&params)
            .map_err(|error| failed("bind", &error))
    }

    async fn query(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let result = self.prepare(statement)?.all().await;
        rows(&result.map_err(|error| failed("query", &error))?)
    }

    async fn batch(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        let prepared = statements
            .iter()
            .map(|statement| self.prepare(statement))
            .collect::<Result<Vec<_>, _>>()?;
        let results = match self {
            Self::Database(database) => database.batch(prepared).await,
            Self::Session(session) => session.batch(prepared).await,
        };
        results
            .map_err(|error| failed("batch", &error))?
            .iter()
            .map(rows)
            .collect()
    }
}

impl D1 {
    pub(crate) fn new(database: D1Database, reads_replicas: bool) -> Self {
        Self {
            database: SendWrapper::new(database),
            reads_replicas,
        }
    }

    /// The request to work for, where there are sessions to keep for it.
    fn request(&self) -> Option<Arc<request::Request>> {
        request::current().filter(|_| self.reads_replicas)
    }

    fn begin<'a>(
        &self,
        session: &'a OnceLock<SendWrapper<D1DatabaseSession>>,
        from: &str,
    ) -> Result<&'a D1DatabaseSession, StoreError> {
        if session.get().is_none() {
            let begun = self.database.with_session(Some(from));
            let begun = begun.map_err(|error| failed("session", &error))?;
            // Nobody else works for this request at the same time.
            let _ = session.set(SendWrapper::new(begun));
        }
        let begun = session.get().map(|session| &**session);
        begun.ok_or_else(|| StoreError::new("D1 session: none was begun"))
    }

    async fn read_replica(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let Some(request) = self.request().filter(|request| !request.has_written()) else {
            return self.read(statement).await;
        };
        let Some(sessions) = request.of_driver(Sessions::default) else {
            return self.read(statement).await;
        };
        let seen = request.seen_bookmark();
        let session = self.begin(&sessions.reads, seen.unwrap_or(ANY_REPLICA))?;
        match Target::Session(session).query(statement).await {
            // The state that the login has seen may be gone: the database was put back to an earlier
            // one.
            Err(_) if seen.is_some() => self.read(statement).await,
            outcome => outcome,
        }
    }

    async fn read(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let request = self.request();
        let sessions = request
            .as_ref()
            .and_then(|request| request.of_driver(Sessions::default));
        match sessions {
            None => Target::Database(&self.database).query(statement).await,
            Some(sessions) => {
                let session = self.begin(&sessions.primary, PRIMARY)?;
                Target::Session(session).query(statement).await
            }
        }
    }

    async fn write(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        let request = self.request();
        let sessions = request
            .as_ref()
            .and_then(|request| Some((request, request.of_driver(Sessions::default)?)));
        let Some((request, sessions)) = sessions else {
            return Target::Database(&self.database).batch(statements).await;
        };
        let session = self.begin(&sessions.primary, PRIMARY)?;
        let results = Target::Session(session).batch(statements).await?;
        let bookmark = session.get_bookmark();
        if let Some(bookmark) = bookmark.map_err(|error| failed("bookmark", &error))? {
            request.note_bookmark(bookmark);
        }
        Ok(results)
    }
}

impl Driver for D1 {
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        SendFuture::new(async move { self.read(&statement).await })
    }

    fn query_replica(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        SendFuture::new(async move { self.read_replica(&statement).await })
    }

    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Vec<Row>>, StoreError>> + Send {
        SendFuture::new(async move { self.write(&statements).await })
    }

    fn has_replicas(&self) -> bool {
        self.reads_replicas
    }
}

/// Numbers go as doubles: the binding's own integers have 32 bits, and times don't fit them.
fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(
            clippy::cast_precision_loss,
            reason = "times and counts stay far below 2^53"
        )]
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

/// A row as JavaScript has it.
#[derive(Deserialize)]
#[serde(transparent)]
struct RawRow(#[serde(with = "serde_wasm_bindgen::preserve")] JsValue);

/// All rows cross to wasm as one text: each crossing costs more than reading a row.
fn rows(result: &D1Result) -> Result<Vec<Row>, StoreError> {
    let unread = |problem: &dyn core::fmt::Display| StoreError::new(format!("D1 read: {problem}"));
    let raw: Vec<RawRow> = result.results().map_err(|error| failed("read", &error))?;
    if raw.is_empty() {
        return Ok(Vec::new());
    }
    let all: Array = raw.into_iter().map(|RawRow(row)| row).collect();
    let text = JSON::stringify(&all).map_err(|_| unread(&"the rows are no JSON"))?;
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&String::from(text)).map_err(|error| unread(&error))?;
    rows.into_iter().map(row).collect()
}

fn row(columns: serde_json::Map<String, serde_json::Value>) -> Result<Row, StoreError> {
    let columns = columns
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                serde_json::Value::Null => Value::Null,
                serde_json::Value::String(text) => Value::Text(text),
                serde_json::Value::Number(number) => whole(&number)
                    .map(Value::Integer)
                    .ok_or_else(|| StoreError::new(format!("`{name}` isn't a whole number")))?,
                _ => return Err(StoreError::new(format!("`{name}` has an unknown type"))),
            };
            Ok((name, value))
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Row::new(columns))
}

/// D1 gives numbers as doubles.
fn whole(number: &serde_json::Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let double = number.as_f64()?;
        let is_exact = double.fract().abs() < f64::EPSILON && double.abs() <= EXACT;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number within 2^53"
        )]
        is_exact.then_some(double as i64)
    })
}

fn failed(what: &str, error: &worker::Error) -> StoreError {
    StoreError::new(format!("D1 {what}: {error}"))
}
