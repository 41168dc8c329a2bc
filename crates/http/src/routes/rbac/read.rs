//! What requests about tenants have in common: pages of lists, lists in bodies, answers.

use axum::response::Response;
use http::{StatusCode, Uri};
use portcullis_service::tenants::{MAX_PAGE, Page};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::answer::{Refusal, json_response};
use crate::body;
use crate::log::UserId;

/// Entries of a page when the request doesn't say.
const DEFAULT_PAGE: u32 = 100;
/// Longest key taken, in bytes; names have 100 characters.
const MAX_AFTER_BYTES: usize = 512;

/// The part of a list that a request asks for: `?limit=100&after=KEY`.
pub(super) struct Asked {
    after: String,
    limit: u32,
}

impl Asked {
    pub(super) fn page(&self) -> Page<'_> {
        Page {
            after: &self.after,
            limit: self.limit,
        }
    }

    /// A page as the answer has it: entries under their name, and the key of the next page, or null.
    pub(super) fn answer<T: Serialize>(
        &self,
        name: &str,
        entries: &[T],
        key: impl Fn(&T) -> &str,
    ) -> Value {
        let is_full = u32::try_from(entries.len()).is_ok_and(|entries| entries >= self.limit);
        let next = entries.last().filter(|_| is_full).map(key);
        json!({ name: entries, "next": next })
    }
}

pub(super) fn page(uri: &Uri) -> Result<Asked, Refusal> {
    let mut asked = Asked {
        after: String::new(),
        limit: DEFAULT_PAGE,
    };
    let query = uri.query().unwrap_or_default().as_bytes();
    for (name, value) in form_urlencoded::parse(query) {
        match &*name {
            "after" if value.len() <= MAX_AFTER_BYTES => asked.after = value.into_owned(),
            "after" => {
                return Err(Refusal::Validation(format!(
                    "[query.after] Too big: expected string to have <={MAX_AFTER_BYTES} characters"
                )));
            }
            "limit" => {
                asked.limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MAX_PAGE).contains(limit))
                    .ok_or_else(|| {
                        Refusal::Validation(format!(
                            "[query.limit] Invalid input: expected number from 1 to {MAX_PAGE}"
                        ))
                    })?;
            }
            _ => {}
        }
    }
    Ok(asked)
}

/// A text member that may be absent.
pub(super) fn optional_text(
    members: &Map<String, Value>,
    name: &str,
    problems: &mut Vec<String>,
) -> Option<String> {
    match members.get(name) {
        None | Some(Value::Null) => None,
        Some(_) => Some(body::text(members, name, problems)),
    }
}

/// A list of texts that may be absent.
pub(super) fn optional_texts(
    members: &Map<String, Value>,
    name: &str,
    problems: &mut Vec<String>,
) -> Option<Vec<String>> {
    let list = match members.get(name) {
        None | Some(Value::Null) => return None,
        Some(Value::Array(list)) => list,
        other => {
            problems.push(format!(
                "[body.{name}] Invalid input: expected array, received {}",
                body::type_name(other)
            ));
            return None;
        }
    };
    let mut texts = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        match value {
            Value::String(text) => texts.push(text.clone()),
            other => problems.push(format!(
                "[body.{name}.{index}] Invalid input: expected string, received {}",
                body::type_name(Some(other))
            )),
        }
    }
    Some(texts)
}

/// A list of texts that must be there, with at least one and at most `max`.
pub(super) fn texts(
    members: &Map<String, Value>,
    name: &str,
    max: usize,
    problems: &mut Vec<String>,
) -> Vec<String> {
    let before = problems.len();
    let texts = optional_texts(members, name, problems);
    match texts {
        None if problems.len() == before => problems.push(format!(
            "[body.{name}] Invalid input: expected array, received {}",
            body::type_name(members.get(name))
        )),
        Some(texts) if texts.is_empty() && problems.len() == before => problems.push(format!(
            "[body.{name}] Too small: expected array to have >=1 items"
        )),
        Some(texts) if texts.len() > max => problems.push(format!(
            "[body.{name}] Too big: expected array to have <={max} items"
        )),
        Some(texts) => return texts,
        None => {}
    }
    Vec::new()
}

/// A JSON answer to a caller.
pub(super) fn answer(body: &impl Serialize, user_id: String) -> Result<Response, Refusal> {
    let body = serde_json::to_value(body).map_err(|error| {
        Refusal::Service(portcullis_service::StoreError::new(error.to_string()).into())
    })?;
    let mut response = json_response(StatusCode::OK, &body);
    response.extensions_mut().insert(UserId(user_id));
    Ok(response)
}
