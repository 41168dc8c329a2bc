//! Pieces of the texts in which hashes are stored, read strictly.

use core::ops::RangeInclusive;

use base64ct::{Base64Unpadded, Encoding};

use super::{HashPart, PasswordError};

/// Longest stored hash that is looked at; the longest valid one has 213 bytes.
pub(super) const MAX_HASH_BYTES: usize = 256;

/// A tag below 128 bits could be met by chance or by search, so it is refused.
pub(super) const TAG_BYTES: RangeInclusive<usize> = 16..=64;

/// The `N` fields of `$one$two$…`: as many, no fewer and no more.
pub(super) fn dollar_fields<const N: usize>(text: &str) -> Result<[&str; N], PasswordError> {
    let malformed = PasswordError::MalformedHash(HashPart::Layout);
    let rest = text.strip_prefix('$').ok_or(malformed.clone())?;
    fields(rest).ok_or(malformed)
}

/// The `N` parts between `$` signs: as many, no fewer and no more.
pub(super) fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    let parts: Vec<&str> = text.split('$').take(N + 1).collect();
    parts.try_into().ok()
}

/// The numbers of `a=1,b=2`, for the names given, in that order and no others.
pub(super) fn named_numbers<const N: usize>(
    field: &str,
    names: [&str; N],
) -> Result<[u32; N], PasswordError> {
    let malformed = PasswordError::MalformedHash(HashPart::Params);
    let mut pairs = field.split(',');
    let mut numbers = [0; N];
    for (number, name) in numbers.iter_mut().zip(names) {
        let value = pairs
            .next()
            .and_then(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        *number = value.and_then(decimal).ok_or(malformed.clone())?;
    }
    match pairs.next() {
        None => Ok(numbers),
        Some(_) => Err(malformed),
    }
}

/// A decimal number without sign or leading zeros, as the PHC string format asks.
pub(super) fn decimal(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0');
    if !is_plain || has_leading_zero {
        return None;
    }
    digits.parse().ok()
}

/// Standard base64 without padding, of as many bytes.
pub(super) fn base64(
    field: &str,
    bytes: &RangeInclusive<usize>,
    part: HashPart,
) -> Result<Vec<u8>, PasswordError> {
    of_length(Base64Unpadded::decode_vec(field).ok(), bytes, part)
}

/// The bytes, if there are as many.
pub(super) fn of_length(
    decoded: Option<Vec<u8>>,
    bytes: &RangeInclusive<usize>,
    part: HashPart,
) -> Result<Vec<u8>, PasswordError> {
    decoded
        .filter(|decoded| bytes.contains(&decoded.len()))
        .ok_or(PasswordError::MalformedHash(part))
}
