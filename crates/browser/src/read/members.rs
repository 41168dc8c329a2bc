//! The members of a JSON object, taken one by one.

use core::fmt;

use portcullis_core::json::{self, JsonError, Map, Value, excerpt};

/// Why something could not be read, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadError(String);

impl ReadError {
    /// That what is at a path such as `roles[2].name` isn't what it should be.
    fn at(path: &str, expected: &str) -> Self {
        Self(["`", &excerpt(path), "` is not ", expected].concat())
    }
}

impl From<&JsonError> for ReadError {
    fn from(error: &JsonError) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is left of an object, where the object is, and what was wrong with it first.
///
/// What is wrong is kept rather than returned, and read as if it weren't there: a reader takes all it
/// wants and asks [`Self::finish`] once, which is a quarter of the code.
#[derive(Debug)]
pub(crate) struct Members {
    left: Vec<(String, Value)>,
    path: String,
    error: Option<ReadError>,
}

impl Members {
    /// The members of a JSON text that is an object.
    pub(crate) fn parse(text: &str, max_bytes: usize) -> Self {
        let (left, error) = match json::parse_object(text.as_bytes(), max_bytes) {
            Ok(members) => (members, None),
            Err(error) => (Map::new(), Some(ReadError::from(&error))),
        };
        Self {
            left: left.into_iter().collect(),
            path: String::new(),
            error,
        }
    }

    /// What was wrong first, here or within.
    pub(crate) fn finish(&mut self) -> Result<(), ReadError> {
        match self.error.take() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// Refuses what was not taken: a misspelt member would otherwise be ignored without a word.
    #[inline(never)]
    pub(crate) fn end(&mut self) {
        if let Some((name, _)) = self.left.pop() {
            self.fail(&name, "a known member");
        }
    }

    #[inline(never)]
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(at).1)
    }

    /// As [`Self::take`], `null` being the same as nothing.
    #[inline(never)]
    pub(crate) fn take_some(&mut self, name: &str) -> Option<Value> {
        self.take(name).filter(|value| !value.is_null())
    }

    /// Text, empty when it is absent; it can't be `null`.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str) -> String {
        let value = self.take(name);
        self.as_text(name, value).unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn required_text(&mut self, name: &str) -> String {
        let value = self.take(name);
        if value.is_none() {
            self.fail(name, "there");
        }
        self.as_text(name, value).unwrap_or_default()
    }

    /// Text, or nothing, which `null` is.
    #[inline(never)]
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        let value = self.take_some(name);
        self.as_text(name, value)
    }

    /// A whole number that isn't negative, or nothing, which `null` is.
    pub(crate) fn optional_whole(&mut self, name: &str) -> Option<u64> {
        let whole = self.take_some(name)?.as_u64();
        if whole.is_none() {
            self.fail(name, "a whole number");
        }
        whole
    }

    /// `true` or `false`, which it is when it is absent.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(value)) => value,
            Some(_) => {
                self.fail(name, "true or false");
                false
            }
        }
    }

    /// An object of any members, or nothing, which `null` is.
    pub(crate) fn optional_object(&mut self, name: &str) -> Option<Map<String, Value>> {
        if let Value::Object(members) = self.take_some(name)? {
            return Some(members);
        }
        self.fail(name, "an object");
        None
    }

    /// A list of texts, or nothing, which `null` is.
    #[inline(never)]
    pub(crate) fn optional_texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.take_some(name)?;
        Some(self.texts_of(name, value))
    }

    /// A value that was taken as a list of texts.
    #[inline(never)]
    pub(crate) fn texts_of(&mut self, name: &str, value: Value) -> Vec<String> {
        match texts(value, &self.path_of(name)) {
            Ok(texts) => texts,
            Err(error) => {
                self.error.get_or_insert(error);
                Vec::new()
            }
        }
    }

    /// A list of values, empty when it is absent.
    #[inline(never)]
    pub(crate) fn values(&mut self, name: &str) -> Vec<Value> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => {
                self.fail(name, "a list");
                Vec::new()
            }
        }
    }

    /// A list of objects, empty when it is absent.
    pub(crate) fn list<T>(&mut self, name: &str, read: fn(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        self.each(name, &mut |members| list.push(read(members)));
        list
    }

    #[inline(never)]
    fn each(&mut self, name: &str, read: &mut dyn FnMut(&mut Self)) {
        for (index, value) in self.values(name).into_iter().enumerate() {
            self.within(&entry(name, index), value, read);
        }
    }

    /// The object that a member, or an entry of one, is.
    #[inline(never)]
    pub(crate) fn within(&mut self, name: &str, value: Value, read: &mut dyn FnMut(&mut Self)) {
        let Value::Object(members) = value else {
            self.fail(name, "an object");
            return;
        };
        let mut inner = Self {
            left: members.into_iter().collect(),
            path: self.path_of(name),
            error: None,
        };
        read(&mut inner);
        if self.error.is_none() {
            self.error = inner.error;
        }
    }

    /// Keeps that a member isn't what it should be.
    #[inline(never)]
    pub(crate) fn fail(&mut self, name: &str, expected: &str) {
        if self.error.is_none() {
            self.error = Some(ReadError::at(&self.path_of(name), expected));
        }
    }

    /// Keeps a sentence on what is wrong.
    pub(crate) fn refuse(&mut self, sentence: String) {
        self.error.get_or_insert(ReadError(sentence));
    }

    fn path_of(&self, name: &str) -> String {
        let separator = if self.path.is_empty() { "" } else { "." };
        [&self.path, separator, name].concat()
    }

    fn as_text(&mut self, name: &str, value: Option<Value>) -> Option<String> {
        if let Value::String(text) = value? {
            return Some(text);
        }
        self.fail(name, "text");
        None
    }
}

/// A list of texts; the path says where it is.
#[inline(never)]
pub(crate) fn texts(value: Value, path: &str) -> Result<Vec<String>, ReadError> {
    let Value::Array(values) = value else {
        return Err(ReadError::at(path, "a list"));
    };
    let mut texts = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        match value {
            Value::String(text) => texts.push(text),
            _ => return Err(ReadError::at(&entry(path, index), "text")),
        }
    }
    Ok(texts)
}

/// The path of an entry of a list.
#[inline(never)]
pub(crate) fn entry(list: &str, index: usize) -> String {
    [list, "[", &index.to_string(), "]"].concat()
}
