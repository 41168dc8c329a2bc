//! A token before its signature.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::SignError;

/// Bytes of a signature with ES256: r and s (RFC 7518 section 3.4).
pub const SIGNATURE_BYTES: usize = 64;

/// The same and the dot before it, in a token.
const SIGNATURE_CHARS: usize = 1 + (SIGNATURE_BYTES * 4).div_ceil(3);

/// A token in the compact form (RFC 7515 section 7.1) that lacks its signature alone.
#[derive(Debug)]
pub struct UnsignedJwt {
    text: String,
}

impl UnsignedJwt {
    /// Fails when the token won't fit, before anybody signs it.
    pub(super) fn new(header: &str, claims: &str, max_bytes: usize) -> Result<Self, SignError> {
        if !claims.starts_with('{') {
            return Err(SignError::ClaimsNotObject);
        }
        let mut text = Base64UrlUnpadded::encode_string(header.as_bytes());
        text.push('.');
        text.push_str(&Base64UrlUnpadded::encode_string(claims.as_bytes()));
        let actual_bytes = text.len() + SIGNATURE_CHARS;
        if actual_bytes > max_bytes {
            return Err(SignError::TooLong {
                actual_bytes,
                max_bytes,
            });
        }
        Ok(Self { text })
    }

    /// What is to be signed (RFC 7515 section 5.1).
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The finished token. Whether the signature is one isn't looked at.
    #[must_use]
    pub fn with_signature(self, signature: &[u8; SIGNATURE_BYTES]) -> String {
        let mut text = self.text;
        text.push('.');
        text.push_str(&Base64UrlUnpadded::encode_string(signature));
        text
    }
}
