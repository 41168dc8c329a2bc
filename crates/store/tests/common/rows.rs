//! A statement of the store on SQLite, as a driver of the product runs it.

use portcullis_store::{Row, Statement, Value};
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, params_from_iter};

/// Runs one statement.
pub(crate) fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement.sql())?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let params = params_from_iter(statement.params().iter().map(|value| match value {
        Value::Integer(number) => Cell::Integer(*number),
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
