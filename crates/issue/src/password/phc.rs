//! The PHC string of an argon2id hash, read strictly.

use core::fmt;
use core::ops::RangeInclusive;

use base64ct::{Base64Unpadded, Encoding};

use super::{HashPart, PasswordError};

/// Longest stored hash that is looked at; the longest valid one has 213 bytes.
const MAX_PHC_BYTES: usize = 256;

const SALT_BYTES: RangeInclusive<usize> = 8..=64;

/// A tag below 128 bits could be met by chance or by search, so it is refused.
const TAG_BYTES: RangeInclusive<usize> = 16..=64;

/// The parts of `$argon2id$v=19$m=…,t=…,p=…$salt$tag`.
///
/// INVARIANT after `parse`: t ≥ 1, p ≥ 1, m ≥ 8·p (RFC 9106 section 3.1), salt and tag within
/// their ranges.
pub(super) struct Phc {
    pub(super) m_kib: u32,
    pub(super) t: u32,
    pub(super) p: u32,
    pub(super) salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl Phc {
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.len() > MAX_PHC_BYTES {
            return Err(PasswordError::MalformedHash(HashPart::Layout));
        }
        let mut fields = text.split('$');
        let mut field = || {
            fields
                .next()
                .ok_or(PasswordError::MalformedHash(HashPart::Layout))
        };
        if !field()?.is_empty() {
            return Err(PasswordError::MalformedHash(HashPart::Layout));
        }
        check_algorithm(field()?)?;
        check_version(field()?)?;
        let (m_kib, t, p) = parse_params(field()?)?;
        let salt = parse_base64(field()?, &SALT_BYTES, HashPart::Salt)?;
        let tag = parse_base64(field()?, &TAG_BYTES, HashPart::Tag)?;
        if fields.next().is_some() {
            return Err(PasswordError::MalformedHash(HashPart::Layout));
        }
        Ok(Self {
            m_kib,
            t,
            p,
            salt,
            tag,
        })
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "$argon2id$v=19$m={},t={},p={}${}${}",
            self.m_kib,
            self.t,
            self.p,
            Base64Unpadded::encode_string(&self.salt),
            Base64Unpadded::encode_string(&self.tag)
        )
    }
}

fn check_algorithm(name: &str) -> Result<(), PasswordError> {
    if name == "argon2id" {
        return Ok(());
    }
    Err(PasswordError::UnsupportedAlgorithm {
        name: name.chars().take(16).collect(),
    })
}

fn check_version(field: &str) -> Result<(), PasswordError> {
    let version = match field.strip_prefix("v=") {
        Some(digits) => {
            parse_decimal(digits).ok_or(PasswordError::MalformedHash(HashPart::Version))?
        }
        // Hashes written before the version was part of the text are of version 16.
        None if field.starts_with("m=") => 16,
        None => return Err(PasswordError::MalformedHash(HashPart::Version)),
    };
    if version == 19 {
        Ok(())
    } else {
        Err(PasswordError::UnsupportedVersion { version })
    }
}

fn parse_params(field: &str) -> Result<(u32, u32, u32), PasswordError> {
    let malformed = PasswordError::MalformedHash(HashPart::Params);
    let mut pairs = field.split(',');
    let mut value = |prefix: &str| {
        let digits = pairs.next()?.strip_prefix(prefix)?;
        parse_decimal(digits)
    };
    let (Some(m_kib), Some(t), Some(p)) = (value("m="), value("t="), value("p=")) else {
        return Err(malformed);
    };
    let too_small = t < 1 || p < 1 || m_kib < p.saturating_mul(8);
    if too_small || pairs.next().is_some() {
        return Err(malformed);
    }
    Ok((m_kib, t, p))
}

/// A decimal number without sign or leading zeros, as the PHC string format asks.
fn parse_decimal(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    if !plain || leading_zero {
        return None;
    }
    digits.parse().ok()
}

fn parse_base64(
    field: &str,
    bytes: &RangeInclusive<usize>,
    part: HashPart,
) -> Result<Vec<u8>, PasswordError> {
    match Base64Unpadded::decode_vec(field) {
        Ok(decoded) if bytes.contains(&decoded.len()) => Ok(decoded),
        _ => Err(PasswordError::MalformedHash(part)),
    }
}
