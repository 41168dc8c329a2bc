//! Identities as they are written.

use super::Refused;
use crate::shown::is_shown;

/// Longest name of a network, in bytes.
const MAX_NETWORK_BYTES: usize = 32;
/// Longest id of somebody in a network, in bytes.
pub const MAX_EXTERNAL_ID_BYTES: usize = 128;
/// Longest name of somebody in a network, in characters.
pub const MAX_DISPLAY_NAME_CHARS: usize = 100;

/// Somebody in a chat network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    network: String,
    external_id: String,
}

impl Identity {
    /// An identity by its network, such as `discord`, and the id that it has there.
    ///
    /// # Errors
    /// [`Refused::Invalid`] for a network that [`is_network`] refuses, and for an id that isn't 1 to 128
    /// printable ASCII characters without spaces.
    pub fn new(network: &str, external_id: &str) -> Result<Self, Refused> {
        if !is_network(network) {
            return Err(Refused::Invalid(format!(
                "[body.network] Invalid input: expected 1 to {MAX_NETWORK_BYTES} of a-z 0-9 . _ -"
            )));
        }
        let is_id = (1..=MAX_EXTERNAL_ID_BYTES).contains(&external_id.len())
            && external_id.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_id {
            return Err(Refused::Invalid(format!(
                "[body.externalId] Invalid input: expected 1 to {MAX_EXTERNAL_ID_BYTES} printable \
                 ASCII characters"
            )));
        }
        Ok(Self {
            network: network.to_owned(),
            external_id: external_id.to_owned(),
        })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }

    /// Its id there.
    #[must_use]
    pub fn external_id(&self) -> &str {
        &self.external_id
    }
}

/// Whether a text names a network: 1 to 32 lower-case letters, digits, `.`, `_`, `-`.
#[must_use]
pub fn is_network(text: &str) -> bool {
    is_name(text, MAX_NETWORK_BYTES)
}

pub(super) fn is_name(text: &str, max_bytes: usize) -> bool {
    (1..=max_bytes).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
        })
}

/// A name for people, or nothing for one without a visible character.
pub(super) fn display_name(text: &str) -> Result<Option<String>, Refused> {
    let text = text.trim();
    // A name is shown to people: nothing in it may turn text around or break lines.
    if text.chars().count() > MAX_DISPLAY_NAME_CHARS || !is_shown(text) {
        return Err(Refused::Invalid(format!(
            "[body.displayName] Invalid input: expected at most {MAX_DISPLAY_NAME_CHARS} characters, \
             none of them control characters"
        )));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_at_its_longest_is_taken_and_one_byte_more_is_not() {
        let (network, id) = ("n".repeat(32), "1".repeat(128));
        let identity = Identity::new(&network, &id).unwrap();
        assert_eq!(
            (identity.network(), identity.external_id()),
            (&*network, &*id)
        );
        for (network, id) in [
            (&*"n".repeat(33), "1"),
            ("discord", &*"1".repeat(129)),
            ("", "1"),
            ("discord", ""),
            ("Discord", "1"),
            ("dis cord", "1"),
            ("discord", "1 2"),
            ("discord", "1\n"),
            ("discord", "é"),
        ] {
            let refused = Identity::new(network, id).unwrap_err();
            assert!(matches!(refused, Refused::Invalid(_)), "{network} {id}");
        }
    }

    #[test]
    fn a_display_name_can_neither_break_a_line_nor_turn_text_around() {
        assert_eq!(display_name(" Ann é ").unwrap().as_deref(), Some("Ann é"));
        assert_eq!(display_name("  ").unwrap(), None);
        assert!(display_name(&"é".repeat(100)).is_ok());
        for text in [&*"é".repeat(101), "a\nb", "a\u{202e}b", "a\u{2066}b"] {
            assert!(display_name(text).is_err(), "{text:?}");
        }
    }
}
