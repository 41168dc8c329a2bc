//! D1 as a driver.

use core::future::Future;

use portcullis_service::StoreError;
use portcullis_store::{Driver, Row, Statement, Value};
use wasm_bindgen::JsValue;
use worker::send::{SendFuture, SendWrapper};
use worker::{D1Database, D1PreparedStatement, D1Result};

/// A D1 binding.
pub(crate) struct D1 {
    database: SendWrapper<D1Database>,
}

impl D1 {
    pub(crate) fn new(database: D1Database) -> Self {
        Self {
            database: SendWrapper::new(database),
        }
    }

    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, StoreError> {
        let params: Vec<JsValue> = statement.params().iter().map(to_js).collect();
        self.database
            .prepare(statement.sql())
            .bind(&params)
            .map_err(|error| failed("bind", &error))
    }
}

impl Driver for D1 {
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        SendFuture::new(async move {
            let result = self.prepare(&statement)?.all().await;
            rows(&result.map_err(|error| failed("query", &error))?)
        })
    }

    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Vec<Row>>, StoreError>> + Send {
        SendFuture::new(async move {
            let prepared = statements
                .iter()
                .map(|statement| self.prepare(statement))
                .collect::<Result<Vec<_>, _>>()?;
            let results = self.database.batch(prepared).await;
            results
                .map_err(|error| failed("batch", &error))?
                .iter()
                .map(rows)
                .collect()
        })
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

fn rows(result: &D1Result) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        result.results().map_err(|error| failed("read", &error))?;
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
