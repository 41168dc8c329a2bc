//! Rows of a JSON document, read as a stream: `{"user": […], "account": […], "session": […]}`.

use core::fmt;
use std::io::BufReader;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::field::Field;
use super::record::Record;
use super::source::{Stage, Take};
use crate::dump::is_database;

/// Hands out the rows of a table behind the `after`th, which are counted from 1.
///
/// # Errors
/// A sentence.
pub(super) fn read(
    path: &Path,
    stage: Stage,
    after: i64,
    take: &mut Take<'_>,
) -> Result<(), String> {
    let told = |error: &dyn fmt::Display| format!("`{}`: {error}", path.display());
    let file = std::fs::File::open(path).map_err(|error| told(&error))?;
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::new(file));
    let mut stopped = None;
    let tables = Tables {
        stage,
        rows: Rows {
            after,
            take,
            stopped: &mut stopped,
        },
    };
    let read = tables
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    match (stopped, read) {
        (Some(problem), _) => Err(problem),
        (None, Err(error)) => Err(told(&format!("{error}; it has to be JSON{}", hint(path)))),
        (None, Ok(())) => Ok(()),
    }
}

/// What to do about a file that isn't.
fn hint(path: &Path) -> &'static str {
    if is_database(path).unwrap_or(false) {
        ", and is a SQLite database: `--from sqlite` reads it"
    } else {
        " of the form `{\"user\": […], \"account\": […], \"session\": […]}`"
    }
}

/// The document: of its members one is read, the others are passed over.
struct Tables<'a, 'b> {
    stage: Stage,
    rows: Rows<'a, 'b>,
}

impl<'de> DeserializeSeed<'de> for Tables<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Tables<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the members `user`, `account` and `session`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if self.stage.is_called(&name) {
                map.next_value_seed(&mut self.rows)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A list of rows.
struct Rows<'a, 'b> {
    after: i64,
    take: &'a mut Take<'b>,
    /// Why reading was stopped from outside.
    stopped: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for &mut Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut position = 0_i64;
        while position < self.after && list.next_element::<IgnoredAny>()?.is_some() {
            position += 1;
        }
        while let Some(value) = list.next_element::<Value>()? {
            position += 1;
            if let Err(problem) = (self.take)(position, record(value)) {
                *self.stopped = Some(problem);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn record(value: Value) -> Record {
    let mut record = Record::default();
    // What isn't an object is a row without columns, which is left out with its number.
    if let Value::Object(members) = value {
        for (name, value) in members {
            record.put(&name, field(value));
        }
    }
    record
}

fn field(value: Value) -> Field {
    match value {
        Value::Null => Field::Null,
        Value::Bool(flag) => Field::Flag(flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Field::Integer(whole),
            (None, Some(real)) => Field::Real(real),
            (None, None) => Field::Other,
        },
        Value::String(text) => Field::Text(text),
        Value::Array(_) | Value::Object(_) => Field::Other,
    }
}
