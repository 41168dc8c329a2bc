//! Passwords: rules for new ones, argon2id hashes, verification within limits.
//!
//! Hashes are PHC strings as every argon2 library writes them:
//! `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>` (RFC 9106 for the function, the PHC string format
//! for the text). Only argon2id of version 19 is read.
//!
//! A password is hashed as the UTF-8 bytes that were given: never trimmed, never cut, and not
//! brought to a Unicode normal form. (Better Auth normalises to NFKC before its scrypt; argon2
//! hashes made by other libraries don't, and would stop verifying if this did.)

mod cost;
mod error;
mod new;
mod phc;

use argon2::{Algorithm, Argon2, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use cost::{CostParameter, Limits, Params, ParamsError};
pub use error::{HashPart, PasswordError};
pub use new::{
    MAX_UTF16_UNITS, MIN_UTF16_UNITS, NewPassword, NewPasswordError, parse_new_password,
};

use phc::Phc;

/// The longest password hashed or verified, in bytes of UTF-8.
///
/// Far above every rule for new passwords, so that imported accounts keep working, and low enough
/// that a request can't be used to make the server read megabytes.
pub const MAX_PASSWORD_BYTES: usize = 4096;

/// Length of a salt in bytes (RFC 9106 section 3.1 recommends 16).
pub const SALT_BYTES: usize = 16;

/// Length of the tag of a new hash in bytes.
const TAG_BYTES: usize = 32;

/// What comparing a password with a hash found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The password is the one that was hashed.
    Match,
    /// It is another one.
    Mismatch,
}

/// Hashes a password with argon2id and writes the PHC string.
///
/// Takes any password up to [`MAX_PASSWORD_BYTES`]: the rules for new ones are
/// [`parse_new_password`]'s, and an old one that doesn't meet them may still need a new hash.
/// The salt must be fresh from the host's randomness for every call.
///
/// # Errors
/// [`PasswordError::PasswordTooLong`], or [`PasswordError::OutOfMemory`] if the host can't give
/// `params.m_kib()` KiB.
pub fn hash(
    password: &str,
    params: &Params,
    salt: [u8; SALT_BYTES],
) -> Result<String, PasswordError> {
    let mut phc = Phc {
        m_kib: params.m_kib(),
        t: params.t(),
        p: params.p(),
        salt: salt.to_vec(),
        tag: vec![0; TAG_BYTES],
    };
    phc.tag = derive(password, &phc)?.to_vec();
    Ok(phc.to_string())
}

/// Compares a password with a stored PHC string, in time that doesn't depend on where they differ.
///
/// The parameters are the stored ones, so they are compared with `limits` before any memory is
/// taken. Whether the hash ought to be made anew is [`needs_rehash`]'s question, to be asked after
/// a match.
///
/// # Errors
/// [`PasswordError`]: the password is too long, the stored text is no argon2id hash, or it asks
/// for more than `limits` allow. None of them says anything about the password.
pub fn verify(password: &str, phc: &str, limits: &Limits) -> Result<Verification, PasswordError> {
    let stored = Phc::parse(phc)?;
    // A hostile or imported row could otherwise take all memory of the process with one login.
    limits.admit(stored.m_kib, stored.t, stored.p)?;
    let tag = derive(password, &stored)?;
    if tag.as_slice().ct_eq(&stored.tag).into() {
        Ok(Verification::Match)
    } else {
        Ok(Verification::Mismatch)
    }
}

/// Says whether a stored hash is weaker than a new one would be.
///
/// True if its memory, passes or lanes are below `wanted`, or if its salt or tag is shorter than
/// what [`hash`] writes. A hash stronger than `wanted` is left alone.
///
/// # Errors
/// [`PasswordError`] if the stored text is no argon2id hash.
pub fn needs_rehash(phc: &str, wanted: &Params) -> Result<bool, PasswordError> {
    let stored = Phc::parse(phc)?;
    Ok(stored.m_kib < wanted.m_kib()
        || stored.t < wanted.t()
        || stored.p < wanted.p()
        || stored.salt.len() < SALT_BYTES
        || stored.tag.len() < TAG_BYTES)
}

/// A hash that no known password has, to verify against when there is no such user.
///
/// Verifying takes the same time as for a user whose hash has `params`, so the time of an answer
/// doesn't tell who has an account.
#[must_use]
pub fn dummy_hash(params: &Params) -> String {
    Phc {
        m_kib: params.m_kib(),
        t: params.t(),
        p: params.p(),
        salt: vec![0; SALT_BYTES],
        tag: vec![0; TAG_BYTES],
    }
    .to_string()
}

/// The tag of a password under the parameters, salt and tag length of `phc`.
fn derive(password: &str, phc: &Phc) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::PasswordTooLong {
            actual_bytes: password.len(),
            max_bytes: MAX_PASSWORD_BYTES,
        });
    }
    let params = argon2::Params::new(phc.m_kib, phc.t, phc.p, Some(phc.tag.len()))
        .map_err(|_| PasswordError::MalformedHash(HashPart::Params))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut tag = Zeroizing::new(vec![0; phc.tag.len()]);
    argon2
        .hash_password_into(password.as_bytes(), &phc.salt, &mut tag)
        .map_err(|error| match error {
            argon2::Error::OutOfMemory => PasswordError::OutOfMemory { m_kib: phc.m_kib },
            _ => PasswordError::MalformedHash(HashPart::Params),
        })?;
    Ok(tag)
}

#[cfg(test)]
mod tests;
