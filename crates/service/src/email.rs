//! An e-mail address as an account name.

use core::fmt;

use crate::shown::is_hidden;

/// Longest address in bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets).
const MAX_EMAIL_BYTES: usize = 254;

/// A lower-cased address of the form `local@domain`.
///
/// Only what a mistyped address would break is checked; whether it receives mail is for a message
/// to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address, lower-casing it.
    ///
    /// `None` for text that isn't one `@` between a local part and a dotted or plain domain, that
    /// has white space or control characters, or is longer than 254 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '@';
        let is_domain = !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains("..")
            && domain
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '.');
        let is_valid = text.len() <= MAX_EMAIL_BYTES
            && !local.is_empty()
            && local.chars().all(is_plain)
            && is_domain;
        is_valid.then(|| Self(text.to_lowercase()))
    }

    /// As [`Email::parse`], for an address that an account gets: nothing in it is hidden or turned around.
    /// Accounts that have such a one are found by it.
    #[must_use]
    pub fn parse_new(text: &str) -> Option<Self> {
        Self::parse(text).filter(|_| !text.chars().any(is_hidden))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_lower_cased() {
        assert_eq!(
            Email::parse("Ann.B@Example.ORG").unwrap().as_str(),
            "ann.b@example.org"
        );
        assert_eq!(Email::parse("watch@unit").unwrap().as_str(), "watch@unit");
    }

    #[test]
    fn text_that_is_not_an_address_is_refused() {
        for text in [
            "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@.b", "a@b.", "a\n@b", "a@b c",
        ] {
            assert!(Email::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn an_address_with_hidden_characters_is_found_and_given_to_nobody() {
        for text in [
            "an\u{200b}n@example.org",
            "\u{202e}ann@example.org",
            "ann\u{2069}@example.org",
            "ann\u{feff}@example.org",
            "علی\u{200c}رضا@example.org",
        ] {
            assert!(Email::parse(text).is_some(), "{text:?}");
            assert!(Email::parse_new(text).is_none(), "{text:?}");
        }
        for text in ["ann@example.org", "åse@bücher.example", "علی@example.org"] {
            assert_eq!(Email::parse_new(text), Email::parse(text));
            assert!(Email::parse_new(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn an_address_of_254_bytes_is_accepted_and_one_of_255_is_not() {
        let of = |length: usize| format!("{}@b.c", "a".repeat(length - 4));
        assert!(Email::parse(&of(254)).is_some());
        assert!(Email::parse(&of(255)).is_none());
    }
}
