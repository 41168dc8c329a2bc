//! Opaque session tokens, of which only a hash is stored.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Entropy;
use crate::random::alphanumeric;

/// Length of a session token in characters.
pub const TOKEN_CHARS: usize = 32;

/// A session token: 32 characters of `[A-Za-z0-9]`, 190 bits.
///
/// Whoever has it is signed in, so it is hidden in `Debug`, wiped on drop, compared in constant
/// time, and stored nowhere: a row holds its [`TokenHash`].
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

impl SessionToken {
    /// Draws a new token.
    #[must_use]
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Self {
        Self(Zeroizing::new(alphanumeric(entropy, TOKEN_CHARS)))
    }

    /// Reads a token as a client sent it.
    ///
    /// # Errors
    /// [`SessionTokenError`] if it is not exactly 32 characters of `[A-Za-z0-9]`.
    pub fn parse(text: &str) -> Result<Self, SessionTokenError> {
        if text.len() != TOKEN_CHARS {
            return Err(SessionTokenError::Length {
                actual_bytes: text.len(),
            });
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SessionTokenError::Character);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The token itself, for the one cookie or response that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The SHA-256 by which the session is found.
    ///
    /// A plain hash is enough: with 190 random bits there is nothing to guess, unlike a password.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(hidden)")
    }
}

impl PartialEq for SessionToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for SessionToken {}

/// The SHA-256 of a session token; 43 characters of base64url without padding as text.
///
/// It opens nothing by itself, so it may be stored and logged.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token of another form.
    pub(crate) fn of(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Reads the text form back.
    ///
    /// # Errors
    /// [`TokenHashError`] if it is not the canonical base64url of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, TokenHashError> {
        let mut bytes = [0; 32];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(bytes)),
            _ => Err(TokenHashError),
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({self})")
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

/// Why a text is no session token. The text itself is not repeated: it may be nearly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionTokenError {
    /// It has the wrong length.
    Length {
        /// The length found, in bytes.
        actual_bytes: usize,
    },
    /// It has a character outside `[A-Za-z0-9]`.
    Character,
}

impl fmt::Display for SessionTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { actual_bytes } => write!(
                f,
                "a session token has {TOKEN_CHARS} characters, this has {actual_bytes} bytes"
            ),
            Self::Character => f.write_str("a session token has only letters and digits"),
        }
    }
}

impl core::error::Error for SessionTokenError {}

/// A stored token hash is not the base64url of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHashError;

impl fmt::Display for TokenHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token hash is 43 characters of base64url without padding")
    }
}

impl core::error::Error for TokenHashError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    const TEXT: &str = "0QvRPQFsabcdefghijklmnopqrstCcwr";

    #[test]
    fn generated_token_parses_back_to_itself() {
        let token = SessionToken::generate(&mut SeededEntropy::new(3));
        assert_eq!(SessionToken::parse(token.expose()), Ok(token));
    }

    #[test]
    fn tokens_drawn_one_after_the_other_differ() {
        let mut entropy = SeededEntropy::new(3);
        assert_ne!(
            SessionToken::generate(&mut entropy),
            SessionToken::generate(&mut entropy)
        );
    }

    #[test]
    fn token_of_31_or_33_characters_is_refused() {
        for text in [
            "0QvRPQFsabcdefghijklmnopqrstCcw",
            "0QvRPQFsabcdefghijklmnopqrstCcwrX",
            "",
        ] {
            assert_eq!(
                SessionToken::parse(text),
                Err(SessionTokenError::Length {
                    actual_bytes: text.len()
                })
            );
        }
        assert_eq!(
            SessionTokenError::Length { actual_bytes: 31 }.to_string(),
            "a session token has 32 characters, this has 31 bytes"
        );
    }

    #[test]
    fn token_with_any_other_character_is_refused() {
        for odd in ['-', '_', '.', ' ', '\n', '\0', '%'] {
            let text = TEXT.replacen('Q', &odd.to_string(), 1);
            assert_eq!(
                SessionToken::parse(&text),
                Err(SessionTokenError::Character)
            );
        }
        assert_eq!(
            SessionTokenError::Character.to_string(),
            "a session token has only letters and digits"
        );
        // 32 bytes, fewer characters
        assert_eq!(
            SessionToken::parse(&format!("é{}", "a".repeat(30))),
            Err(SessionTokenError::Character)
        );
    }

    #[test]
    fn hash_is_the_sha256_of_the_text() {
        // printf %s 0QvR…Ccwr | openssl dgst -sha256 -binary | basenc --base64url
        let hash = SessionToken::parse(TEXT).unwrap().hash();
        assert_eq!(
            hash.to_string(),
            "7J4iZq1d2BMcGR-0e0cDaxX8jORpThNyBaISWd4Rzu0"
        );
        assert_eq!(TokenHash::parse(&hash.to_string()), Ok(hash));
    }

    #[test]
    fn hash_of_the_wrong_shape_is_refused() {
        let text = SessionToken::parse(TEXT).unwrap().hash().to_string();
        for bad in [
            text.replacen('7', "", 1),
            format!("{text}="),
            format!("{text}A"),
            text.replace('-', "+"),
            String::new(),
        ] {
            assert_eq!(TokenHash::parse(&bad), Err(TokenHashError), "{bad}");
        }
    }

    #[test]
    fn debug_hides_the_token() {
        let token = SessionToken::parse(TEXT).unwrap();
        assert_eq!(format!("{token:?}"), "SessionToken(hidden)");
    }
}
