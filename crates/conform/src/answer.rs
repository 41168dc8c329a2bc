//! The answer to one line.

use portcullis_core::{
    jose::{JwkError, JwsError},
    json::{Map, Value},
    token::TokenError,
};

/// What an operation found, before the `id` is put in front.
pub(crate) type Answer = Result<Map<String, Value>, Refusal>;

/// A verdict of no, or a line that couldn't be understood.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new("bad_request", message)
    }
}

impl From<JwkError> for Refusal {
    fn from(error: JwkError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<JwsError> for Refusal {
    fn from(error: JwsError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// Collects the members of a positive answer.
pub(crate) fn members<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Writes the answer as one line: `id`, `ok` and `code` first, then the rest.
pub(crate) fn to_line(id: &Value, answer: Answer) -> String {
    let (ok, code, rest) = match answer {
        Ok(rest) => (true, "ok", rest),
        Err(refusal) => (
            false,
            refusal.code,
            members([("message", refusal.message.into())]),
        ),
    };
    let mut line = format!("{{\"id\":{id},\"ok\":{ok},\"code\":{}", Value::from(code));
    for (name, value) in rest {
        let member = format!(",{}:{value}", Value::from(name));
        line.push_str(&member);
    }
    line.push('}');
    line
}

/// Writes a decision, whose members include `ok` and `code`, as one line.
pub(crate) fn decision_line(id: &Value, mut members: Map<String, Value>) -> String {
    members.insert("id".to_owned(), id.clone());
    Value::Object(members).to_string()
}
