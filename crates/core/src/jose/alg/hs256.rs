//! HMAC with SHA-256 (RFC 7518 section 3.2).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::VerifyingKey;
use crate::{
    jose::{Algorithm, JwkError},
    limits::MIN_HMAC_KEY_BYTES,
};

/// A secret of at least [`MIN_HMAC_KEY_BYTES`] bytes, already mixed into the hash state.
#[derive(Clone)]
pub struct Hs256Key {
    keyed: Hmac<Sha256>,
}

impl Hs256Key {
    /// Takes the secret.
    ///
    /// # Errors
    /// [`JwkError::WeakHmacKey`] for a secret shorter than the hash output: short ones are guessed
    /// offline from a single token (RFC 8725 section 3.5).
    pub fn parse(secret: &[u8]) -> Result<Self, JwkError> {
        let weak = JwkError::WeakHmacKey {
            actual_bytes: secret.len(),
        };
        if secret.len() < MIN_HMAC_KEY_BYTES {
            return Err(weak);
        }
        Hmac::new_from_slice(secret)
            .map(|keyed| Self { keyed })
            .map_err(|_| weak)
    }
}

impl VerifyingKey for Hs256Key {
    const ALGORITHM: Algorithm = Algorithm::Hs256;

    /// Says whether `tag` (32 bytes, never truncated) authenticates `message`. The comparison takes the
    /// same time wherever the tags differ.
    fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        self.keyed
            .clone()
            .chain_update(message)
            .verify_slice(tag)
            .is_ok()
    }
}

impl core::fmt::Debug for Hs256Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hs256Key(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    /// RFC 4231 test case 6 has a key of 131 bytes of 0xaa.
    const TAG: [u8; 32] = [
        0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26, 0xaa, 0xcb, 0xf5, 0xb7,
        0x7f, 0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28, 0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f, 0x0e, 0xe3,
        0x7f, 0x54,
    ];
    const MESSAGE: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";

    #[test]
    fn rfc_4231_case_6_verifies_and_its_truncations_do_not() {
        let key = Hs256Key::parse(&[0xaa; 131]).unwrap();
        assert!(key.verify(MESSAGE, &TAG));
        assert!(!key.verify(MESSAGE, &TAG[..16]));
        assert!(!key.verify(MESSAGE, &[]));
        assert!(!key.verify(b"", &TAG));
    }

    #[test]
    fn secrets_shorter_than_the_hash_are_refused() {
        assert!(Hs256Key::parse(&[7; 32]).is_ok());
        let error = Hs256Key::parse(&[7; 31]).unwrap_err();
        assert_eq!(error, JwkError::WeakHmacKey { actual_bytes: 31 });
        assert_eq!(
            error.to_string(),
            "HMAC key of 31 bytes where 32 are needed"
        );
    }

    #[test]
    fn debug_hides_the_secret() {
        assert_eq!(
            format!("{:?}", Hs256Key::parse(&[7; 32]).unwrap()),
            "Hs256Key(hidden)"
        );
    }
}
