//! Where something happens: a path of scopes from wide to narrow.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Code;
use crate::policy::{Depth, GLOBAL, Policy};

/// Longest id of a scope in bytes.
const MAX_SCOPE_ID_BYTES: usize = 128;

/// A scope as callers write it: `"state:ca/team:t7"`, or `{"state": "ca", "team": "t7"}`.
///
/// The empty text, the empty object and `"global"` are the global scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RawScope {
    /// Levels from wide to narrow, `level:id`, joined by `/`.
    Text(String),
    /// Ids by level, each level once, in any order.
    #[serde(with = "members")]
    Members(Vec<(String, String)>),
}

/// A list of pairs as a JSON object; of a member that is there twice the last one counts.
mod members {
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    use serde::{Deserialize, Deserializer, Serializer};

    type Pairs = Vec<(String, String)>;

    pub(super) fn serialize<S: Serializer>(pairs: &Pairs, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(pairs.iter().map(|(level, id)| (level, id)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Pairs, D::Error> {
        let members = BTreeMap::<String, String>::deserialize(from)?;
        Ok(members.into_iter().collect())
    }
}

impl RawScope {
    /// The global scope.
    #[must_use]
    pub const fn global() -> Self {
        Self::Text(String::new())
    }
}

impl fmt::Display for RawScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Members(members) => {
                let mut before = "";
                for (level, id) in members {
                    for part in [before, level, ":", id] {
                        f.write_str(part)?;
                    }
                    before = "/";
                }
                Ok(())
            }
        }
    }
}

/// A scope of a given policy: the ids from the widest level down to its own, where known.
///
/// Ancestors may be unknown (`team:t7` alone); then grants on ancestors don't reach it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopePath {
    /// INVARIANT: the last one, if any, is `Some`.
    ids: Vec<Option<String>>,
    /// Of each id, 0 where it isn't known; computed once, so that look-ups compare numbers first.
    hashes: Vec<u64>,
}

impl ScopePath {
    /// The scope that contains all others.
    #[must_use]
    pub const fn global() -> Self {
        Self {
            ids: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// A path of ids as they are, by depth from the widest level on.
    ///
    /// For ids that come from the host's own records: they need not be written as ids of scopes.
    pub(crate) fn from_ids(mut ids: Vec<Option<String>>) -> Self {
        while ids.last().is_some_and(Option::is_none) {
            ids.pop();
        }
        let hashes = (1..)
            .zip(&ids)
            .map(|(depth, id)| id.as_ref().map_or(0, |id| hash(depth, id)))
            .collect();
        Self { ids, hashes }
    }

    /// Reads a scope as written by a caller.
    ///
    /// # Errors
    /// [`Code::UnknownScopeLevel`] for a level that the policy doesn't have;
    /// [`Code::MalformedScope`] for levels out of order or repeated, and for ids that are empty,
    /// longer than 128 bytes, or have characters other than ASCII letters, digits, `_`, `-`, `.`
    /// and `@`.
    pub fn parse(policy: &Policy, raw: &RawScope) -> Result<Self, Code> {
        match raw {
            RawScope::Text(text) => Self::parse_text(policy, text),
            RawScope::Members(members) => {
                let mut ids = alloc::vec![None; policy.levels().len()];
                for (level, id) in members {
                    let depth = usize::from(level_depth(policy, level)?);
                    if let Some(slot) = ids.get_mut(depth) {
                        *slot = Some(id.as_str());
                    }
                }
                let known = (0..).zip(ids).filter_map(|(depth, id)| Some((depth, id?)));
                Self::from_pairs(known)
            }
        }
    }

    /// As [`Self::parse`], from text.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_text(policy: &Policy, text: &str) -> Result<Self, Code> {
        if text.is_empty() || text == GLOBAL {
            return Ok(Self::global());
        }
        let pairs = text
            .split('/')
            .map(|part| {
                let (level, id) = part.split_once(':').ok_or(Code::MalformedScope)?;
                Ok((level_depth(policy, level)?, id))
            })
            .collect::<Result<Vec<_>, Code>>()?;
        Self::from_pairs(pairs.into_iter())
    }

    fn from_pairs<'a>(pairs: impl Iterator<Item = (Depth, &'a str)>) -> Result<Self, Code> {
        let mut ids = Vec::new();
        for (depth, id) in pairs {
            let above = usize::from(depth).saturating_sub(1);
            if ids.len() > above || !is_scope_id(id) {
                return Err(Code::MalformedScope);
            }
            ids.resize(above, None);
            ids.push(Some(id.to_string()));
        }
        Ok(Self::from_ids(ids))
    }

    /// The scope with this id at this level, nothing known above it.
    pub(crate) fn at_level(policy: &Policy, level: &str, id: &str) -> Result<Self, Code> {
        Self::from_pairs(core::iter::once((level_depth(policy, level)?, id)))
    }

    /// How deep it lies; 0 is global.
    #[must_use]
    pub fn depth(&self) -> Depth {
        // INVARIANT: a policy has at most eight levels.
        Depth::try_from(self.ids.len()).unwrap_or(Depth::MAX)
    }

    /// The id at `depth`, where known; `None` for global.
    #[must_use]
    pub fn id_at(&self, depth: Depth) -> Option<&str> {
        self.ids.get(usize::from(depth).checked_sub(1)?)?.as_deref()
    }

    /// Its own id; empty for global.
    #[must_use]
    pub fn leaf(&self) -> &str {
        self.ids.last().and_then(Option::as_deref).unwrap_or("")
    }

    /// The hash and the id at `depth`, where known; `None` for global.
    #[inline]
    pub(crate) fn known(&self, depth: Depth) -> Option<(u64, &str)> {
        let at = usize::from(depth).checked_sub(1)?;
        Some((*self.hashes.get(at)?, self.ids.get(at)?.as_deref()?))
    }

    /// The hash of its own id; 0 for global.
    pub(crate) fn leaf_hash(&self) -> u64 {
        self.hashes.last().copied().unwrap_or(0)
    }

    /// The scope at `depth` on this path, itself included; `None` where the id isn't known.
    #[must_use]
    pub fn ancestor(&self, depth: Depth) -> Option<Self> {
        let ids = self.ids.get(..usize::from(depth))?;
        let is_known = depth == 0 || ids.last().is_some_and(Option::is_some);
        is_known.then(|| Self::from_ids(ids.to_vec()))
    }

    /// Whether a grant here covers `scope`: the same id at this depth, and none above that differs.
    pub(crate) fn covers(&self, scope: &Self) -> bool {
        let depth = self.depth();
        (depth == 0 || scope.id_at(depth) == Some(self.leaf())) && self.agrees_above(scope, depth)
    }

    /// As [`Self::covers`], for who has the id of `scope` at `depth` at hand.
    #[inline]
    pub(crate) fn is_at(&self, depth: Depth, id: &str, scope: &Self) -> bool {
        self.ids.len() == usize::from(depth)
            && is_same(self.leaf(), id)
            && self.agrees_above(scope, depth)
    }

    /// Whether a caller could write every id of it.
    pub(crate) fn is_writable(&self) -> bool {
        self.ids.iter().flatten().all(|id| is_scope_id(id))
    }

    /// Whether the two agree wherever both know an id above `depth`.
    #[inline]
    pub(crate) fn agrees_above(&self, other: &Self, depth: Depth) -> bool {
        self.ids
            .iter()
            .zip(&other.ids)
            .take(usize::from(depth).saturating_sub(1))
            .all(|(mine, theirs)| match (mine, theirs) {
                (Some(mine), Some(theirs)) => is_same(mine, theirs),
                _ => true,
            })
    }

    /// The text that [`Self::parse_text`] reads back; empty for global.
    #[must_use]
    pub fn to_text(&self, policy: &Policy) -> String {
        let mut text = String::new();
        for (level, id) in policy.levels().iter().skip(1).zip(&self.ids) {
            if let Some(id) = id {
                if !text.is_empty() {
                    text.push('/');
                }
                text.push_str(level);
                text.push(':');
                text.push_str(id);
            }
        }
        text
    }
}

fn level_depth(policy: &Policy, level: &str) -> Result<Depth, Code> {
    match policy.depth(level) {
        Some(0) => Err(Code::MalformedScope),
        Some(depth) => Ok(depth),
        None => Err(Code::UnknownScopeLevel),
    }
}

fn is_scope_id(id: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte);
    !id.is_empty() && id.len() <= MAX_SCOPE_ID_BYTES && id.bytes().all(is_valid)
}

/// Equality of two ids, mostly short ones: a call of `memcmp` costs more than comparing them.
#[inline]
fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    match a.len() {
        length if length != b.len() => false,
        4..=8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        9..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        0..=3 => a.iter().eq(b),
        _ => a == b,
    }
}

/// Spreads ids over 64 bits (FNV-1a, then a multiplication that carries into the high bits).
///
/// Ids that someone made to collide cost a binary search among them and no more: what has the same
/// hash is compared as text.
fn hash(depth: Depth, id: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ u64::from(depth);
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Each length that is compared in a way of its own, and both ends of it.
    #[test]
    fn ids_are_the_same_only_if_every_byte_is() {
        for length in (0..=20).chain([127, 128]) {
            let id: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap_or_default();
            assert!(is_same(&text(&id), &text(&id)), "{length}");
            assert!(!is_same(&text(&id), &(text(&id) + "x")), "{length}");
            for at in 0..length {
                let mut other = id.clone();
                if let Some(byte) = other.get_mut(at) {
                    *byte = b'_';
                }
                assert!(!is_same(&text(&id), &text(&other)), "{length}, byte {at}");
            }
        }
    }
}
