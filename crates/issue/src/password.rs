//! Passwords: rules for new ones, argon2id hashes, verification within limits.
//!
//! New hashes are argon2id PHC strings as every argon2 library writes them:
//! `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>` (RFC 9106 for the function, the PHC string format
//! for the text). These are read as well, so that accounts can come from elsewhere; [`needs_rehash`]
//! is true for all of them:
//!
//! | stored text | made by |
//! |---|---|
//! | `salt:key`, 32 and 128 hexadecimal digits | Better Auth (scrypt, N = 16384, r = 16, p = 1) |
//! | `$scrypt$ln=14,r=8,p=1$salt$tag` | scrypt in PHC form, passlib |
//! | `$2a$`, `$2b$`, `$2y$` | bcrypt |
//! | `$pbkdf2-sha256$i=600000$salt$tag`, also `-sha1`, `-sha512` | PBKDF2 in PHC form, passlib |
//! | `pbkdf2_sha256$600000$salt$tag`, also `_sha1` | Django |
//! | `$argon2i$`, `$argon2d$`, `$argon2id$`, version 16 or 19 | argon2 with other parameters |
//!
//! # Unicode
//! A new password is hashed in the normal form NFKC, as NIST SP 800-63B-4 section 3.1.1.2 asks, so
//! that it doesn't matter how a keyboard composes a letter; it is never trimmed and never cut. Other
//! libraries hash what was typed. Since no hash says which was done, a typed password that isn't in
//! NFKC is compared in both forms, at twice the cost; whether it is, the one who types it knows
//! anyhow. What is typed in ASCII has one form.
//!
//! # Bcrypt
//! It ignores all after 72 bytes. Such a password is compared as it always was, and its hash is left
//! as it is: the rest may be mistyped, and a new hash would make the mistake the password.

mod argon2_hash;
mod bcrypt_hash;
mod common;
mod cost;
mod error;
mod imported;
mod job;
mod memory;
mod normal;
mod pbkdf2_hash;
mod rules;
mod scrypt_hash;
mod stored;
mod text;

pub use cost::{CostParameter, Limits, Params, ParamsError};
pub use error::{HashPart, PasswordError};
pub use imported::work_of;
pub use job::{Job, Outcome};
pub use memory::HashMemory;
pub use rules::{NewPassword, NewPasswordError, Rules, parse_new_password};

use argon2_hash::Argon2Hash;
use stored::Stored;

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
/// Takes any password up to [`MAX_PASSWORD_BYTES`], as its bytes are: the rules for new ones and
/// their normal form are [`Rules::check`]'s. The salt must be fresh from the host's randomness for
/// every call.
///
/// # Errors
/// [`PasswordError::PasswordTooLong`], or [`PasswordError::OutOfMemory`] if the host can't give
/// `params.m_kib()` KiB.
pub fn hash(
    password: &str,
    params: &Params,
    salt: [u8; SALT_BYTES],
) -> Result<String, PasswordError> {
    hash_in(password, params, salt, &mut HashMemory::default())
}

fn hash_in(
    password: &str,
    params: &Params,
    salt: [u8; SALT_BYTES],
    memory: &mut HashMemory,
) -> Result<String, PasswordError> {
    require_length(password)?;
    let mut new = Argon2Hash::new(params, &salt, TAG_BYTES);
    new.tag = new.derive(password.as_bytes(), memory)?.to_vec();
    Ok(new.to_string())
}

/// Compares a password with a stored hash, in time that doesn't depend on where they differ.
///
/// The cost is the stored one, so it is compared with `limits` before any memory is taken. Whether
/// the hash ought to be made anew is [`needs_rehash`]'s question, to be asked after a match.
///
/// # Errors
/// [`PasswordError`]: the password is too long, the stored text is no hash that is read, or it asks
/// for more than `limits` allow. None of them says anything about the password.
pub fn verify(
    password: &str,
    stored: &str,
    limits: &Limits,
) -> Result<Verification, PasswordError> {
    require_length(password)?;
    let stored = Stored::parse(stored)?;
    // A hostile or imported row could otherwise take all memory of the process with one login.
    stored.admit(limits)?;
    let (is_same, _) = stored.compare(password, &mut HashMemory::default())?;
    Ok(if is_same {
        Verification::Match
    } else {
        Verification::Mismatch
    })
}

/// Says whether a stored hash is weaker than a new one would be.
///
/// True for all but argon2id of version 19; for that, if its memory, passes or lanes are below
/// `wanted`, or if its salt or tag is shorter than what [`hash`] writes. A hash stronger than
/// `wanted` is left alone.
///
/// # Errors
/// [`PasswordError`] if the stored text is no hash that is read.
pub fn needs_rehash(stored: &str, wanted: &Params) -> Result<bool, PasswordError> {
    Ok(!Stored::parse(stored)?.is_as_good_as(wanted))
}

/// Reads a stored hash and names its function, such as `bcrypt` or `pbkdf2-sha256`.
///
/// Does no work: for an import that wants to know whether [`verify`] will read what it brings. What
/// the hash costs isn't compared with any limit.
///
/// # Errors
/// [`PasswordError`] if the text is no hash that is read.
pub fn form_of(stored: &str) -> Result<&'static str, PasswordError> {
    Stored::parse(stored).map(|stored| stored.name())
}

/// A hash that no known password has, to verify against when there is no such user.
///
/// Verifying takes the same time as for a user whose hash has `params`, so the time of an answer
/// doesn't tell who has an account.
#[must_use]
pub fn dummy_hash(params: &Params) -> String {
    Argon2Hash::new(params, &[0; SALT_BYTES], TAG_BYTES).to_string()
}

fn require_length(password: &str) -> Result<(), PasswordError> {
    if password.len() <= MAX_PASSWORD_BYTES {
        return Ok(());
    }
    Err(PasswordError::PasswordTooLong {
        actual_bytes: password.len(),
        max_bytes: MAX_PASSWORD_BYTES,
    })
}

#[cfg(test)]
mod tests;
