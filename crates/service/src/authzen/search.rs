//! What the three searches have in common: candidates out of the database, each decided by the one
//! function before it is answered, until the page is full.

use core::future::Future;

use serde_json::{Value, json};

use super::page::Place;
use super::{Entity, Question};
use crate::tenants::Page;
use crate::{App, Error, Host};

/// Candidates read at a time, at least and at most.
const CHUNK: core::ops::RangeInclusive<u32> = 64..=500;
/// Most candidates looked at for one page: one that isn't full by then ends early.
const MAX_CANDIDATES: u32 = 10_000;

/// A page of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was found: names of actions, or ids.
    pub results: Vec<String>,
    /// Leads to the next page; empty when there is none.
    pub next_token: String,
}

/// Where candidates come from.
pub(super) trait Source: Sync {
    /// A thing that may be a result.
    type Candidate: Send;

    /// The next candidates in order of their keys.
    fn read(
        &self,
        page: Page<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Candidate>, Error>> + Send;

    /// What it is called, and sorted by.
    fn key<'a>(&self, candidate: &'a Self::Candidate) -> &'a str;

    /// Whether it is a result.
    fn is_allowed(&self, candidate: &Self::Candidate) -> bool;
}

/// Fills the page that begins at `place`. `search` tells it from other searches.
pub(super) async fn fill<S: Sync, H: Host, C: Source>(
    app: &App<S, H>,
    source: &C,
    mut place: Place,
    search: &str,
) -> Result<Found, Error> {
    let limit = usize::try_from(place.limit).unwrap_or(usize::MAX);
    let mut results = Vec::new();
    let mut looked_at = 0;
    let has_more = 'page: loop {
        let wanted = place.limit.saturating_add(1);
        let chunk = wanted.clamp(*CHUNK.start(), *CHUNK.end());
        let page = Page {
            after: &place.after,
            limit: chunk,
        };
        let candidates = source.read(page).await?;
        let is_last = candidates.len() < usize::try_from(chunk).unwrap_or(usize::MAX);
        for candidate in &candidates {
            if results.len() >= limit {
                break 'page true;
            }
            source.key(candidate).clone_into(&mut place.after);
            if source.is_allowed(candidate) {
                results.push(place.after.clone());
            }
        }
        if is_last {
            break false;
        }
        looked_at += chunk;
        if looked_at >= MAX_CANDIDATES {
            break true;
        }
    };
    let next_token = if has_more {
        place.token(app, search)?
    } else {
        String::new()
    };
    Ok(Found {
        results,
        next_token,
    })
}

/// A search that finds nothing.
pub(super) const fn nothing() -> Found {
    Found {
        results: Vec::new(),
        next_token: String::new(),
    }
}

/// Everything that makes a search another one, for binding its page tokens. The id of what is
/// searched is empty.
pub(super) fn identity(kind: &str, caller_id: &str, question: &Question) -> String {
    let entity = |one: &Entity| -> Value { json!([one.kind, one.id, one.properties]) };
    json!([
        kind,
        caller_id,
        entity(&question.subject),
        [
            json!(question.action.name),
            json!(question.action.properties)
        ],
        entity(&question.resource),
        question.context,
    ])
    .to_string()
}

/// The last place of an empty beginning, for sources that count.
pub(super) fn position(after: &str, keys: impl Iterator<Item = impl AsRef<str>>) -> usize {
    if after.is_empty() {
        return 0;
    }
    let mut keys = keys;
    keys.position(|key| key.as_ref() == after)
        .map_or(usize::MAX, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_goes_on_behind_the_key_and_ends_when_the_key_is_gone() {
        let keys = ["read", "write"];
        assert_eq!(position("", keys.iter()), 0);
        assert_eq!(position("read", keys.iter()), 1);
        assert_eq!(position("gone", keys.iter()), usize::MAX);
    }

    #[test]
    fn searches_differ_by_caller_subject_and_context() {
        let question = Question::default();
        let mut other = question.clone();
        other.subject.id = "x".into();
        let one = identity("resource", "u1", &question);
        assert_ne!(one, identity("resource", "u2", &question));
        assert_ne!(one, identity("subject", "u1", &question));
        assert_ne!(one, identity("resource", "u1", &other));
        assert_eq!(one, identity("resource", "u1", &question.clone()));
    }
}
