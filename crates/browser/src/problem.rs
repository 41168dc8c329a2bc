//! Why something could not be made, as data.

use serde::Serialize;

/// An error for JavaScript to throw: a stable code, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: &dyn ToString) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        to_json(self)
    }
}

/// The JSON of something that always has one: strings, numbers, lists.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
