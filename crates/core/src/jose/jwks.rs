//! A JWK Set (RFC 7517 section 5).

use alloc::{string::String, vec, vec::Vec};

use portcullis_es256::GeneratorTable;

use super::{Algorithm, JwkError, VerificationKey};
use crate::{
    json::{self, Map, Value},
    limits::{MAX_JWKS_BYTES, MAX_JWKS_KEYS},
};

/// The keys a caller trusts for one purpose.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<VerificationKey>,
    skipped: Vec<SkippedKey>,
}

/// A member of a JWK Set that wasn't taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its position in `keys`, counted from 0.
    pub index: usize,
    /// Its `kid`, if it has one that is a string.
    pub kid: Option<String>,
    /// Why it was skipped.
    pub error: JwkError,
}

impl KeySet {
    /// Takes one key alone.
    #[must_use]
    pub fn from_key(key: VerificationKey) -> Self {
        Self {
            keys: vec![key],
            skipped: Vec::new(),
        }
    }

    /// Reads a JWK Set from its JSON text of at most [`MAX_JWKS_BYTES`] bytes.
    ///
    /// # Errors
    /// [`JwkError::Json`], and as [`from_members`](Self::from_members).
    pub fn parse(text: &[u8]) -> Result<Self, JwkError> {
        let members = json::parse_object(text, MAX_JWKS_BYTES).map_err(JwkError::Json)?;
        Self::from_members(&members)
    }

    /// Reads a JWK Set from the members of its JSON object.
    ///
    /// Keys of unknown kinds, without required members, reserved for other uses or too weak are skipped
    /// (RFC 7517 section 5) and listed by [`skipped`](Self::skipped). A set may end up with no key at all. Keys with
    /// the same `kid` are all kept, and all tried.
    ///
    /// # Errors
    /// [`JwkError::MissingMember`] and [`JwkError::InvalidMember`] if `keys` isn't an array,
    /// [`JwkError::TooManyKeys`] above [`MAX_JWKS_KEYS`].
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, JwkError> {
        let Some(entries) = members.get("keys") else {
            return Err(JwkError::MissingMember { name: "keys" });
        };
        let entries = entries.as_array().ok_or(JwkError::InvalidMember {
            name: "keys",
            expected: "an array",
        })?;
        if entries.len() > MAX_JWKS_KEYS {
            return Err(JwkError::TooManyKeys {
                actual: entries.len(),
            });
        }
        let mut set = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let key = entry.as_object().ok_or(JwkError::InvalidMember {
                name: "keys",
                expected: "an array of objects",
            });
            match key.and_then(VerificationKey::from_members) {
                Ok(key) => set.keys.push(key),
                Err(error) => set.skipped.push(SkippedKey {
                    index,
                    kid: entry.get("kid").and_then(Value::as_str).map(String::from),
                    error,
                }),
            }
        }
        Ok(set)
    }

    /// Returns the keys taken, in the order of the set.
    #[must_use]
    pub fn keys(&self) -> &[VerificationKey] {
        &self.keys
    }

    /// Returns what was skipped, in the order of the set.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Lists the keys that may have made a signature of `algorithm` by the key `kid`.
    ///
    /// Those are the keys bound to `algorithm` whose own `kid` is the same or absent; without `kid`, all
    /// keys bound to `algorithm`.
    pub fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &VerificationKey> {
        self.keys.iter().filter(move |key| {
            let same_name = match (kid, key.kid()) {
                (Some(wanted), Some(own)) => wanted == own,
                (None, _) | (_, None) => true,
            };
            same_name && key.algorithm() == algorithm
        })
    }

    /// Makes the tables that speed up later verifications, for the ES256 keys.
    ///
    /// Takes a few milliseconds a key. The verdicts don't change.
    pub fn prepare(&mut self) {
        if self
            .keys
            .iter()
            .any(|key| key.algorithm() == Algorithm::Es256)
        {
            let generator = GeneratorTable::new();
            for key in &mut self.keys {
                key.prepare(&generator);
            }
        }
    }
}
