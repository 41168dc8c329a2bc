//! SQLite in memory that prints what it is asked and what it answers.

use std::cell::RefCell;
use std::sync::Mutex;

use portcullis_service::StoreError;
use portcullis_store::{Driver, Row, Statement, Value};
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value as Json, json};

pub(crate) struct Recorder {
    connection: Mutex<Connection>,
    what: Mutex<RefCell<String>>,
}

impl Recorder {
    /// Prints what makes the same database.
    pub(crate) fn new(world: &str, connection: Connection) -> Self {
        let recorder = Self {
            connection: Mutex::new(connection),
            what: Mutex::default(),
        };
        println!("{}", json!({"world": world, "setUp": recorder.set_up()}));
        recorder
    }

    /// Says what the next statements are for.
    pub(crate) fn what(&self, what: &str) {
        self.what.lock().unwrap().replace(what.to_owned());
    }

    /// Asks for everything in a table, with the types that it has there.
    pub(crate) fn dump(&self, table: &str) {
        let columns = self.columns(table).into_iter().map(|name| {
            format!(
                "typeof(`{name}`) || ' ' || CASE typeof(`{name}`) WHEN 'real' THEN printf('%!.17g', `{name}`) \
                 WHEN 'integer' THEN CAST(`{name}` AS TEXT) ELSE hex(`{name}`) END AS `{name}`"
            )
        });
        let columns: Vec<String> = columns.collect();
        let sql = format!(
            "SELECT {} FROM `{table}` ORDER BY rowid",
            columns.join(", ")
        );
        self.run(&Statement::new(sql, Vec::new())).unwrap();
    }

    fn columns(&self, table: &str) -> Vec<String> {
        let connection = self.connection.lock().unwrap();
        let prepared = connection
            .prepare(&format!("SELECT * FROM `{table}`"))
            .unwrap();
        prepared.column_names().map(str::to_owned).collect()
    }

    fn set_up(&self) -> Vec<String> {
        let connection = self.connection.lock().unwrap();
        let mut statements = Vec::new();
        let mut schema = connection
            .prepare("SELECT sql, tbl_name, type FROM sqlite_schema ORDER BY rowid")
            .unwrap();
        let mut found = schema.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            statements.push(row.get::<_, String>(0).unwrap());
            if row.get::<_, String>(2).unwrap() != "table" {
                continue;
            }
            let table: String = row.get(1).unwrap();
            let mut prepared = connection
                .prepare(&format!("SELECT * FROM `{table}`"))
                .unwrap();
            let width = prepared.column_count();
            let mut rows = prepared.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells = (0..width).map(|index| literal(row.get_ref(index).unwrap()));
                let cells: Vec<String> = cells.collect();
                statements.push(format!(
                    "INSERT INTO `{table}` VALUES ({})",
                    cells.join(", ")
                ));
            }
        }
        statements
    }

    fn run(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection.lock().unwrap();
        let mut prepared = connection.prepare(statement.sql()).map_err(told)?;
        let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let params = params_from_iter(statement.params().iter().map(bound));
        let mut found = prepared.query(params).map_err(told)?;
        let mut rows = Vec::new();
        let mut printed = Vec::new();
        while let Some(row) = found.next().map_err(told)? {
            let cells = names.iter().enumerate();
            let cells =
                cells.map(|(index, name)| (name.clone(), value(row.get_ref(index).unwrap())));
            let cells: Vec<(String, Value)> = cells.collect();
            let members = cells
                .iter()
                .map(|(name, value)| (name.clone(), json_of(value)));
            printed.push(Json::Object(members.collect::<Map<_, _>>()));
            rows.push(Row::new(cells));
        }
        let params: Vec<Json> = statement.params().iter().map(json_of).collect();
        let what = self.what.lock().unwrap().borrow().clone();
        let line = json!({"what": what, "sql": statement.sql(), "params": params, "rows": printed});
        println!("{line}");
        Ok(rows)
    }
}

impl Driver for Recorder {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.run(&statement)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        statements
            .iter()
            .map(|statement| self.run(statement))
            .collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: rusqlite::Error) -> StoreError {
    StoreError::new(error.to_string())
}

/// As D1 binds: numbers are doubles.
fn bound(value: &Value) -> Cell {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "that is the point")]
        Value::Integer(number) => Cell::Real(*number as f64),
        Value::Null => Cell::Null,
        Value::Text(text) => Cell::Text(text.clone()),
    }
}

fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Real(_) | ValueRef::Blob(_) => panic!("no driver hands {cell:?} over exactly"),
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => {
            assert!(number.unsigned_abs() <= 1 << 53, "{number} is no double");
            json!(number)
        }
        Value::Text(text) => json!(text),
    }
}

/// SQL for exactly this value.
fn literal(cell: ValueRef<'_>) -> String {
    let hex = |bytes: &[u8]| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    match cell {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) if number.is_infinite() && number < 0.0 => "-9e999".to_owned(),
        ValueRef::Real(number) if number.is_infinite() => "9e999".to_owned(),
        ValueRef::Real(number) => format!("{number:e}"),
        ValueRef::Text(text) => format!("CAST(x'{}' AS TEXT)", hex(text)),
        ValueRef::Blob(bytes) => format!("x'{}'", hex(bytes)),
    }
}
