//! Values that open something once: what a link in a mail carries, and codes that a person types.
//!
//! Only the SHA-256 of one is stored. With at least 140 random bits there is nothing to guess, so a
//! plain hash is enough (OWASP ASVS 6.5.2 asks for 112 bits).

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Entropy;
use crate::random::{alphanumeric, random_bytes};

/// Length of what a link carries, in characters of `[A-Za-z0-9]`: 190 bits.
const LINK_CHARS: usize = 32;
/// Length of a code without its hyphens, in characters of [`CODE_ALPHABET`]: 140 bits.
const CODE_CHARS: usize = 28;
/// Characters between hyphens of a code.
const GROUP_CHARS: usize = 4;
/// Longest text that is looked at: a code with a separator after every character.
const MAX_TEXT_BYTES: usize = 64;
/// Crockford's base32: digits and letters that can't be taken for each other.
const CODE_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A value that opens something once; hidden in `Debug`, wiped on drop.
#[derive(Clone)]
pub struct OneTimeSecret {
    text: Zeroizing<String>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Link,
}

impl OneTimeSecret {
    /// Draws what a link carries: 32 characters of `[A-Za-z0-9]`.
    #[must_use]
    pub fn link(entropy: &mut (impl Entropy + ?Sized)) -> Self {
        Self {
            text: Zeroizing::new(alphanumeric(entropy, LINK_CHARS)),
            kind: Kind::Link,
        }
    }

    /// Draws a code for a person to read out and type: 28 characters of Crockford's base32.
    #[must_use]
    pub fn code(entropy: &mut (impl Entropy + ?Sized)) -> Self {
        let drawn = Zeroizing::new(random_bytes::<CODE_CHARS>(entropy));
        let letter = |byte: &u8| CODE_ALPHABET.get(usize::from(byte % 32)).copied();
        let text = drawn.iter().filter_map(letter).map(char::from).collect();
        Self {
            text: Zeroizing::new(text),
            kind: Kind::Code,
        }
    }

    /// Reads what somebody came with; `None` for what neither can be.
    ///
    /// A code counts in any case, with any hyphens and spaces, and with `O` for `0` and `I` or `L`
    /// for `1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        if text.len() == LINK_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Some(Self {
                text: Zeroizing::new(text.to_owned()),
                kind: Kind::Link,
            });
        }
        let typed = text.chars().filter(|c| !matches!(c, '-' | ' '));
        let canonical: Option<String> = typed.map(code_character).collect();
        let canonical = Zeroizing::new(canonical?);
        (canonical.len() == CODE_CHARS).then_some(Self {
            text: canonical,
            kind: Kind::Code,
        })
    }

    /// The value for the one message that carries it; a code has hyphens between groups of four.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        if self.kind == Kind::Link {
            return self.text.clone();
        }
        let mut grouped = Zeroizing::new(String::new());
        for (index, c) in self.text.chars().enumerate() {
            if index > 0 && index.is_multiple_of(GROUP_CHARS) {
                grouped.push('-');
            }
            grouped.push(c);
        }
        grouped
    }

    /// The SHA-256 by which it is found, as 43 characters of base64url.
    #[must_use]
    pub fn hash(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(self.text.as_bytes()))
    }
}

impl fmt::Debug for OneTimeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeSecret(hidden)")
    }
}

/// The character that is meant; `None` for one that codes don't have.
fn code_character(typed: char) -> Option<char> {
    let meant = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let is_known = u8::try_from(meant).is_ok_and(|byte| CODE_ALPHABET.contains(&byte));
    is_known.then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn a_link_is_read_back_and_hashed_alike_and_a_changed_one_is_not() {
        let link = OneTimeSecret::link(&mut SeededEntropy::new(1));
        let text = link.expose();
        assert_eq!(text.len(), 32);
        assert_eq!(
            OneTimeSecret::parse(&format!(" {}\n", *text))
                .unwrap()
                .hash(),
            link.hash()
        );
        let other = OneTimeSecret::parse(&text.to_ascii_lowercase()).unwrap();
        assert_ne!(other.hash(), link.hash(), "the case of a link counts");
    }

    #[test]
    fn a_code_counts_however_it_is_typed() {
        let code = OneTimeSecret::code(&mut SeededEntropy::new(2));
        let shown = code.expose();
        assert_eq!(shown.len(), 34);
        assert!(shown.split('-').all(|group| group.len() == 4));
        for typed in [
            shown.to_string(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            shown.replace('0', "o").replace('1', "l"),
            shown.replace('1', "I"),
        ] {
            let read = OneTimeSecret::parse(&typed).unwrap();
            assert_eq!(read.hash(), code.hash(), "{typed}");
        }
    }

    #[test]
    fn what_can_be_neither_is_refused() {
        let code = OneTimeSecret::code(&mut SeededEntropy::new(3)).expose();
        for text in [
            String::new(),
            "a".repeat(31),
            "a".repeat(33),
            code.replace('-', "_"),
            format!("{}U", code.get(..33).unwrap()),
            code.get(..33).unwrap().to_owned(),
            format!("{}é", "a".repeat(30)),
            "-".repeat(65),
        ] {
            assert!(OneTimeSecret::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn codes_use_every_character_of_the_alphabet_and_differ() {
        let mut entropy = SeededEntropy::new(4);
        let codes: Vec<_> = (0..64).map(|_| OneTimeSecret::code(&mut entropy)).collect();
        let all: String = codes.iter().map(|code| code.text.to_string()).collect();
        assert!(
            CODE_ALPHABET
                .iter()
                .all(|byte| all.contains(char::from(*byte)))
        );
        let hashes: std::collections::BTreeSet<_> = codes.iter().map(OneTimeSecret::hash).collect();
        assert_eq!(hashes.len(), 64);
        assert_eq!(
            format!("{:?}", codes.first().unwrap()),
            "OneTimeSecret(hidden)"
        );
    }
}
