//! Tokens seen before.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc};
use core::hint::black_box;

use super::{Rules, TokenError, VerifiedToken, verify};
use crate::{jose::KeySet, limits::DEFAULT_VERIFIED_TOKENS, time::UnixSecs};

/// A verifier that remembers the tokens it has verified.
///
/// A token seen before costs a look-up instead of a signature check; its times are checked every time.
/// It owns the keys and the rules, and forgets everything when either changes, so a remembered verdict is
/// always one that [`verify`] would give.
///
/// Only tokens that pass are remembered, and only under their whole text: two tokens may share a signature's
/// bytes, and a signature may be rewritten (RFC 7518 section 3.4 allows both `s` and `n - s`), so neither is a
/// token's identity. When it is full, tokens that have expired leave first, then the one used longest ago.
#[derive(Debug)]
pub struct VerifiedTokens {
    keys: KeySet,
    rules: Rules,
    capacity: usize,
    entries: BTreeMap<Tail, Entry>,
    uses: u64,
}

/// How many bytes of a token's end find its entry; 16 characters of the signature hold 96 bits.
const TAIL_BYTES: usize = 16;
type Tail = [u8; TAIL_BYTES];

struct Entry {
    text: Box<str>,
    token: Arc<VerifiedToken>,
    last_use: u64,
}

impl core::fmt::Debug for Entry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Entry")
            .field("last_use", &self.last_use)
            .finish_non_exhaustive()
    }
}

impl VerifiedTokens {
    /// Starts empty, for [`DEFAULT_VERIFIED_TOKENS`] tokens, and prepares the keys.
    #[must_use]
    pub fn new(keys: KeySet, rules: Rules) -> Self {
        Self::with_capacity(keys, rules, DEFAULT_VERIFIED_TOKENS)
    }

    /// Starts empty, for at most `capacity` tokens; 0 remembers nothing. Prepares the keys.
    ///
    /// A token takes its own length, at most [`MAX_TOKEN_BYTES`](crate::limits::MAX_TOKEN_BYTES), and a few times
    /// that for its claims.
    #[must_use]
    pub fn with_capacity(mut keys: KeySet, rules: Rules, capacity: usize) -> Self {
        keys.prepare();
        Self {
            keys,
            rules,
            capacity,
            entries: BTreeMap::new(),
            uses: 0,
        }
    }

    /// Verifies a token at the time `now`, as [`verify`] does.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(&mut self, token: &str, now: UnixSecs) -> Result<Arc<VerifiedToken>, TokenError> {
        self.uses = self.uses.wrapping_add(1);
        let tail = tail(token);
        if let Some(entry) = tail.and_then(|tail| self.entries.get_mut(&tail))
            && same_text(&entry.text, token)
        {
            entry.last_use = self.uses;
            let verified = Arc::clone(&entry.token);
            let times = verified.check_times(&self.rules, now);
            if let (Err(TokenError::Expired { .. }), Some(tail)) = (&times, tail) {
                self.entries.remove(&tail);
            }
            return times.map(|()| verified);
        }
        let verified = Arc::new(verify(token, &self.keys, &self.rules, now)?);
        if let Some(tail) = tail {
            self.remember(tail, token, &verified, now);
        }
        Ok(verified)
    }

    /// Replaces the keys, prepares them, and forgets every token.
    pub fn set_keys(&mut self, mut keys: KeySet) {
        keys.prepare();
        self.keys = keys;
        self.clear();
    }

    /// Replaces the rules and forgets every token.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
        self.clear();
    }

    /// Forgets every token.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Forgets one token, as after a sign-out.
    pub fn forget(&mut self, token: &str) {
        if let Some(tail) = tail(token)
            && self
                .entries
                .get(&tail)
                .is_some_and(|entry| same_text(&entry.text, token))
        {
            self.entries.remove(&tail);
        }
    }

    /// Returns the keys.
    #[must_use]
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Returns the rules.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns how many tokens are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether no token is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn remember(&mut self, tail: Tail, text: &str, token: &Arc<VerifiedToken>, now: UnixSecs) {
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.make_room(now);
        }
        let entry = Entry {
            text: text.into(),
            token: Arc::clone(token),
            last_use: self.uses,
        };
        self.entries.insert(tail, entry);
    }

    fn make_room(&mut self, now: UnixSecs) {
        let rules = &self.rules;
        self.entries.retain(|_, entry| {
            let times = entry.token.check_times(rules, now);
            !matches!(times, Err(TokenError::Expired { .. }))
        });
        while self.entries.len() >= self.capacity {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
            let Some(tail) = oldest.map(|(tail, _)| *tail) else {
                return;
            };
            self.entries.remove(&tail);
        }
    }
}

fn tail(token: &str) -> Option<Tail> {
    token.as_bytes().last_chunk().copied()
}

/// Compares two tokens in a time that doesn't depend on where they differ, so that the signature of a
/// remembered token can't be guessed byte by byte.
fn same_text(one: &str, other: &str) -> bool {
    let ((one, one_end), (other, other_end)) =
        (one.as_bytes().as_chunks(), other.as_bytes().as_chunks());
    let words = one
        .iter()
        .zip(other)
        .map(|(a, b)| u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b));
    let bytes = one_end.iter().zip(other_end).map(|(a, b)| u64::from(a ^ b));
    one.len() == other.len()
        && one_end.len() == other_end.len()
        && words.chain(bytes).fold(0, |differences, difference| {
            black_box(differences | difference)
        }) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec};

    #[test]
    fn texts_are_the_same_only_if_every_byte_is() {
        for length in [0, 1, 7, 8, 9, 16, 31, 500] {
            let text = vec![b'a'; length];
            let same = String::from_utf8(text.clone()).unwrap();
            assert!(same_text(&same, &same.clone()), "{length}");
            for position in 0..length {
                let mut changed = text.clone();
                changed[position] = b'b';
                assert!(
                    !same_text(&same, core::str::from_utf8(&changed).unwrap()),
                    "{length} {position}"
                );
            }
            let longer = String::from_utf8(vec![b'a'; length + 1]).unwrap();
            assert!(
                !same_text(&same, &longer) && !same_text(&longer, &same),
                "{length}"
            );
        }
    }
}
