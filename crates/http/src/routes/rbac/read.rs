//! What requests about tenants have in common: pages of lists, answers.

use axum::response::Response;
use http::Uri;
use portcullis_service::tenants::{MAX_PAGE, Page};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::query;

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
    for (name, value) in query::parameters(uri) {
        match &*name {
            "after" if value.len() <= MAX_AFTER_BYTES => asked.after = value.into_owned(),
            "after" => {
                return Err(Refusal::Validation(format!(
                    "[query.after] Too big: expected string to have <={MAX_AFTER_BYTES} characters"
                )));
            }
            "limit" => asked.limit = query::number("limit", &value, 1, MAX_PAGE)?,
            _ => {}
        }
    }
    Ok(asked)
}

/// A JSON answer to a caller.
pub(super) fn answer(body: &impl Serialize, user_id: String) -> Result<Response, Refusal> {
    let body = serde_json::to_value(body).map_err(|error| {
        Refusal::Service(portcullis_service::StoreError::new(error.to_string()).into())
    })?;
    Ok(crate::answer::answer(&body, user_id))
}
