//! Signed cookie values, in the format of Better Auth.
//!
//! `encodeURIComponent(value + "." + base64(HMAC-SHA256(secret, value)))`: standard base64 with
//! padding, so that a signature always has 44 characters and ends in `=`. The key is the secret's
//! text as UTF-8. The value can be read by anyone; the signature says that this server wrote it.

mod percent;

use core::fmt;

use base64ct::{Base64, Encoding};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secret::Secrets;

/// The longest cookie value that is looked at, in bytes; browsers keep no cookie above 4096.
pub const MAX_COOKIE_BYTES: usize = 4096;

/// Length of the base64 of 32 bytes.
const SIGNATURE_CHARS: usize = 44;

/// Block size of SHA-256, to which an HMAC key is brought (RFC 2104 section 2).
const BLOCK_BYTES: usize = 64;

/// Signs `value` with the newest secret and encodes the whole for a cookie.
///
/// # Examples
/// ```
/// use portcullis_issue::{cookie_signature, secret::Secrets};
///
/// let secrets = Secrets::parse("an example, never a real secret!")?;
/// let cookie = cookie_signature::sign(&secrets, "true");
/// assert_eq!(cookie_signature::verify(&secrets, &cookie).as_deref(), Ok("true"));
/// # Ok::<(), portcullis_issue::secret::SecretsError>(())
/// ```
#[must_use]
pub fn sign(secrets: &Secrets, value: &str) -> String {
    let tag = hmac(secrets.newest_bytes(), value).finalize().into_bytes();
    percent::encode(&format!("{value}.{}", Base64::encode_string(&tag)))
}

/// Reads back the value of a cookie that [`sign`] made under any of the secrets.
///
/// A text with `%` is percent-decoded first. The signature is what follows the last dot, as the
/// value may have dots itself. Compared in constant time, with each secret in turn.
///
/// # Errors
/// [`CookieSignatureError`]. A caller treats any of them as if there were no cookie.
pub fn verify(secrets: &Secrets, cookie: &str) -> Result<String, CookieSignatureError> {
    if cookie.len() > MAX_COOKIE_BYTES {
        return Err(CookieSignatureError::TooLong {
            actual_bytes: cookie.len(),
        });
    }
    let text = if cookie.contains('%') {
        percent::decode(cookie).ok_or(CookieSignatureError::Encoding)?
    } else {
        cookie.to_owned()
    };
    let (value, signature) = split(&text)?;
    let genuine = secrets
        .all_bytes()
        .any(|secret| hmac(secret, value).verify(&signature.into()).is_ok());
    if genuine {
        Ok(value.to_owned())
    } else {
        Err(CookieSignatureError::Mismatch)
    }
}

fn split(text: &str) -> Result<(&str, [u8; 32]), CookieSignatureError> {
    let (value, signature) = text
        .rsplit_once('.')
        .filter(|(value, _)| !value.is_empty())
        .ok_or(CookieSignatureError::Unsigned)?;
    if signature.len() != SIGNATURE_CHARS || !signature.ends_with('=') {
        return Err(CookieSignatureError::SignatureFormat);
    }
    let mut bytes = [0; 32];
    match Base64::decode(signature, &mut bytes) {
        Ok(decoded) if decoded.len() == 32 => Ok((value, bytes)),
        _ => Err(CookieSignatureError::SignatureFormat),
    }
}

/// HMAC-SHA256 over `value`, with a key of any length (RFC 2104 section 2).
fn hmac(key: &[u8], value: &str) -> Hmac<Sha256> {
    let mut block = Zeroizing::new(Key::<Hmac<Sha256>>::default());
    if key.len() > BLOCK_BYTES {
        for (to, from) in block.iter_mut().zip(Sha256::digest(key)) {
            *to = from;
        }
    } else {
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
    }
    let mut hmac = Hmac::<Sha256>::new(&block);
    hmac.update(value.as_bytes());
    hmac
}

/// Why a cookie's value isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieSignatureError {
    /// A percent sign isn't followed by two hexadecimal digits, or the bytes aren't UTF-8.
    Encoding,
    /// No secret gives this signature for this value.
    Mismatch,
    /// What follows the last dot isn't the base64 of 32 bytes.
    SignatureFormat,
    /// The cookie is longer than is looked at.
    TooLong {
        /// Its length in bytes.
        actual_bytes: usize,
    },
    /// There is no dot, or nothing before it.
    Unsigned,
}

impl fmt::Display for CookieSignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding => f.write_str("signed cookie has a bad percent-encoding"),
            Self::Mismatch => f.write_str("signed cookie has a signature of no known secret"),
            Self::SignatureFormat => f.write_str("signed cookie has a malformed signature"),
            Self::TooLong { actual_bytes } => write!(
                f,
                "signed cookie has {actual_bytes} bytes, at most {MAX_COOKIE_BYTES} are allowed"
            ),
            Self::Unsigned => f.write_str("signed cookie has no signature"),
        }
    }
}

impl core::error::Error for CookieSignatureError {}

#[cfg(test)]
mod tests;
