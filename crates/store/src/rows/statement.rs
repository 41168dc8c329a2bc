//! Statements out of fragments, and values to and from the database.

use portcullis_core::condition::{Datum, Scalar, Type};
use portcullis_core::sql::{Fragment, MAX_PARAMETERS, numbered, sql};
use portcullis_core::{json, json::Value as Json};
use portcullis_service::StoreError;

use super::RowsError;
use crate::{Row, Statement, Value};

/// The largest JSON text of a list that is read, in bytes.
const MAX_LIST_BYTES: usize = 1 << 20;

/// The longest statement that is sent, in bytes: what D1 takes.
pub const MAX_STATEMENT_BYTES: usize = 100_000;

/// A statement that every database takes.
pub(super) fn sendable(text: &Fragment) -> Result<Statement, RowsError> {
    let statement = statement(text);
    match statement.sql().len() {
        bytes if bytes > MAX_STATEMENT_BYTES => Err(RowsError::TooLong { bytes }),
        _ => Ok(statement),
    }
}

/// A statement; more parameters than D1 binds go as one JSON text.
pub(crate) fn statement(text: &Fragment) -> Statement {
    if text.params.len() <= MAX_PARAMETERS {
        let sql = numbered(&text.sql, |index| format!("?{}", index + 1));
        return Statement::new(sql, text.params.iter().map(value).collect());
    }
    let sql = numbered(&text.sql, |index| format!("json_extract(?1, '$[{index}]')"));
    let all: Vec<Json> = text.params.iter().map(Datum::to_json).collect();
    Statement::new(sql, vec![Json::from(all).to_string().into()])
}

fn value(datum: &Datum) -> Value {
    match datum {
        Datum::Null => Value::Null,
        Datum::Bool(flag) => Value::from(*flag),
        Datum::Int(number) => Value::Integer(*number),
        // The text around it casts it: drivers bind whole numbers and texts.
        Datum::Float(number) => format!("{number:?}").into(),
        Datum::Text(text) => text.as_str().into(),
        Datum::List(_) => datum.to_json().to_string().into(),
    }
}

/// A value as it is stored, whichever way a host binds numbers.
pub(super) fn stored(datum: &Datum) -> Fragment {
    let text = |text: String| Fragment {
        sql: "?".to_owned(),
        params: vec![Datum::Text(text)],
    };
    match datum {
        Datum::Null => sql("NULL", &[]),
        Datum::Bool(flag) => sql(
            "CAST(@0 AS INTEGER)",
            &[&text(i64::from(*flag).to_string())],
        ),
        Datum::Int(number) => sql("CAST(@0 AS INTEGER)", &[&text(number.to_string())]),
        Datum::Float(number) => sql("CAST(@0 AS REAL)", &[&text(format!("{number:?}"))]),
        Datum::Text(value) => text(value.clone()),
        Datum::List(_) => text(datum.to_json().to_string()),
    }
}

/// A value of a type as a result column that every driver hands over exactly.
pub(super) fn output(value: &Fragment, kind: Type) -> Fragment {
    let pattern = match kind {
        Type::One(Scalar::Int) => "CAST(@0 AS TEXT)",
        Type::One(Scalar::Float) => "CASE WHEN @0 IS NOT NULL THEN printf('%!.17g', @0) END",
        Type::One(Scalar::Bool | Scalar::Text) | Type::List(_) => "@0",
    };
    sql(pattern, &[value])
}

/// Reads what [`output`] gave.
pub(super) fn read(row: &Row, column: &str, kind: Type) -> Result<Datum, StoreError> {
    if kind == Type::One(Scalar::Bool) {
        let flag = row.optional_integer(column)?;
        return Ok(flag.map_or(Datum::Null, |flag| Datum::Bool(flag != 0)));
    }
    let Some(text) = row.optional_text(column)? else {
        return Ok(Datum::Null);
    };
    let malformed = || StoreError::new(format!("column `{column}` isn't {kind}"));
    match kind {
        Type::One(Scalar::Text) => Ok(Datum::Text(text)),
        Type::One(Scalar::Int) => text.parse().map(Datum::Int).map_err(|_| malformed()),
        Type::One(_) => text.parse().map(Datum::Float).map_err(|_| malformed()),
        Type::List(_) => {
            let list = json::parse(text.as_bytes(), MAX_LIST_BYTES);
            Ok(list.map_or(Datum::Null, |list| Datum::conform(&list, kind)))
        }
    }
}

/// Texts joined by another.
pub(super) fn joined(parts: &[Fragment], separator: &str) -> Fragment {
    let mut out = Fragment::default();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.sql.push_str(separator);
        }
        out.push(part);
    }
    out
}
