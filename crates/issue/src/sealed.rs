//! Small blobs encrypted for storage, under a key derived from the server's secret.
//!
//! The text is `v1.<secret version>.<base64url of nonce and ciphertext>`, sealed with
//! XChaCha20-Poly1305. The 24-byte nonce is random: at that length no two will ever meet, so no
//! counter has to be kept (a 12-byte one would need it).

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::Entropy;
use crate::random::random_bytes;
use crate::secret::{Purpose, Secrets};

/// The longest blob that is sealed, in bytes before encryption.
pub const MAX_PLAINTEXT_BYTES: usize = 4096;

const FORMAT: &str = "v1";
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Encrypts `plaintext` under the newest secret.
///
/// `bound_to` names what the blob belongs to, such as a key id. It is authenticated and not
/// stored: a blob that is moved to another row doesn't open there.
///
/// # Errors
/// [`SealError`] if the plaintext is longer than [`MAX_PLAINTEXT_BYTES`].
pub fn seal(
    secrets: &Secrets,
    purpose: Purpose,
    bound_to: &str,
    plaintext: &[u8],
    entropy: &mut (impl Entropy + ?Sized),
) -> Result<String, SealError> {
    let too_long = SealError {
        actual_bytes: plaintext.len(),
    };
    if plaintext.len() > MAX_PLAINTEXT_BYTES {
        return Err(too_long);
    }
    let version = secrets.newest_version();
    let nonce = random_bytes::<NONCE_BYTES>(entropy);
    // The newest version always has a key, and the cipher refuses only by length.
    let cipher = cipher(secrets, version, purpose).ok_or(too_long)?;
    let ciphertext = cipher
        .encrypt(&XNonce::from(nonce), payload(plaintext, bound_to))
        .map_err(|_| too_long)?;
    let bytes = [nonce.as_slice(), &ciphertext].concat();
    let encoded = Base64UrlUnpadded::encode_string(&bytes);
    Ok(format!("{FORMAT}.{version}.{encoded}"))
}

/// Decrypts what [`seal`] made for the same purpose and owner.
///
/// # Errors
/// [`OpenError`]: the text is malformed, its secret is gone, or it isn't what was sealed.
pub fn open(
    secrets: &Secrets,
    purpose: Purpose,
    bound_to: &str,
    sealed: &str,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (version, encoded) = split(sealed)?;
    let (nonce, ciphertext) = decode(encoded)?;
    let cipher =
        cipher(secrets, version, purpose).ok_or_else(|| OpenError::UnknownSecretVersion {
            wanted: version,
            have: secrets.versions().collect(),
        })?;
    cipher
        .decrypt(&nonce, payload(&ciphertext, bound_to))
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Tampered)
}

/// The secret version that a sealed text needs.
///
/// # Errors
/// [`OpenError::Malformed`] if the text is not of the sealed form.
pub fn secret_version(sealed: &str) -> Result<u32, OpenError> {
    split(sealed).map(|(version, _)| version)
}

fn cipher(secrets: &Secrets, version: u32, purpose: Purpose) -> Option<XChaCha20Poly1305> {
    let key = Zeroizing::new(Key::from(*secrets.derive_key(version, purpose)?));
    Some(XChaCha20Poly1305::new(&key))
}

fn payload<'a>(message: &'a [u8], bound_to: &'a str) -> Payload<'a, 'a> {
    Payload {
        msg: message,
        aad: bound_to.as_bytes(),
    }
}

fn split(sealed: &str) -> Result<(u32, &str), OpenError> {
    let mut fields = sealed.split('.');
    let (Some(FORMAT), Some(version), Some(encoded), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(OpenError::Malformed);
    };
    let plain = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
    match version.parse() {
        Ok(number) if plain => Ok((number, encoded)),
        _ => Err(OpenError::Malformed),
    }
}

fn decode(encoded: &str) -> Result<(XNonce, Vec<u8>), OpenError> {
    let bytes = Base64UrlUnpadded::decode_vec(encoded).map_err(|_| OpenError::Malformed)?;
    let (nonce, ciphertext) = bytes
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(OpenError::Malformed)?;
    if !(TAG_BYTES..=MAX_PLAINTEXT_BYTES + TAG_BYTES).contains(&ciphertext.len()) {
        return Err(OpenError::Malformed);
    }
    Ok((XNonce::from(*nonce), ciphertext.to_vec()))
}

/// A blob is too long to be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealError {
    /// Its length in bytes.
    pub actual_bytes: usize,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "blob to seal has {} bytes, at most {MAX_PLAINTEXT_BYTES} are allowed",
            self.actual_bytes
        )
    }
}

impl core::error::Error for SealError {}

/// Why a sealed blob doesn't open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// The text is not `v1.<version>.<base64url>`.
    Malformed,
    /// It was changed, or belongs to another row, purpose or secret of the same version.
    Tampered,
    /// The secret it was sealed under is not among the server's secrets.
    UnknownSecretVersion {
        /// The version it needs.
        wanted: u32,
        /// The versions there are, newest first.
        have: Vec<u32>,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("sealed blob is malformed"),
            Self::Tampered => f.write_str(
                "sealed blob doesn't open, it was changed, moved, or sealed under another secret of the same version",
            ),
            Self::UnknownSecretVersion { wanted, have } => {
                write!(f, "sealed blob needs secret version {wanted}, there is ")?;
                for (index, version) in have.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{version}")?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for OpenError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn secrets(text: &str) -> Secrets {
        Secrets::parse(text).unwrap()
    }

    fn sealed(secrets: &Secrets, bound_to: &str, plaintext: &[u8]) -> String {
        let mut entropy = SeededEntropy::new(11);
        seal(secrets, Purpose::KeyWrap, bound_to, plaintext, &mut entropy).unwrap()
    }

    fn opened(secrets: &Secrets, bound_to: &str, text: &str) -> Result<Vec<u8>, OpenError> {
        open(secrets, Purpose::KeyWrap, bound_to, text).map(|plain| plain.to_vec())
    }

    #[test]
    fn sealed_blob_opens_to_what_was_sealed() {
        let v1 = secrets(A);
        for plaintext in [b"".as_slice(), b"private", &[7; MAX_PLAINTEXT_BYTES]] {
            let text = sealed(&v1, "row", plaintext);
            assert!(text.starts_with("v1.1."));
            assert_eq!(opened(&v1, "row", &text), Ok(plaintext.to_vec()));
        }
    }

    #[test]
    fn blob_sealed_by_another_implementation_opens() {
        // Python's PyNaCl: crypto_aead_xchacha20poly1305_ietf_encrypt(b"private", b"row",
        // bytes(range(24)), key), the key as pinned in the tests of `secret`.
        let text = "v1.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXiEnw8eFYak17fTMTexXSzKl_ycETqO0";
        assert_eq!(opened(&secrets(A), "row", text), Ok(b"private".to_vec()));
    }

    #[test]
    fn two_sealings_of_one_blob_differ() {
        let v1 = secrets(A);
        let mut entropy = SeededEntropy::new(1);
        let mut once = || seal(&v1, Purpose::KeyWrap, "row", b"x", &mut entropy);
        assert_ne!(once(), once());
    }

    #[test]
    fn blob_longer_than_the_limit_is_not_sealed() {
        let mut entropy = SeededEntropy::new(1);
        let error = seal(
            &secrets(A),
            Purpose::KeyWrap,
            "row",
            &[0; MAX_PLAINTEXT_BYTES + 1],
            &mut entropy,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "blob to seal has 4097 bytes, at most 4096 are allowed"
        );
    }

    #[test]
    fn blob_of_another_row_does_not_open() {
        let v1 = secrets(A);
        let text = sealed(&v1, "row-1", b"private");
        assert_eq!(opened(&v1, "row-2", &text), Err(OpenError::Tampered));
        assert_eq!(opened(&v1, "", &text), Err(OpenError::Tampered));
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let v1 = secrets(A);
        let text = sealed(&v1, "row", b"private");
        let (prefix, encoded) = text.rsplit_once('.').unwrap();
        let bytes = Base64UrlUnpadded::decode_vec(encoded).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = format!("{prefix}.{}", Base64UrlUnpadded::encode_string(&changed));
            assert_eq!(
                opened(&v1, "row", &text),
                Err(OpenError::Tampered),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn blob_opens_after_a_newer_secret_is_added() {
        let text = sealed(&secrets(A), "row", b"private");
        let rotated = secrets(&format!("2:{B},1:{A}"));
        assert_eq!(opened(&rotated, "row", &text), Ok(b"private".to_vec()));
        assert_eq!(secret_version(&text), Ok(1));
        assert_eq!(secret_version(&sealed(&rotated, "row", b"private")), Ok(2));
    }

    #[test]
    fn blob_whose_secret_was_removed_says_which_version_it_needs() {
        let text = sealed(&secrets(A), "row", b"private");
        let error = opened(&secrets(&format!("3:{A},2:{B}")), "row", &text).unwrap_err();
        assert_eq!(
            error,
            OpenError::UnknownSecretVersion {
                wanted: 1,
                have: vec![3, 2]
            }
        );
        assert_eq!(
            error.to_string(),
            "sealed blob needs secret version 1, there is 3, 2"
        );
    }

    #[test]
    fn another_secret_under_the_same_version_is_noticed() {
        let text = sealed(&secrets(A), "row", b"private");
        let error = opened(&secrets(B), "row", &text).unwrap_err();
        assert_eq!(error, OpenError::Tampered);
        assert_eq!(
            error.to_string(),
            "sealed blob doesn't open, it was changed, moved, or sealed under another secret of the same version"
        );
    }

    #[test]
    fn version_written_into_the_text_can_not_be_exchanged() {
        let both = secrets(&format!("2:{B},1:{A}"));
        let text = sealed(&both, "row", b"private").replacen("v1.2.", "v1.1.", 1);
        assert_eq!(opened(&both, "row", &text), Err(OpenError::Tampered));
    }

    #[test]
    fn malformed_text_is_refused() {
        let v1 = secrets(A);
        let good = sealed(&v1, "row", b"private");
        let encoded = good.rsplit('.').next().unwrap();
        for text in [
            String::new(),
            "v1".to_owned(),
            "v1.1".to_owned(),
            "v1.1.".to_owned(),
            format!("v2.1.{encoded}"),
            format!("v1.01.{encoded}"),
            format!("v1.+1.{encoded}"),
            format!("v1..{encoded}"),
            format!("v1.4294967296.{encoded}"),
            format!("{good}="),
            format!("{good}."),
            format!("v1.1.{}", "A".repeat(52)), // nonce and 15 bytes
            format!("v1.1.{}", "A".repeat(6000)),
        ] {
            assert_eq!(
                opened(&v1, "row", &text),
                Err(OpenError::Malformed),
                "{text}"
            );
        }
        assert_eq!(OpenError::Malformed.to_string(), "sealed blob is malformed");
    }
}
