//! PBKDF2 hashes (RFC 8018 section 5.2): `$pbkdf2-sha256$i=…$salt$tag` and Django's
//! `pbkdf2_sha256$…$salt$tag`.

use core::ops::RangeInclusive;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::text::{TAG_BYTES, base64, decimal, dollar_fields, fields, named_numbers, of_length};
use super::{CostParameter, HashPart, Limits, PasswordError};

const SALT_BYTES: RangeInclusive<usize> = 1..=64;

/// The hash function inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// The parts of a PBKDF2 hash.
///
/// INVARIANT after `parse`: there is at least one iteration.
pub(super) struct Pbkdf2Hash {
    pub(super) digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl Pbkdf2Hash {
    /// Reads a text that begins with `$pbkdf2`: the PHC form, `i=600000` or `i=600000,l=32`, and the
    /// one of Python's passlib, whose count has no name and whose base64 has `.` for `+`.
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        let [name, params, salt, tag] = dollar_fields(text)?;
        let digest = match name {
            "pbkdf2" | "pbkdf2-sha1" => Digest::Sha1,
            "pbkdf2-sha256" => Digest::Sha256,
            "pbkdf2-sha512" => Digest::Sha512,
            _ => return Err(PasswordError::unsupported(name)),
        };
        let is_passlib = !params.contains('=');
        let plus = |field: &str| {
            if is_passlib {
                field.replace('.', "+")
            } else {
                field.to_owned()
            }
        };
        let tag = base64(&plus(tag), &TAG_BYTES, HashPart::Tag)?;
        let malformed = PasswordError::MalformedHash(HashPart::Params);
        let iterations = if is_passlib {
            decimal(params).ok_or(malformed.clone())?
        } else if params.contains(',') {
            let [iterations, bytes] = named_numbers(params, ["i", "l"])?;
            if usize::try_from(bytes) != Ok(tag.len()) {
                return Err(malformed);
            }
            iterations
        } else {
            let [iterations] = named_numbers(params, ["i"])?;
            iterations
        };
        let salt = base64(&plus(salt), &SALT_BYTES, HashPart::Salt)?;
        Self::new(digest, iterations, salt, tag)
    }

    /// Reads a text that begins with `pbkdf2_`: its salt is taken as it is, its tag is base64.
    pub(super) fn parse_django(text: &str) -> Result<Self, PasswordError> {
        let layout = PasswordError::MalformedHash(HashPart::Layout);
        let [name, iterations, salt, tag] = fields(text).ok_or(layout)?;
        let (digest, tag_bytes) = match name {
            "pbkdf2_sha1" => (Digest::Sha1, 20),
            "pbkdf2_sha256" => (Digest::Sha256, 32),
            _ => return Err(PasswordError::unsupported(name)),
        };
        let iterations =
            decimal(iterations).ok_or(PasswordError::MalformedHash(HashPart::Params))?;
        let salt = of_length(Some(salt.into()), &(1..=64), HashPart::Salt)?;
        let tag = Base64::decode_vec(tag).ok();
        let tag = of_length(tag, &(tag_bytes..=tag_bytes), HashPart::Tag)?;
        Self::new(digest, iterations, salt, tag)
    }

    fn new(
        digest: Digest,
        iterations: u32,
        salt: Vec<u8>,
        tag: Vec<u8>,
    ) -> Result<Self, PasswordError> {
        if iterations < 1 {
            return Err(PasswordError::MalformedHash(HashPart::Params));
        }
        Ok(Self {
            digest,
            iterations,
            salt,
            tag,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self.digest {
            Digest::Sha1 => "pbkdf2-sha1",
            Digest::Sha256 => "pbkdf2-sha256",
            Digest::Sha512 => "pbkdf2-sha512",
        }
    }

    pub(super) fn admit(&self, limits: &Limits) -> Result<(), PasswordError> {
        let asked = u32::try_from(self.rounds()).unwrap_or(u32::MAX);
        Limits::admit_one(
            CostParameter::Iterations,
            asked,
            limits.max_pbkdf2_iterations,
        )
    }

    /// The iterations of every block that the tag has.
    pub(super) fn rounds(&self) -> u64 {
        let block = match self.digest {
            Digest::Sha1 => 20,
            Digest::Sha256 => 32,
            Digest::Sha512 => 64,
        };
        let blocks = u64::try_from(self.tag.len().div_ceil(block)).unwrap_or(u64::MAX);
        u64::from(self.iterations).saturating_mul(blocks)
    }

    pub(super) fn derive(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        let fill = match self.digest {
            Digest::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>,
            Digest::Sha256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>,
            Digest::Sha512 => pbkdf2::pbkdf2_hmac::<sha2::Sha512>,
        };
        fill(password, &self.salt, self.iterations, &mut tag);
        tag
    }
}
