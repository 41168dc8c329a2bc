//! API keys: long random texts with a prefix that says whose they are, and a checksum. Only a hash is kept.
//!
//! A prefix, 58 characters of `[A-Za-z0-9]` (345 bits), 6 characters of checksum: CRC-32 (ISO 3309, as
//! in gzip) over all before it, in base 62 with the digits `0-9A-Za-z`. A key that was mistyped or cut
//! off is refused with no look-up, and a scanner of source code tells a leaked key from a random word by
//! the checksum: `pk_[0-9A-Za-z]{64}` with the prefix `pk_`, in general
//! `[A-Za-z0-9_-]{1,32}[0-9A-Za-z]{64}`. The checksum protects from accidents alone: whoever makes a key
//! up can make it up as well.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Entropy;
use crate::random::alphanumeric;
use crate::service_key::checksum;

/// The prefix when nobody chooses another.
pub const DEFAULT_PREFIX: &str = "pk_";
/// Longest prefix, in characters.
pub const MAX_PREFIX_CHARS: usize = 32;
/// Characters after the prefix. Clients of the protocol refuse keys of fewer than 64.
pub const BODY_CHARS: usize = SECRET_CHARS + CHECKSUM_CHARS;
/// Characters of a key that are kept to tell it from others: they include the prefix.
pub const START_CHARS: usize = 6;

/// 58 characters of 62 are 345 bits.
const SECRET_CHARS: usize = 58;
/// 6 digits of base 62 hold 32 bits.
const CHECKSUM_CHARS: usize = 6;

/// An API key. Hidden in `Debug`, wiped on drop.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`ApiKeyError::Prefix`] for one that isn't 1 to 32 characters of `[A-Za-z0-9_-]`.
    pub fn generate(
        prefix: &str,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Self, ApiKeyError> {
        if !is_prefix(prefix) {
            return Err(ApiKeyError::Prefix);
        }
        let secret = Zeroizing::new(alphanumeric(entropy, SECRET_CHARS));
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + BODY_CHARS));
        text.push_str(prefix);
        text.push_str(&secret);
        let sum = checksum(&text);
        text.push_str(&sum);
        Ok(Self(text))
    }

    /// Reads a key as a caller sent it.
    ///
    /// # Errors
    /// [`ApiKeyError`]: another kind of text, or a key with a mistake in it.
    ///
    /// # Examples
    /// ```
    /// use portcullis_issue::api_key::{ApiKey, ApiKeyError};
    ///
    /// let cut_off = "pk_0123456789";
    /// assert_eq!(ApiKey::parse(cut_off).unwrap_err(), ApiKeyError::TooShort);
    /// ```
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let Some(prefix_len) = text.len().checked_sub(BODY_CHARS) else {
            return Err(ApiKeyError::TooShort);
        };
        let (prefix, body) = text
            .split_at_checked(prefix_len)
            .ok_or(ApiKeyError::Character)?;
        if !is_prefix(prefix) {
            return Err(ApiKeyError::Prefix);
        }
        if !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(ApiKeyError::Character);
        }
        match text.split_at_checked(text.len() - CHECKSUM_CHARS) {
            Some((rest, sum)) if checksum(rest) == sum => Ok(Self(Zeroizing::new(text.to_owned()))),
            _ => Err(ApiKeyError::Checksum),
        }
    }

    /// The key itself, to show once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its first characters, the prefix among them, by which people tell it from others.
    #[must_use]
    pub fn start(&self) -> &str {
        self.0.get(..START_CHARS).unwrap_or_default()
    }

    /// The SHA-256 by which it is known: with this many random bits there is nothing to guess, so a slow
    /// hash would protect nothing (OWASP ASVS 6.5.2).
    #[must_use]
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

/// SHA-256 of an API key; 43 characters of base64url without padding as text. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyHash({self})")
    }
}

/// Whether a text may stand before a key: 1 to 32 characters of `[A-Za-z0-9_-]`.
#[must_use]
pub fn is_prefix(text: &str) -> bool {
    (1..=MAX_PREFIX_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Why a text is no API key. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyError {
    /// It has a character outside `[A-Za-z0-9]` after its prefix.
    Character,
    /// The checksum doesn't go with the rest: something was mistyped.
    Checksum,
    /// What stands before the key isn't 1 to 32 characters of `[A-Za-z0-9_-]`.
    Prefix,
    /// Fewer characters than any key has.
    TooShort,
}

impl fmt::Display for ApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character => {
                f.write_str("an API key has only letters and digits after its prefix")
            }
            Self::Checksum => f.write_str("the checksum of the API key is wrong"),
            Self::Prefix => write!(
                f,
                "the prefix of an API key is 1 to {MAX_PREFIX_CHARS} letters, digits, _ and -"
            ),
            Self::TooShort => write!(
                f,
                "an API key has {BODY_CHARS} characters after its prefix, this has fewer in all"
            ),
        }
    }
}

impl core::error::Error for ApiKeyError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    fn key() -> ApiKey {
        ApiKey::generate(DEFAULT_PREFIX, &mut SeededEntropy::new(11)).unwrap()
    }

    #[test]
    fn a_key_that_was_drawn_is_read_back_with_the_same_hash() {
        let key = key();
        assert_eq!(key.expose().len(), 67);
        assert_eq!(key.start().len(), 6);
        assert!(key.start().starts_with("pk_") && key.expose().starts_with(key.start()));
        let read = ApiKey::parse(key.expose()).unwrap();
        assert_eq!(read.hash(), key.hash());
        assert_eq!(key.hash().to_string().len(), 43);
        let other = ApiKey::generate("pk_", &mut SeededEntropy::new(12)).unwrap();
        assert_ne!(other.hash(), key.hash());
    }

    #[test]
    fn a_hash_is_the_sha256_of_the_text_as_base64url() {
        // printf %s "$key" | openssl dgst -sha256 -binary | basenc --base64url
        let text = format!("x_{}", "A".repeat(58));
        let text = format!("{text}{}", checksum(&text));
        let hash = ApiKey::parse(&text).unwrap().hash();
        let expected: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        assert_eq!(hash.as_bytes(), &expected);
        assert_eq!(
            hash.to_string(),
            Base64UrlUnpadded::encode_string(&expected)
        );
    }

    #[test]
    fn a_prefix_has_1_to_32_characters_and_none_but_letters_digits_and_two_signs() {
        let longest = "a".repeat(32);
        for prefix in ["p", "pk_", "Acme-kiosk_9-", &longest] {
            let key = ApiKey::generate(prefix, &mut SeededEntropy::new(1)).unwrap();
            assert_eq!(key.expose().len(), prefix.len() + BODY_CHARS);
            assert_eq!(ApiKey::parse(key.expose()).unwrap().hash(), key.hash());
        }
        let too_long = "a".repeat(33);
        for prefix in ["", "pk.", "a b", "é", &too_long] {
            let drawn = ApiKey::generate(prefix, &mut SeededEntropy::new(1));
            assert_eq!(drawn.unwrap_err(), ApiKeyError::Prefix, "{prefix:?}");
        }
    }

    #[test]
    fn a_key_with_any_one_character_changed_is_refused() {
        let text = key().expose().to_owned();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                ApiKey::parse(&changed).unwrap_err(),
                ApiKeyError::Checksum,
                "{at}"
            );
        }
    }

    #[test]
    fn a_key_with_two_neighbours_swapped_or_one_character_lost_is_refused() {
        let text = key().expose().to_owned();
        for at in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes.swap(at, at + 1);
            let swapped = String::from_utf8(bytes).unwrap();
            assert!(swapped == text || ApiKey::parse(&swapped).is_err());
            let mut shorter = text.clone();
            shorter.remove(at);
            assert!(ApiKey::parse(&shorter).is_err(), "{at}");
        }
    }

    #[test]
    fn other_texts_are_told_from_mistyped_keys() {
        let text = key().expose().to_owned();
        for (text, error) in [
            (String::new(), ApiKeyError::TooShort),
            ("a".repeat(63), ApiKeyError::TooShort),
            ("a".repeat(64), ApiKeyError::Prefix),
            ("é".repeat(40), ApiKeyError::Prefix),
            (format!("x{}", "é".repeat(32)), ApiKeyError::Character),
            (format!("{}{text}", "a".repeat(30)), ApiKeyError::Prefix),
            (text.replace('_', ".-"), ApiKeyError::Prefix),
            (format!("{text} "), ApiKeyError::Character),
            (format!("{text}\n"), ApiKeyError::Character),
        ] {
            assert_eq!(ApiKey::parse(&text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", key()), "ApiKey(hidden)");
    }
}
