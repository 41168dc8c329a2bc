//! Values and rows, and what is wrong with a row that isn't as it should be.

use std::collections::BTreeMap;

use portcullis_service::StoreError;

/// A value of a column or of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number; D1 takes and gives it as a double, exact to 2^53.
    Integer(i64),
    /// No value.
    Null,
    /// Text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row by column name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    columns: BTreeMap<String, Value>,
}

impl Row {
    /// A row of named values.
    pub fn new(columns: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
        }
    }

    /// A text column.
    ///
    /// # Errors
    /// A [`StoreError`] naming the column when it is absent, null or no text.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        match self.columns.get(column) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(self.inconsistent(column, "text")),
        }
    }

    /// A text column that may be null.
    ///
    /// # Errors
    /// A [`StoreError`] naming the column when it is absent or no text.
    pub fn optional_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        match self.columns.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// A column of whole numbers.
    ///
    /// # Errors
    /// A [`StoreError`] naming the column when it is absent, null or no whole number.
    pub fn integer(&self, column: &str) -> Result<i64, StoreError> {
        match self.columns.get(column) {
            Some(Value::Integer(number)) => Ok(*number),
            _ => Err(self.inconsistent(column, "a whole number")),
        }
    }

    /// A column of whole numbers that may be null.
    ///
    /// # Errors
    /// A [`StoreError`] naming the column when it is absent or no whole number.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.columns.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// A column that is 0 or 1.
    ///
    /// # Errors
    /// As [`Self::integer`].
    pub fn flag(&self, column: &str) -> Result<bool, StoreError> {
        self.integer(column).map(|number| number != 0)
    }

    /// The error for a column that isn't `expected`; it names the row's id, never a value.
    pub(crate) fn inconsistent(&self, column: &str, expected: &str) -> StoreError {
        let id = match self.columns.get("id") {
            Some(Value::Text(id)) => id.as_str(),
            _ => "?",
        };
        StoreError::new(format!("column `{column}` of row `{id}` isn't {expected}"))
    }
}
