//! The members of a body, read one by one.

use serde_json::{Map, Value};

use super::{settle, type_name};
use crate::answer::Refusal;

/// The members of a JSON object, and what is wrong with those that were read.
#[derive(Default)]
pub(crate) struct Members {
    map: Map<String, Value>,
    problems: Vec<String>,
}

#[expect(
    clippy::option_option,
    reason = "a member that is absent, one that is null, and one with a value are three things"
)]
impl Members {
    pub(crate) const fn new(map: Map<String, Value>) -> Self {
        let problems = Vec::new();
        Self { map, problems }
    }

    /// A member as it came.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Takes a member out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name)
    }

    pub(crate) fn put(&mut self, name: &str, value: Value) {
        self.map.insert(name.to_owned(), value);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// All members, as they came.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.map
    }

    /// Notes what is wrong: `[body.path] what`.
    pub(crate) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Notes that a member should have been something else.
    pub(crate) fn expected(&mut self, name: &str, what: &str) {
        let received = type_name(self.get(name));
        self.problem(format!(
            "[body.{name}] Invalid input: expected {what}, received {received}"
        ));
    }

    /// Notes what is wrong with the members of an object in this one.
    pub(crate) fn join(&mut self, inner: Self) {
        self.problems.extend(inner.problems);
    }

    /// Whether nothing is wrong so far.
    pub(crate) const fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Refuses a body with problems, all at once.
    pub(crate) fn settle(&self) -> Result<(), Refusal> {
        settle(&self.problems)
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match self.get(name) {
            Some(Value::String(text)) => return text.clone(),
            _ => self.expected(name, "string"),
        }
        String::new()
    }

    /// A text that may be absent, but not null.
    pub(crate) fn given_text(&mut self, name: &str) -> Option<String> {
        self.has(name).then(|| self.text(name))
    }

    /// A text that may be absent, or null.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.nullable_text(name).flatten()
    }

    /// A text or null that may be absent, which is `None`.
    pub(crate) fn nullable_text(&mut self, name: &str) -> Option<Option<String>> {
        match self.get(name)? {
            Value::Null => Some(None),
            _ => Some(Some(self.text(name))),
        }
    }

    /// A member that becomes text if it is a number, as the protocol takes ids.
    pub(crate) fn id(&mut self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Number(number)) => number.to_string(),
            _ => self.text(name),
        }
    }

    /// A flag that may be absent; forms write it as text.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.get(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Bool(flag)) => return Some(*flag),
            Some(Value::String(text)) if text == "true" || text == "on" => return Some(true),
            Some(Value::String(text)) if text == "false" => return Some(false),
            Some(_) => self.expected(name, "boolean"),
        }
        None
    }

    /// A list of texts that may be absent, or null.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Option<Vec<String>> {
        let list = match self.map.get(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.expected(name, "array");
                return None;
            }
        };
        let mut texts = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            match value {
                Value::String(text) => texts.push(text.clone()),
                other => self.problems.push(format!(
                    "[body.{name}.{index}] Invalid input: expected string, received {}",
                    type_name(Some(other))
                )),
            }
        }
        Some(texts)
    }

    /// A list of texts that must be there, with at least one and at most `max`.
    pub(crate) fn texts(&mut self, name: &str, max: usize) -> Vec<String> {
        let before = self.problems.len();
        match self.optional_texts(name) {
            None if self.problems.len() == before => self.expected(name, "array"),
            Some(texts) if texts.is_empty() && self.problems.len() == before => self.problem(
                format!("[body.{name}] Too small: expected array to have >=1 items"),
            ),
            Some(texts) if texts.len() > max => self.problem(format!(
                "[body.{name}] Too big: expected array to have <={max} items"
            )),
            Some(texts) => return texts,
            None => {}
        }
        Vec::new()
    }
}
