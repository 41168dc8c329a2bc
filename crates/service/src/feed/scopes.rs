//! Known scopes, kept between requests until one of them changes.

use std::collections::HashMap;
use std::sync::Arc;

use super::{bound_ms, seen, written};
use crate::{App, Error, Host, Store};

/// Most bytes of questions and answers kept, about; then all are dropped.
const MAX_BYTES: usize = 1024 * 1024;
/// An answer that is longer with its question isn't kept.
const MAX_ENTRY_BYTES: usize = 32 * 1024;

/// Answers by question, each true while no scope has changed after `rev`.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    rev: i64,
    answers: HashMap<String, Arc<[String]>>,
    bytes: usize,
}

impl Scopes {
    /// An answer that stands when scopes last changed at `changed`.
    pub(super) fn get(&self, question: &str, changed: i64) -> Option<Arc<[String]>> {
        let answer = self.answers.get(question)?;
        (changed <= self.rev).then(|| Arc::clone(answer))
    }

    /// Keeps an answer that was read after the access change `rev` was known.
    pub(super) fn keep(&mut self, question: String, answer: &[String], rev: i64, changed: i64) {
        let bytes = answer
            .iter()
            .map(|path| path.len() + size_of::<String>())
            .sum::<usize>()
            + question.len();
        if bytes > MAX_ENTRY_BYTES || rev < changed {
            return;
        }
        if self.rev < changed || self.bytes + bytes > MAX_BYTES {
            *self = Self::default();
        }
        // Older answers stand up to here as well: no scope has changed since.
        self.rev = self.rev.max(rev);
        self.bytes += bytes;
        self.answers.insert(question, answer.into());
    }
}

/// As [`Store::scopes_within`], kept until a scope changes.
///
/// # Errors
/// Only faults.
pub(crate) async fn scopes_within<S: Store, H: Host>(
    app: &App<S, H>,
    scopes: &[String],
    leaves: Option<&[String]>,
    limit: u32,
) -> Result<Vec<String>, Error> {
    let now_ms = app.host.now_ms();
    let at_least = written(app).max(seen());
    let question = format!(
        "{limit}\n{}\n\n{}",
        // Each with its own end: nothing held isn't the global scope, whose text is empty.
        ended(scopes),
        leaves.map_or_else(|| "*".to_owned(), ended),
    );
    let known = {
        let inner = app.feed.lock();
        let state = &inner.state;
        // Who calls was settled on a fresh state a moment ago; where it wasn't, nothing is kept.
        state
            .is_fresh(now_ms, bound_ms(app), at_least)
            .then(|| (state.seq(), inner.scopes.get(&question, state.scopes())))
    };
    let Some((rev, kept)) = known else {
        return Ok(app.store.scopes_within(scopes, leaves, limit).await?);
    };
    if let Some(kept) = kept {
        return Ok(kept.to_vec());
    }
    let answer = app.store.scopes_within(scopes, leaves, limit).await?;
    let mut inner = app.feed.lock();
    let changed = inner.state.scopes();
    inner.scopes.keep(question, &answer, rev, changed);
    Ok(answer)
}

/// Texts, each ended by a line break, so that no two lists look alike.
fn ended(texts: &[String]) -> String {
    texts.iter().fold(String::new(), |mut all, text| {
        all.push_str(text);
        all.push('\n');
        all
    })
}

#[cfg(test)]
mod ended_tests {
    use super::ended;

    #[test]
    fn nothing_held_is_not_the_global_scope() {
        assert_ne!(ended(&[]), ended(&[String::new()]));
    }
}
