//! Callers kept between requests, a bounded number of them.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::state::State;
use crate::{Caller, KeyUse};

/// Most callers in each of the two generations.
const MAX_CALLERS: usize = 2048;
/// Most bytes that a generation takes, about.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How long a caller is kept at most, even when nothing changes.
pub(super) const MAX_AGE_MS: i64 = 300_000;
/// How long an access token that was made for a caller is given out again.
pub(super) const TOKEN_REUSE_MS: i64 = 60_000;

/// What finds a kept caller: never the credential itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    is_of_token: bool,
    hash: [u8; 32],
}

impl Key {
    /// By the hash of a session token.
    pub(crate) const fn of_session(hash: [u8; 32]) -> Self {
        Self {
            is_of_token: false,
            hash,
        }
    }

    /// By the hash of an API key.
    pub(crate) const fn of_api_key(hash: [u8; 32]) -> Self {
        // Session tokens are shorter than API keys, so no text has the hash of both.
        Self::of_session(hash)
    }

    /// By an access token.
    pub(crate) fn of_access_token(text: &str) -> Self {
        Self {
            is_of_token: true,
            hash: Sha256::digest(text).into(),
        }
    }
}

#[derive(Debug)]
struct Entry {
    caller: Arc<Caller>,
    /// Nothing has changed the caller up to this access change.
    rev: i64,
    until_ms: i64,
    bytes: usize,
    token: Option<Made>,
}

/// An access token that was made for a caller.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) at_ms: i64,
    /// The key that signed it.
    pub(crate) kid: String,
    pub(crate) token: Arc<str>,
}

/// Kept callers. Those found again move to the young generation; when that is full, it becomes the old
/// one, and what is left of the old one goes.
#[derive(Debug, Default)]
pub(super) struct Kept {
    young: HashMap<Key, Entry>,
    old: HashMap<Key, Entry>,
    young_bytes: usize,
}

impl Kept {
    /// The access change up to which a kept caller is known to stand.
    pub(super) fn rev(&self, key: &Key, now_ms: i64) -> Option<i64> {
        let entry = self.young.get(key).or_else(|| self.old.get(key))?;
        (now_ms < entry.until_ms).then_some(entry.rev)
    }

    /// A kept caller, if it still stands by what is known; otherwise it goes.
    pub(super) fn standing(
        &mut self,
        key: &Key,
        state: &State,
        now_ms: i64,
    ) -> Option<(Arc<Caller>, i64)> {
        let mut entry = self.take(key)?;
        let is_standing = now_ms < entry.until_ms
            && entry.rev <= state.seq()
            && state.is_unchanged(&entry.caller, entry.rev);
        if !is_standing {
            return None;
        }
        entry.rev = state.seq();
        let found = (Arc::clone(&entry.caller), entry.rev);
        self.put(*key, entry);
        Some(found)
    }

    /// Keeps a caller until `until_ms`.
    pub(super) fn keep(&mut self, key: Key, caller: Caller, until_ms: i64) {
        drop(self.take(&key));
        let entry = Entry {
            rev: caller.rev,
            until_ms,
            bytes: size(&caller),
            caller: Arc::new(caller),
            token: None,
        };
        self.put(key, entry);
    }

    /// Lets go of a caller.
    pub(super) fn forget(&mut self, key: &Key) {
        drop(self.take(key));
    }

    /// Lets go of all.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Lets go of everybody who came with an access token.
    pub(super) fn clear_access_tokens(&mut self) {
        self.young.retain(|key, _| !key.is_of_token);
        self.old.retain(|key, _| !key.is_of_token);
        self.young_bytes = self.young.values().map(|entry| entry.bytes).sum();
        for entry in self.young.values_mut().chain(self.old.values_mut()) {
            entry.token = None;
        }
    }

    /// The access token that was made for a caller a moment ago, if this key signed it.
    pub(super) fn token(&self, key: &Key, kid: &str, now_ms: i64) -> Option<Arc<str>> {
        let entry = self.young.get(key).or_else(|| self.old.get(key))?;
        let made = entry.token.as_ref()?;
        let is_young = (0..TOKEN_REUSE_MS).contains(&(now_ms - made.at_ms));
        (is_young && made.kid == kid).then(|| Arc::clone(&made.token))
    }

    /// Keeps the access token that was made for a caller, if that is still the one who is kept.
    pub(super) fn put_token(&mut self, key: &Key, rev: i64, made: Made) {
        if let Some(mut entry) = self.take(key) {
            if entry.rev == rev && entry.token.is_none() {
                entry.bytes += made.token.len() + made.kid.len();
            }
            if entry.rev == rev {
                entry.token = Some(made);
            }
            self.put(*key, entry);
        }
    }

    fn take(&mut self, key: &Key) -> Option<Entry> {
        if let Some(entry) = self.young.remove(key) {
            self.young_bytes = self.young_bytes.saturating_sub(entry.bytes);
            return Some(entry);
        }
        self.old.remove(key)
    }

    fn put(&mut self, key: Key, entry: Entry) {
        if self.young.len() >= MAX_CALLERS || self.young_bytes + entry.bytes > MAX_BYTES {
            self.old = core::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += entry.bytes;
        self.young.insert(key, entry);
    }
}

/// About how much memory a caller takes, in bytes.
fn size(caller: &Caller) -> usize {
    const EACH: usize = 64;
    let user = &caller.user;
    let session = &caller.session;
    let roles = caller.tenants.iter().flat_map(|tenant| &tenant.roles);
    let permissions = roles.clone().flat_map(|role| &role.permissions);
    let attributes: usize = caller
        .attributes
        .iter()
        .map(|(name, value)| name.len() + value.to_string().len() + EACH)
        .sum();
    size_of::<Entry>()
        + size_of::<Caller>()
        + user.name.len()
        + user.email.len()
        + user.image.as_ref().map_or(0, String::len)
        + session.user_agent.len()
        + 8 * EACH
        + caller.grants.len() * 2 * EACH
        + caller.tenants.len() * 2 * EACH
        + roles.map(|role| role.name.len() + EACH).sum::<usize>()
        + permissions.map(|name| name.len() + EACH).sum::<usize>()
        + attributes
        + caller
            .api_key
            .as_ref()
            .map_or(0, |used| key_size(used, EACH))
}

fn key_size(used: &KeyUse, each: usize) -> usize {
    let metadata = used.key.metadata.as_ref();
    let metadata = metadata.and_then(|map| serde_json::to_string(map).ok());
    let scopes: usize = used.scopes.iter().map(|name| name.len() + each).sum();
    size_of::<KeyUse>()
        + size_of_val(&*used.key)
        + 2 * scopes
        + 8 * each
        + 4 * metadata.map_or(0, |text| text.len())
}
