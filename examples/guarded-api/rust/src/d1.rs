//! D1 as a driver: the two things that the library asks of a database.

use core::future::Future;

use portcullis_service::StoreError;
use portcullis_store::{Driver, Row, Statement, Value};
use wasm_bindgen::JsValue;
use worker::send::{SendFuture, SendWrapper};
use worker::{D1Database, D1PreparedStatement, D1Result};

/// A D1 binding.
pub(crate) struct D1(SendWrapper<D1Database>);

impl D1 {
    pub(crate) fn new(database: D1Database) -> Self {
        Self(SendWrapper::new(database))
    }

    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, StoreError> {
        let params: Vec<JsValue> = statement.params().iter().map(to_js).collect();
        let prepared = self.0.prepare(statement.sql()).bind(&params);
        prepared.map_err(|error| failed(&error))
    }
}

impl Driver for D1 {
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        SendFuture::new(async move {
            let result = self.prepare(&statement)?.all().await;
            rows(&result.map_err(|error| failed(&error))?)
        })
    }

    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Vec<Row>>, StoreError>> + Send {
        SendFuture::new(async move {
            let prepared: Result<Vec<_>, _> =
                statements.iter().map(|one| self.prepare(one)).collect();
            let results = self.0.batch(prepared?).await;
            let results = results.map_err(|error| failed(&error))?;
            results.iter().map(rows).collect()
        })
    }
}

/// Numbers go as doubles: the binding's own integers have 32 bits.
fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(
            clippy::cast_precision_loss,
            reason = "the notes have flags and no large numbers"
        )]
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn rows(result: &D1Result) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        result.results().map_err(|error| failed(&error))?;
    rows.into_iter().map(row).collect()
}

fn row(columns: serde_json::Map<String, serde_json::Value>) -> Result<Row, StoreError> {
    let value = |(name, value): (String, serde_json::Value)| {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Number(number) => {
                let whole = number.as_i64().or_else(|| from_double(number.as_f64()?));
                Value::Integer(
                    whole.ok_or_else(|| StoreError::new(format!("`{name}` is no whole number")))?,
                )
            }
            _ => return Err(StoreError::new(format!("`{name}` has an unknown type"))),
        };
        Ok((name, value))
    };
    Ok(Row::new(
        columns
            .into_iter()
            .map(value)
            .collect::<Result<Vec<_>, _>>()?,
    ))
}

/// D1 gives numbers as doubles.
fn from_double(double: f64) -> Option<i64> {
    let is_whole = double.fract().abs() < f64::EPSILON && double.abs() < 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number within 2^53"
    )]
    is_whole.then_some(double as i64)
}

fn failed(error: &worker::Error) -> StoreError {
    StoreError::new(format!("D1: {error}"))
}
