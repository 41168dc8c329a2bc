//! Bcrypt hashes: `$2b$12$` and 53 characters of salt and tag (Provos and Mazières 1999).

use base64ct::{Base64Bcrypt, Encoding};
use blowfish::Blowfish;
use zeroize::Zeroizing;

use super::text::dollar_fields;
use super::{CostParameter, HashPart, Limits, PasswordError};

/// What bcrypt reads of a password; it ignores the rest.
pub(super) const MAX_BYTES: usize = 72;

/// `OrpheanBeholderScryDoubt`, which is encrypted to the tag.
const TEXT: [[u32; 2]; 3] = [
    [0x4f72_7068, 0x6561_6e42],
    [0x6568_6f6c, 0x6465_7253],
    [0x6372_7944, 0x6f75_6274],
];

/// The parts of a bcrypt hash.
///
/// INVARIANT after `parse`: the cost is 4 to 31, the tag has 23 bytes.
pub(super) struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    pub(super) tag: Vec<u8>,
}

impl BcryptHash {
    /// Reads a text that begins with `$2`.
    ///
    /// `$2a$`, `$2b$` and `$2y$` mean the same for every password of fewer than 256 bytes, and for
    /// libraries that never had the mistake for which the letter was changed. `$2x$` and `$2$` are of
    /// functions that nobody should use, and aren't read.
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        let name = text.split('$').nth(1).unwrap_or_default();
        if !matches!(name, "2a" | "2b" | "2y") {
            return Err(PasswordError::unsupported(name));
        }
        let [_, cost, rest] = dollar_fields(text)?;
        let malformed = |part| PasswordError::MalformedHash(part);
        let is_number = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost = cost.parse().ok().filter(|cost| (4..=31).contains(cost));
        let cost = cost
            .filter(|_| is_number)
            .ok_or(malformed(HashPart::Params))?;
        let (salt, tag) = rest
            .split_at_checked(22)
            .ok_or(malformed(HashPart::Layout))?;
        if tag.len() != 31 {
            return Err(malformed(HashPart::Layout));
        }
        let tag = decode(tag).filter(|tag| tag.len() == 23);
        Ok(Self {
            cost,
            salt: decode(salt)
                .and_then(|salt| salt.try_into().ok())
                .ok_or(malformed(HashPart::Salt))?,
            tag: tag.ok_or(malformed(HashPart::Tag))?,
        })
    }

    pub(super) fn admit(&self, limits: &Limits) -> Result<(), PasswordError> {
        Limits::admit_one(CostParameter::LogRounds, self.cost, limits.max_bcrypt_cost)
    }

    pub(super) fn rounds(&self) -> u64 {
        1 << self.cost
    }

    /// The tag of the first 72 bytes of a password, as every bcrypt has it.
    pub(super) fn derive(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        // A string of C: a zero byte at its end, which is a part of the key when it fits.
        let bytes = password.iter().copied().chain([0]).take(MAX_BYTES);
        let key: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.collect());
        let mut state: Blowfish = Blowfish::bc_init_state();
        state.salted_expand_key(&self.salt, &key);
        for _ in 0..self.rounds() {
            state.bc_expand_key(&key);
            state.bc_expand_key(&self.salt);
        }
        let mut tag = Zeroizing::new(Vec::with_capacity(24));
        for mut block in TEXT {
            for _ in 0..64 {
                block = state.bc_encrypt(block);
            }
            tag.extend(block.iter().flat_map(|word| word.to_be_bytes()));
        }
        tag.truncate(self.tag.len());
        tag
    }
}

/// Reads bcrypt's own base64. Bits beyond the last byte are ignored, as other libraries do: some
/// wrote them at random.
fn decode(text: &str) -> Option<Vec<u8>> {
    let strict = Base64Bcrypt::decode_vec(text).ok();
    strict.or_else(|| {
        let (head, last) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let value = alphabet.find(last)?;
        // 22 characters leave 4 bits over, 31 leave 2.
        let mask = if text.len() % 4 == 2 { 0x30 } else { 0x3c };
        let plain = alphabet.get(value & mask..)?.get(..1)?;
        Base64Bcrypt::decode_vec(&format!("{head}{plain}")).ok()
    })
}
