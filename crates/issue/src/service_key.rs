//! Keys of services: long random texts that carry a checksum, of which only a hash is kept.
//!
//! `pcsk_`, 43 characters of `[A-Za-z0-9]` (256 bits), 6 characters of checksum: CRC-32 (ISO 3309, as
//! in gzip) over all before it, in base 62 with the digits `0-9A-Za-z`. A key that was mistyped or cut
//! off is told from one that isn't known, without a look-up; so can a scanner tell keys that leaked.
//! The checksum protects from accidents alone: whoever makes a key up can make it up as well.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Entropy;
use crate::random::alphanumeric;

/// How every key begins.
pub const PREFIX: &str = "pcsk_";
/// Length of a key in characters.
pub const KEY_CHARS: usize = PREFIX.len() + SECRET_CHARS + CHECKSUM_CHARS;

/// 43 characters of 62 are 256 bits.
const SECRET_CHARS: usize = 43;
/// 6 digits of base 62 hold 32 bits.
const CHECKSUM_CHARS: usize = 6;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A service's key. Hidden in `Debug`, wiped on drop.
#[derive(Clone)]
pub struct ServiceKey(Zeroizing<String>);

impl ServiceKey {
    /// Draws a new key.
    #[must_use]
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Self {
        let secret = Zeroizing::new(alphanumeric(entropy, SECRET_CHARS));
        let mut text = Zeroizing::new(String::with_capacity(KEY_CHARS));
        text.push_str(PREFIX);
        text.push_str(&secret);
        let sum = checksum(&text);
        text.push_str(&sum);
        Self(text)
    }

    /// Reads a key as a service sent it.
    ///
    /// # Errors
    /// [`ServiceKeyError`]: another kind of text, or a key with a mistake in it.
    pub fn parse(text: &str) -> Result<Self, ServiceKeyError> {
        let rest = text
            .strip_prefix(PREFIX)
            .ok_or(ServiceKeyError::NotAServiceKey)?;
        if text.len() != KEY_CHARS {
            return Err(ServiceKeyError::Length {
                actual_bytes: text.len(),
            });
        }
        if !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(ServiceKeyError::Character);
        }
        match text.split_at_checked(KEY_CHARS - CHECKSUM_CHARS) {
            Some((body, sum)) if checksum(body) == sum => Ok(Self(Zeroizing::new(text.to_owned()))),
            _ => Err(ServiceKeyError::Checksum),
        }
    }

    /// The key itself, to show once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The SHA-256 by which it is known: with 256 random bits there is nothing to guess.
    #[must_use]
    pub fn hash(&self) -> ServiceKeyHash {
        ServiceKeyHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceKey(hidden)")
    }
}

/// SHA-256 of a service's key; 43 characters of base64url without padding as text. It opens nothing,
/// so it may stand in a configuration.
#[derive(Clone, Copy)]
pub struct ServiceKeyHash([u8; 32]);

impl ServiceKeyHash {
    /// Reads the text form back.
    ///
    /// # Errors
    /// [`ServiceKeyHashError`] for anything but the canonical base64url of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, ServiceKeyHashError> {
        let mut bytes = [0; 32];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(bytes)),
            _ => Err(ServiceKeyHashError),
        }
    }
}

/// Timing (CWE-208): a comparison takes as long wherever two hashes differ.
impl PartialEq for ServiceKeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for ServiceKeyHash {}

impl fmt::Display for ServiceKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl fmt::Debug for ServiceKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceKeyHash({self})")
    }
}

/// Why a text is no key of a service. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceKeyError {
    /// It has a character outside `[A-Za-z0-9]`.
    Character,
    /// The checksum doesn't go with the rest: something was mistyped.
    Checksum,
    /// Something is missing or too much.
    Length {
        /// The length found, in bytes.
        actual_bytes: usize,
    },
    /// It doesn't begin with [`PREFIX`]: it is something else.
    NotAServiceKey,
}

impl fmt::Display for ServiceKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character => f.write_str("a service key has only letters and digits"),
            Self::Checksum => f.write_str("the checksum of the service key is wrong"),
            Self::Length { actual_bytes } => write!(
                f,
                "a service key has {KEY_CHARS} characters, this has {actual_bytes} bytes"
            ),
            Self::NotAServiceKey => write!(f, "a service key begins with `{PREFIX}`"),
        }
    }
}

impl core::error::Error for ServiceKeyError {}

/// The hash of a service's key is not the base64url of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceKeyHashError;

impl fmt::Display for ServiceKeyHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hash of a service key is 43 characters of base64url without padding")
    }
}

impl core::error::Error for ServiceKeyHashError {}

/// CRC-32 of a text as six digits of base 62.
pub(crate) fn checksum(text: &str) -> String {
    let mut rest = usize::try_from(crc32(text.as_bytes())).unwrap_or(0);
    let mut digits = ['0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS
            .get(rest % DIGITS.len())
            .map_or('0', |byte| char::from(*byte));
        rest /= DIGITS.len();
    }
    digits.iter().collect()
}

/// CRC-32 with the reversed polynomial `0xEDB88320` (RFC 1952 section 8).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let polynomial = if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            crc = (crc >> 1) ^ polynomial;
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    fn key() -> ServiceKey {
        ServiceKey::generate(&mut SeededEntropy::new(11))
    }

    #[test]
    fn crc32_is_that_of_the_published_check_value() {
        // Every catalogue of CRCs gives the value of these nine digits.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_checksum_is_six_digits_of_base_62_with_leading_zeros() {
        assert_eq!(checksum(""), "000000");
        // 0xCBF43926 = 3,421,780,262 = 3·62^5 + 45·62^4 + 35·62^3 + 27·62^2 + 22·62 + 14
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn a_key_that_was_drawn_is_read_back_with_the_same_hash() {
        let key = key();
        assert_eq!(key.expose().len(), KEY_CHARS);
        assert!(key.expose().starts_with("pcsk_"));
        let read = ServiceKey::parse(key.expose()).unwrap();
        assert_eq!(read.hash(), key.hash());
        let hash = ServiceKeyHash::parse(&key.hash().to_string()).unwrap();
        assert_eq!(hash, key.hash());
        assert_ne!(
            ServiceKey::generate(&mut SeededEntropy::new(12)).hash(),
            key.hash()
        );
    }

    #[test]
    fn a_key_with_any_one_character_changed_is_refused() {
        let text = key().expose().to_owned();
        for at in PREFIX.len()..KEY_CHARS {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                ServiceKey::parse(&changed).unwrap_err(),
                ServiceKeyError::Checksum
            );
        }
    }

    #[test]
    fn a_key_with_two_neighbours_swapped_is_refused() {
        let text = key().expose().to_owned();
        for at in PREFIX.len()..KEY_CHARS - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes.swap(at, at + 1);
            let swapped = String::from_utf8(bytes).unwrap();
            assert!(swapped == text || ServiceKey::parse(&swapped).is_err());
        }
    }

    #[test]
    fn a_text_that_is_no_key_is_told_from_one_that_is_cut_off() {
        let text = key().expose().to_owned();
        let cut = text.get(..KEY_CHARS - 1).unwrap();
        let actual_bytes = KEY_CHARS - 1;
        for (text, error) in [
            ("", ServiceKeyError::NotAServiceKey),
            ("Bearer", ServiceKeyError::NotAServiceKey),
            (cut, ServiceKeyError::Length { actual_bytes }),
            ("pcsk_", ServiceKeyError::Length { actual_bytes: 5 }),
            (
                text.replacen('_', "_-", 1).get(..KEY_CHARS).unwrap(),
                ServiceKeyError::Character,
            ),
        ] {
            assert_eq!(ServiceKey::parse(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", key()), "ServiceKey(hidden)");
    }

    #[test]
    fn a_hash_of_the_wrong_shape_is_refused() {
        let text = key().hash().to_string();
        for bad in [
            String::new(),
            format!("{text}="),
            text.replace(|c: char| c.is_ascii_digit(), ""),
        ] {
            let read = ServiceKeyHash::parse(&bad);
            assert!(read.is_err() || bad == text, "{bad}");
        }
    }
}
