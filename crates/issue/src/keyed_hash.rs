//! Names for rows that shouldn't hold what they are about.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::{Purpose, Secrets};

/// Length of a keyed hash in bytes; as text it has 22 characters.
const HASH_BYTES: usize = 16;

/// The keyed hash of a text under the newest secret: 22 characters of base64url without padding.
///
/// HMAC-SHA256 (RFC 2104) under a key derived for `purpose`, cut to 128 bits. A plain hash of an
/// e-mail or an IP address would be undone by hashing all there are; this takes the server's secret.
///
/// # Examples
/// ```
/// use portcullis_issue::keyed_hash::keyed_hash;
/// use portcullis_issue::secret::{Purpose, Secrets};
///
/// let secrets = Secrets::parse("an example, never a real secret!")?;
/// let one = keyed_hash(&secrets, Purpose::Throttle, "ann@example.org");
/// assert_eq!(one.len(), 22);
/// assert_ne!(one, keyed_hash(&secrets, Purpose::Throttle, "bob@example.org"));
/// # Ok::<(), portcullis_issue::secret::SecretsError>(())
/// ```
#[must_use]
pub fn keyed_hash(secrets: &Secrets, purpose: Purpose, text: &str) -> String {
    under(secrets, secrets.newest_version(), purpose, text)
}

/// The keyed hashes of a text under every secret, newest first: what [`keyed_hash`] gave before the
/// secret was rotated is among them.
pub fn keyed_hashes(
    secrets: &Secrets,
    purpose: Purpose,
    text: &str,
) -> impl Iterator<Item = String> {
    secrets
        .versions()
        .map(move |version| under(secrets, version, purpose, text))
}

fn under(secrets: &Secrets, version: u32, purpose: Purpose, text: &str) -> String {
    let mut block = Key::<Hmac<Sha256>>::default();
    // Versions come from `secrets`, so there is a key for each.
    if let Some(key) = secrets.derive_key(version, purpose) {
        for (to, from) in block.iter_mut().zip(key.iter()) {
            *to = *from;
        }
    }
    let mut hmac = Hmac::<Sha256>::new(&block);
    hmac.update(text.as_bytes());
    let tag: [u8; 32] = hmac.finalize().into_bytes().into();
    let (start, _) = tag.split_at_checked(HASH_BYTES).unwrap_or((&tag, &[]));
    Base64UrlUnpadded::encode_string(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    fn secrets(text: &str) -> Secrets {
        Secrets::parse(text).unwrap()
    }

    #[test]
    fn a_keyed_hash_is_hmac_sha256_under_a_derived_key_cut_to_128_bits() {
        // key=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:0123…cdef \
        //   -kdfopt info:portcullis/throttle/v1 HKDF); printf %s ann@example.org |
        //   openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | head -c16 | basenc --base64url
        let hash = keyed_hash(&secrets(OLD), Purpose::Throttle, "ann@example.org");
        assert_eq!(hash, "1fI5Mjg-7Obxz3l2XHd0Ng");
    }

    #[test]
    fn another_text_purpose_or_secret_gives_another_hash() {
        let hash = |secret, purpose, text| keyed_hash(&secrets(secret), purpose, text);
        let one = hash(OLD, Purpose::Throttle, "a");
        assert_ne!(one, hash(OLD, Purpose::Throttle, "b"));
        assert_ne!(one, hash(OLD, Purpose::PageToken, "a"));
        assert_ne!(one, hash(NEW, Purpose::Throttle, "a"));
    }

    #[test]
    fn after_a_rotation_the_hash_of_before_is_still_among_those_of_every_secret() {
        let before = keyed_hash(&secrets(OLD), Purpose::Throttle, "a");
        let rotated = secrets(&format!("2:{NEW},1:{OLD}"));
        let all: Vec<_> = keyed_hashes(&rotated, Purpose::Throttle, "a").collect();
        assert_eq!(all, [keyed_hash(&rotated, Purpose::Throttle, "a"), before]);
    }
}
