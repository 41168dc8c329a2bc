//! The members of a JSON object, taken one by one.

use core::fmt;

use portcullis_core::json::{self, JsonError, Value, excerpt};

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It isn't strict JSON.
    Json(JsonError),
    /// A member isn't what it should be.
    Member {
        /// Where it is, such as `roles[2].name`.
        path: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl ReadError {
    pub(crate) fn new(path: impl Into<String>, expected: &'static str) -> Self {
        Self::Member {
            path: path.into(),
            expected,
        }
    }
}

impl From<JsonError> for ReadError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Member { path, expected } => write!(f, "`{}` is not {expected}", excerpt(path)),
        }
    }
}

/// What is left of an object, and where the object is.
#[derive(Debug)]
pub(crate) struct Members {
    left: Vec<(String, Value)>,
    path: String,
}

impl Members {
    pub(crate) fn parse(text: &str, max_bytes: usize) -> Result<Self, ReadError> {
        Ok(Self {
            left: json::parse_object(text.as_bytes(), max_bytes)?
                .into_iter()
                .collect(),
            path: String::new(),
        })
    }

    pub(crate) fn new(value: Value, path: &str) -> Result<Self, ReadError> {
        match value {
            Value::Object(members) => Ok(Self {
                left: members.into_iter().collect(),
                path: path.to_string(),
            }),
            _ => Err(ReadError::new(path, "an object")),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(at).1)
    }

    /// As [`Self::take`], `null` being the same as nothing.
    pub(crate) fn take_some(&mut self, name: &str) -> Option<Value> {
        self.take(name).filter(|value| !value.is_null())
    }

    /// Text, or nothing; `null` is neither.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        let value = self.take(name);
        self.as_text(name, value)
    }

    pub(crate) fn required_text(&mut self, name: &str) -> Result<String, ReadError> {
        self.text(name)?.ok_or_else(|| self.error(name, "there"))
    }

    /// Text, or nothing, which `null` is.
    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        let value = self.take_some(name);
        self.as_text(name, value)
    }

    /// A whole number that isn't negative, or nothing, which `null` is.
    pub(crate) fn optional_whole(&mut self, name: &str) -> Result<Option<u64>, ReadError> {
        match self.take_some(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                None => Err(self.error(name, "a whole number")),
                whole => Ok(whole),
            },
        }
    }

    /// A list of texts, or nothing, which `null` is.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ReadError> {
        match self.take_some(name) {
            None => Ok(None),
            Some(value) => texts(value, &self.path_of(name)).map(Some),
        }
    }

    /// A list, empty when it is absent; `read` takes an entry and where it is.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        read: fn(Value, &str) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(value) => list(value, &self.path_of(name), read),
        }
    }

    /// Refuses what was not taken: a misspelt member would otherwise be ignored without a word.
    pub(crate) fn end(self) -> Result<(), ReadError> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => Err(self.error(name, "a known member")),
        }
    }

    pub(crate) fn error(&self, name: &str, expected: &'static str) -> ReadError {
        ReadError::new(self.path_of(name), expected)
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    fn as_text(&self, name: &str, value: Option<Value>) -> Result<Option<String>, ReadError> {
        match value {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(name, "text")),
        }
    }
}

pub(crate) fn texts(value: Value, path: &str) -> Result<Vec<String>, ReadError> {
    list(value, path, |value, path| match value {
        Value::String(text) => Ok(text),
        _ => Err(ReadError::new(path, "text")),
    })
}

fn list<T>(
    value: Value,
    path: &str,
    read: fn(Value, &str) -> Result<T, ReadError>,
) -> Result<Vec<T>, ReadError> {
    let Value::Array(entries) = value else {
        return Err(ReadError::new(path, "a list"));
    };
    let mut read_entries = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        read_entries.push(read(entry, &format!("{path}[{index}]"))?);
    }
    Ok(read_entries)
}
