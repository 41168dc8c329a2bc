//! A stored hash of any function that is read.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::argon2_hash::Argon2Hash;
use super::bcrypt_hash::{self, BcryptHash};
use super::normal::other_form;
use super::pbkdf2_hash::{Digest, Pbkdf2Hash};
use super::scrypt_hash::ScryptHash;
use super::text::MAX_HASH_BYTES;
use super::{HashMemory, HashPart, Limits, MAX_PASSWORD_BYTES, Params, PasswordError};

/// A stored hash, read.
pub(super) enum Stored {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
    Scrypt(ScryptHash),
}

impl Stored {
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.len() > MAX_HASH_BYTES {
            return Err(PasswordError::MalformedHash(HashPart::Layout));
        }
        if text.starts_with("$argon2") {
            return Argon2Hash::parse(text).map(Self::Argon2);
        }
        if text.starts_with("$2") {
            return BcryptHash::parse(text).map(Self::Bcrypt);
        }
        if text.starts_with("$scrypt$") {
            return ScryptHash::parse(text).map(Self::Scrypt);
        }
        if text.starts_with("$pbkdf2") {
            return Pbkdf2Hash::parse(text).map(Self::Pbkdf2);
        }
        if text.starts_with("pbkdf2_") {
            return Pbkdf2Hash::parse_django(text).map(Self::Pbkdf2);
        }
        if ScryptHash::is_better_auth(text) {
            return ScryptHash::parse_better_auth(text).map(Self::Scrypt);
        }
        match text.strip_prefix('$').and_then(|rest| rest.split_once('$')) {
            Some((name, _)) if !name.is_empty() => Err(PasswordError::unsupported(name)),
            _ => Err(PasswordError::MalformedHash(HashPart::Layout)),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Argon2(hash) => hash.name(),
            Self::Bcrypt(_) => "bcrypt",
            Self::Pbkdf2(hash) => hash.name(),
            Self::Scrypt(_) => "scrypt",
        }
    }

    pub(super) fn admit(&self, limits: &Limits) -> Result<(), PasswordError> {
        match self {
            Self::Argon2(hash) => hash.admit(limits),
            Self::Bcrypt(hash) => hash.admit(limits),
            Self::Pbkdf2(hash) => hash.admit(limits),
            Self::Scrypt(hash) => hash.admit(limits),
        }
    }

    /// The memory that comparing takes, in KiB.
    pub(super) fn memory_kib(&self) -> u32 {
        match self {
            Self::Argon2(hash) => hash.m_kib(),
            Self::Bcrypt(_) | Self::Pbkdf2(_) => 8,
            Self::Scrypt(hash) => u32::try_from(hash.kib()).unwrap_or(u32::MAX),
        }
    }

    /// Whether a new hash would be no better.
    pub(super) fn is_as_good_as(&self, wanted: &Params) -> bool {
        matches!(self, Self::Argon2(hash) if hash.is_as_good_as(wanted))
    }

    /// Whether the hash says nothing of a part of this password, so that nobody knows whether that
    /// part is right.
    pub(super) fn ignores_part_of(&self, password: &str) -> bool {
        matches!(self, Self::Bcrypt(_)) && password.len() > bcrypt_hash::MAX_BYTES
    }

    /// About what comparing one form of a password costs, in KiB times passes of argon2.
    pub(super) fn work(&self) -> u64 {
        let (rounds, milli) = match self {
            Self::Argon2(hash) => (hash.work(), 1000),
            Self::Bcrypt(hash) => (hash.rounds(), rate::BCRYPT),
            Self::Pbkdf2(hash) => {
                let rate = match hash.digest {
                    Digest::Sha1 => rate::SHA1,
                    Digest::Sha256 => rate::SHA256,
                    Digest::Sha512 => rate::SHA512,
                };
                (hash.rounds(), rate)
            }
            Self::Scrypt(hash) => (hash.blocks(), rate::SCRYPT),
        };
        rounds.saturating_mul(milli) / 1000
    }

    /// Compares a password, in the forms in which it may have been hashed, one after the other.
    /// Also says how many were tried.
    pub(super) fn compare(
        &self,
        password: &str,
        memory: &mut HashMemory,
    ) -> Result<(bool, u64), PasswordError> {
        let mut tried = 0;
        for form in self.forms(password) {
            tried += 1;
            if self.is_of(form.as_bytes(), memory)? {
                return Ok((true, tried));
            }
        }
        Ok((false, tried))
    }

    /// The likelier form comes first. Which one was hashed isn't recorded: Better Auth takes NFKC,
    /// and so do new hashes of this crate; those of other libraries take what was typed.
    fn forms(&self, password: &str) -> Vec<Zeroizing<String>> {
        let typed = Zeroizing::new(password.to_owned());
        match other_form(password) {
            Some(normal) if normal.len() <= MAX_PASSWORD_BYTES => match self {
                Self::Scrypt(hash) if hash.is_better_auth => vec![normal],
                Self::Argon2(_) => vec![normal, typed],
                Self::Bcrypt(_) | Self::Pbkdf2(_) | Self::Scrypt(_) => vec![typed, normal],
            },
            _ => vec![typed],
        }
    }

    fn is_of(&self, password: &[u8], memory: &mut HashMemory) -> Result<bool, PasswordError> {
        let (stored, derived) = match self {
            Self::Argon2(hash) => (&hash.tag, hash.derive(password, memory)?),
            Self::Bcrypt(hash) => (&hash.tag, hash.derive(password)),
            Self::Pbkdf2(hash) => (&hash.tag, hash.derive(password)),
            Self::Scrypt(hash) => (&hash.tag, hash.derive(password)?),
        };
        Ok(derived.as_slice().ct_eq(stored).into())
    }
}

/// What one round of a function takes, in thousandths of what argon2id takes for a KiB: measured with
/// these libraries, compiled as they are shipped.
#[cfg(not(target_arch = "wasm32"))]
mod rate {
    // On x86-64 with SHA instructions.
    pub(super) const BCRYPT: u64 = 87_000;
    pub(super) const SCRYPT: u64 = 430;
    pub(super) const SHA1: u64 = 210;
    pub(super) const SHA256: u64 = 250;
    pub(super) const SHA512: u64 = 900;
}

#[cfg(target_arch = "wasm32")]
mod rate {
    // In V8.
    pub(super) const BCRYPT: u64 = 75_000;
    pub(super) const SCRYPT: u64 = 740;
    pub(super) const SHA1: u64 = 290;
    pub(super) const SHA256: u64 = 830;
    pub(super) const SHA512: u64 = 1_490;
}
