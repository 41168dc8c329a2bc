//! Scrypt hashes (RFC 7914): Better Auth's `salt:key`, and `$scrypt$ln=…,r=…,p=…$salt$tag`.

use core::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::text::{TAG_BYTES, base64, dollar_fields, named_numbers};
use super::{CostParameter, HashPart, Limits, PasswordError};

const SALT_BYTES: RangeInclusive<usize> = 1..=64;

/// The parts of a scrypt hash.
pub(super) struct ScryptHash {
    ln: u8,
    r: u32,
    p: u32,
    salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
    /// Whether Better Auth made it: of the password's NFKC form alone.
    pub(super) is_better_auth: bool,
}

impl ScryptHash {
    /// Whether the text looks like Better Auth's, whatever is in it.
    pub(super) fn is_better_auth(text: &str) -> bool {
        text.split_once(':')
            .is_some_and(|(salt, key)| salt.len() == 32 && key.len() == 128)
    }

    /// Reads 32 lower-case hexadecimal digits, a colon, and 128.
    ///
    /// N = 16384, r = 16, p = 1, and 64 bytes are what Better Auth always takes. Its salt is the
    /// digits themselves as ASCII, not the bytes that they stand for.
    pub(super) fn parse_better_auth(text: &str) -> Result<Self, PasswordError> {
        let malformed = |part| PasswordError::MalformedHash(part);
        let (salt, key) = text.split_once(':').ok_or(malformed(HashPart::Layout))?;
        let is_hex = |digits: &str| {
            let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            digits.bytes().all(is_digit)
        };
        if salt.len() != 32 || !is_hex(salt) {
            return Err(malformed(HashPart::Salt));
        }
        let mut tag = [0; 64];
        match read_hex(key, &mut tag) {
            Some(()) if is_hex(key) => {}
            _ => return Err(malformed(HashPart::Tag)),
        }
        Ok(Self {
            ln: 14,
            r: 16,
            p: 1,
            salt: salt.as_bytes().to_vec(),
            tag: tag.to_vec(),
            is_better_auth: true,
        })
    }

    /// Reads a text that begins with `$scrypt$`.
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        let malformed = PasswordError::MalformedHash(HashPart::Params);
        let [_, params, salt, tag] = dollar_fields(text)?;
        let [ln, r, p] = named_numbers(params, ["ln", "r", "p"])?;
        let ln = u8::try_from(ln).map_err(|_| malformed.clone())?;
        // RFC 7914 section 2: N is more than 1; p is at most (2³⁰ - 1) / r, rounded up here.
        let product = u64::from(r) * u64::from(p);
        if !(1..=63).contains(&ln) || !(1..1 << 30).contains(&product) {
            return Err(malformed);
        }
        Ok(Self {
            ln,
            r,
            p,
            salt: base64(salt, &SALT_BYTES, HashPart::Salt)?,
            tag: base64(tag, &TAG_BYTES, HashPart::Tag)?,
            is_better_auth: false,
        })
    }

    pub(super) fn admit(&self, limits: &Limits) -> Result<(), PasswordError> {
        let asked = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Limits::admit_one(
            CostParameter::MemoryKib,
            asked(self.kib()),
            limits.max_m_kib,
        )?;
        let blocks = asked(self.blocks());
        Limits::admit_one(
            CostParameter::ScryptBlocks,
            blocks,
            limits.max_scrypt_blocks,
        )
    }

    /// N·r·p: how many 128-byte blocks are mixed, twice.
    pub(super) fn blocks(&self) -> u64 {
        let blocks = (u128::from(self.r) * u128::from(self.p)) << self.ln;
        u64::try_from(blocks).unwrap_or(u64::MAX)
    }

    /// Memory: N·r blocks of 128 bytes.
    pub(super) fn kib(&self) -> u64 {
        let blocks = u128::from(self.r) << self.ln;
        u64::try_from(blocks.div_ceil(8)).unwrap_or(u64::MAX)
    }

    pub(super) fn derive(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
        let params = scrypt::Params::new(self.ln, self.r, self.p)
            .map_err(|_| PasswordError::MalformedHash(HashPart::Params))?;
        let kib = u32::try_from(self.kib()).unwrap_or(u32::MAX);
        // The library aborts when it gets no memory.
        let bytes = usize::try_from(self.kib()).unwrap_or(usize::MAX);
        let mut probe = Vec::<u8>::new();
        if probe.try_reserve_exact(bytes.saturating_mul(1024)).is_err() {
            return Err(PasswordError::OutOfMemory { m_kib: kib });
        }
        drop(probe);
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        scrypt::scrypt(password, &self.salt, &params, &mut tag)
            .map_err(|_| PasswordError::MalformedHash(HashPart::Tag))?;
        Ok(tag)
    }
}

/// Reads hexadecimal digits into `out`, when there are exactly as many.
fn read_hex(digits: &str, out: &mut [u8]) -> Option<()> {
    if digits.len() != out.len() * 2 {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(())
}
