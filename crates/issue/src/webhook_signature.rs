//! Signatures on what is sent to webhooks, in the form of the Standard Webhooks specification 1.0:
//! `v1,` and base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`.

use core::fmt;

use base64ct::{Base64, Encoding};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Shortest secret, in bytes (Standard Webhooks, "Signature scheme").
pub const MIN_SECRET_BYTES: usize = 24;
/// Longest secret, in bytes: a block of SHA-256, to which an HMAC key is brought (RFC 2104 section
/// 2).
pub const MAX_SECRET_BYTES: usize = 64;
/// Before a secret that is written in base64.
const PREFIX: &str = "whsec_";

/// A secret that sender and receiver share.
#[derive(Clone)]
pub struct WebhookSecret {
    key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

/// Why a secret was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookSecretError {
    /// What follows `whsec_` isn't base64.
    Base64,
    /// It is shorter than [`MIN_SECRET_BYTES`] or longer than [`MAX_SECRET_BYTES`].
    Length(usize),
}

impl fmt::Display for WebhookSecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => write!(f, "what follows `{PREFIX}` isn't base64"),
            Self::Length(bytes) => write!(
                f,
                "it has {bytes} bytes; it needs {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES}"
            ),
        }
    }
}

impl core::error::Error for WebhookSecretError {}

impl WebhookSecret {
    /// Reads a secret: `whsec_` and base64, or any other text, whose bytes are the secret.
    ///
    /// # Errors
    /// [`WebhookSecretError`].
    pub fn parse(text: &str) -> Result<Self, WebhookSecretError> {
        let text = text.trim();
        let key = match text.strip_prefix(PREFIX) {
            Some(base64) => Base64::decode_vec(base64).map_err(|_| WebhookSecretError::Base64)?,
            None => text.as_bytes().to_vec(),
        };
        let key = Zeroizing::new(key);
        if (MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&key.len()) {
            Ok(Self { key })
        } else {
            Err(WebhookSecretError::Length(key.len()))
        }
    }
}

/// The value of `webhook-signature`. The time is signed, so that a receiver can refuse what was
/// recorded and sent again later.
#[must_use]
pub fn sign(secret: &WebhookSecret, id: &str, timestamp_secs: i64, body: &str) -> String {
    let mut block = Zeroizing::new(Key::<Hmac<Sha256>>::default());
    for (to, from) in block.iter_mut().zip(secret.key.iter()) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block);
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp_secs.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_alike() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_of_24_bytes_is_taken_and_one_of_23_is_not() {
        assert!(WebhookSecret::parse(&"a".repeat(24)).is_ok());
        assert_eq!(
            WebhookSecret::parse(&"a".repeat(23)).unwrap_err(),
            WebhookSecretError::Length(23)
        );
        assert!(WebhookSecret::parse(&"a".repeat(64)).is_ok());
        assert!(WebhookSecret::parse(&"a".repeat(65)).is_err());
        assert_eq!(
            WebhookSecret::parse("whsec_???").unwrap_err(),
            WebhookSecretError::Base64
        );
    }

    #[test]
    fn every_part_is_signed_and_the_secret_is_never_shown() {
        let secret = WebhookSecret::parse(&"s".repeat(32)).unwrap();
        let signed = sign(&secret, "a", 1, "b");
        for other in [
            sign(&secret, "x", 1, "b"),
            sign(&secret, "a", 2, "b"),
            sign(&secret, "a", 1, "x"),
            sign(&WebhookSecret::parse(&"t".repeat(32)).unwrap(), "a", 1, "b"),
        ] {
            assert_ne!(signed, other);
        }
        assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
    }
}
