//! Argon2 hashes: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, and argon2i, argon2d and version 16.

use core::fmt;
use core::ops::RangeInclusive;

use argon2::{Algorithm, Argon2, Version};
use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

use super::text::{TAG_BYTES, base64, decimal, dollar_fields, named_numbers};
use super::{HashMemory, HashPart, Limits, Params, PasswordError};

const SALT_BYTES: RangeInclusive<usize> = 8..=64;

/// The parts of an argon2 hash.
///
/// INVARIANT after `parse`: t ≥ 1, p ≥ 1, m ≥ 8·p (RFC 9106 section 3.1), salt and tag within
/// their ranges.
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    m_kib: u32,
    t: u32,
    p: u32,
    salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl Argon2Hash {
    /// An argon2id hash of version 19 whose tag isn't known yet.
    pub(super) fn new(params: &Params, salt: &[u8], tag_bytes: usize) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            m_kib: params.m_kib(),
            t: params.t(),
            p: params.p(),
            salt: salt.to_vec(),
            tag: vec![0; tag_bytes],
        }
    }

    /// A hash of a cost that `Params` may not have, to spend time on.
    pub(super) fn dummy(m_kib: u32, t: u32, p: u32) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            m_kib,
            t,
            p,
            salt: vec![0; super::SALT_BYTES],
            tag: vec![0; super::TAG_BYTES],
        }
    }

    /// Reads a text that begins with `$argon2`.
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        let name = text.split('$').nth(1).unwrap_or_default();
        let algorithm = match name {
            "argon2d" => Algorithm::Argon2d,
            "argon2i" => Algorithm::Argon2i,
            "argon2id" => Algorithm::Argon2id,
            _ => return Err(PasswordError::unsupported(name)),
        };
        let (version, [params, salt, tag]) = fields(text)?;
        let [m_kib, t, p] = named_numbers(params, ["m", "t", "p"])?;
        if t < 1 || p < 1 || m_kib < p.saturating_mul(8) {
            return Err(PasswordError::MalformedHash(HashPart::Params));
        }
        Ok(Self {
            algorithm,
            version,
            m_kib,
            t,
            p,
            salt: base64(salt, &SALT_BYTES, HashPart::Salt)?,
            tag: base64(tag, &TAG_BYTES, HashPart::Tag)?,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        self.algorithm.as_str()
    }

    pub(super) fn admit(&self, limits: &Limits) -> Result<(), PasswordError> {
        limits.admit(self.m_kib, self.t, self.p)
    }

    /// KiB times passes, which is what an argon2 hash costs.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.m_kib) * u64::from(self.t)
    }

    pub(super) fn m_kib(&self) -> u32 {
        self.m_kib
    }

    /// Whether it is argon2id of version 19, and no weaker than a new hash.
    pub(super) fn is_as_good_as(&self, wanted: &Params) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.m_kib >= wanted.m_kib()
            && self.t >= wanted.t()
            && self.p >= wanted.p()
            && self.salt.len() >= super::SALT_BYTES
            && self.tag.len() >= super::TAG_BYTES
    }

    pub(super) fn derive(
        &self,
        password: &[u8],
        memory: &mut HashMemory,
    ) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
        let malformed = PasswordError::MalformedHash(HashPart::Params);
        let params = argon2::Params::new(self.m_kib, self.t, self.p, Some(self.tag.len()))
            .map_err(|_| malformed.clone())?;
        let blocks = memory
            .take(params.block_count())
            .ok_or(PasswordError::OutOfMemory { m_kib: self.m_kib })?;
        let argon2 = Argon2::new(self.algorithm, self.version, params);
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        argon2
            .hash_password_into_with_memory(password, &self.salt, &mut tag, blocks)
            .map_err(|_| malformed)?;
        Ok(tag)
    }
}

impl fmt::Display for Argon2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "${}$v={}$m={},t={},p={}${}${}",
            self.algorithm.as_str(),
            u32::from(self.version),
            self.m_kib,
            self.t,
            self.p,
            Base64Unpadded::encode_string(&self.salt),
            Base64Unpadded::encode_string(&self.tag)
        )
    }
}

/// The version, and the fields after it.
fn fields(text: &str) -> Result<(Version, [&str; 3]), PasswordError> {
    if let Ok([_, version, params, salt, tag]) = dollar_fields(text) {
        return Ok((parse_version(version)?, [params, salt, tag]));
    }
    let [_, params, salt, tag] = dollar_fields(text)?;
    if !params.starts_with("m=") {
        return Err(PasswordError::MalformedHash(HashPart::Layout));
    }
    // Hashes written before the version was part of the text are of version 16.
    Ok((Version::V0x10, [params, salt, tag]))
}

fn parse_version(field: &str) -> Result<Version, PasswordError> {
    let number = field.strip_prefix("v=").and_then(decimal);
    match number.ok_or(PasswordError::MalformedHash(HashPart::Version))? {
        16 => Ok(Version::V0x10),
        19 => Ok(Version::V0x13),
        version => Err(PasswordError::UnsupportedVersion { version }),
    }
}
