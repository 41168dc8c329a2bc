//! Texts that people type, checked.

use super::Refused;
use super::access::refuse;
use crate::Error;

/// Longest name of a tenant or a role, in characters.
const MAX_NAME_CHARS: usize = 100;
/// Longest description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 500;
/// Longest slug, in bytes.
const MAX_SLUG_BYTES: usize = 63;

/// Whether a tenant or a role can have this name: 1 to 100 characters, no control characters.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= MAX_NAME_CHARS
        && !text.chars().any(char::is_control)
}

/// Whether a tenant can have this slug: 1 to 63 letters a to z, digits and `-`, which isn't at an end.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_SLUG_BYTES
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A name without space around it.
///
/// # Errors
/// [`Refused::Value`].
pub(super) fn name(text: &str) -> Result<String, Error> {
    let name = text.trim();
    if is_name(name) {
        Ok(name.to_owned())
    } else {
        Err(refuse(Refused::Value(
            "name",
            "a text of 1 to 100 characters without control characters",
        )))
    }
}

/// # Errors
/// [`Refused::Value`].
pub(super) fn description(text: &str) -> Result<String, Error> {
    let is_clean = |c: char| !c.is_control() || c == '\n';
    if text.chars().count() <= MAX_DESCRIPTION_CHARS && text.chars().all(is_clean) {
        Ok(text.to_owned())
    } else {
        Err(refuse(Refused::Value(
            "description",
            "a text of at most 500 characters without control characters",
        )))
    }
}

/// A slug as it was typed.
///
/// # Errors
/// [`Refused::Value`].
pub(super) fn slug(text: &str) -> Result<String, Error> {
    if is_slug(text) {
        Ok(text.to_owned())
    } else {
        Err(refuse(Refused::Value(
            "slug",
            "1 to 63 letters a to z, digits and `-`, not at an end",
        )))
    }
}

/// A slug out of a name, told from others by a part of an id.
pub(super) fn slug_of(name: &str, id: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(MAX_SLUG_BYTES - 9) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let suffix: String = id.chars().take(8).collect();
    format!(
        "{}-{}",
        if slug.is_empty() {
            "tenant"
        } else {
            slug.trim_end_matches('-')
        },
        suffix.to_ascii_lowercase()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_100_characters_is_taken_and_one_of_101_is_not() {
        assert!(name(&"é".repeat(100)).is_ok());
        assert!(name(&"é".repeat(101)).is_err());
        assert_eq!(name("  Acme  ").unwrap(), "Acme");
        for text in ["", "   ", "a\nb", "a\u{7}"] {
            assert!(name(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_slug_of_63_bytes_is_taken_and_one_of_64_is_not() {
        assert!(slug(&"a".repeat(63)).is_ok());
        assert!(slug(&"a".repeat(64)).is_err());
        for text in ["", "A", "a b", "-a", "a-", "é"] {
            assert!(slug(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_slug_that_is_made_is_one() {
        for text in ["Acme & Söhne", "!!!", &"x".repeat(500), "a-"] {
            let made = slug_of(text, "ABCDEFGHIJ");
            assert_eq!(slug(&made).unwrap(), made);
            assert!(made.ends_with("-abcdefgh"), "{made}");
        }
    }
}
