//! A table of random cells, and its rows as records.

use portcullis_core::json::{Map, Value};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};
use serde_json::json;

use crate::generate::{FIELDS, cell};
use crate::support::Dice;

pub(crate) const ROWS: usize = 24;

/// How columns are declared: without a type, or so that SQLite converts what is stored and compares
/// texts without regard to case.
const SCHEMAS: [&str; 2] = ["", "COLLATE NOCASE"];

/// What columns convert to.
const AFFINITIES: [&str; 5] = ["INTEGER", "REAL", "TEXT", "NUMERIC", "BLOB"];

/// A table of random cells; `with_types` lets columns have types now and then.
pub(crate) fn table(dice: &mut Dice, with_types: bool) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let has_types = with_types && dice.once_in(2);
    let collation = dice.pick(&SCHEMAS);
    let columns: Vec<String> = FIELDS
        .iter()
        .map(|(name, kind)| {
            let affinity = match *kind {
                _ if !has_types => "",
                // Another type's: what is stored may become a value of another type.
                _ if dice.once_in(2) => dice.pick(&AFFINITIES),
                "int" | "bool" => "INTEGER",
                "float" => "REAL",
                _ => "TEXT",
            };
            format!("\"{name}\" {affinity} {collation}")
        })
        .collect();
    let create = format!("CREATE TABLE \"odd-table.2\" ({})", columns.join(", "));
    connection.execute_batch(&create).unwrap();
    let marks = vec!["?"; FIELDS.len()].join(", ");
    let insert = format!("INSERT INTO \"odd-table.2\" VALUES ({marks})");
    for _ in 0..ROWS {
        let cells: Vec<_> = FIELDS
            .iter()
            .map(|(name, kind)| cell(dice, name, kind))
            .collect();
        connection
            .execute(&insert, params_from_iter(cells))
            .unwrap();
    }
    connection
}

/// Every row as a record, with what the database holds after its conversions.
pub(crate) fn records(connection: &Connection) -> Vec<(i64, Map<String, Value>)> {
    let mut prepared = connection
        .prepare("SELECT rowid, * FROM \"odd-table.2\"")
        .unwrap();
    let rows = prepared.query_map([], |row| {
        let members = FIELDS.iter().enumerate();
        let members = members.map(|(index, (name, kind))| {
            (
                (*name).to_owned(),
                json_of(row.get_ref(index + 1).unwrap(), kind),
            )
        });
        Ok((row.get(0).unwrap(), members.collect()))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// A cell as LANGUAGE.md section 8 reads it.
fn json_of(cell: ValueRef<'_>, kind: &str) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) if kind == "bool" && (number == 0 || number == 1) => {
            json!(number == 1)
        }
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) if number.is_finite() => json!(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).unwrap();
            let list = kind
                .starts_with("list")
                .then(|| serde_json::from_str(text).ok());
            list.flatten().unwrap_or_else(|| json!(text))
        }
        // Something of no type that a field can have.
        ValueRef::Real(_) | ValueRef::Blob(_) => json!({}),
    }
}
