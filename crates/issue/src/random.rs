//! Randomness as an argument, and identifiers drawn from it.

use zeroize::Zeroizing;

/// A source of random bytes, implemented by the host.
///
/// The host guarantees cryptographic quality: every byte unpredictable and evenly distributed, as
/// from `getrandom(2)` or the browser's `crypto.getRandomValues`. Nothing here can check that.
pub trait Entropy {
    /// Overwrites the whole of `out` with fresh random bytes.
    ///
    /// A host whose source fails must not return: there is no error to hand back, because a
    /// program that goes on with predictable bytes is worse than one that stops.
    fn fill(&mut self, out: &mut [u8]);
}

impl<E: Entropy + ?Sized> Entropy for &mut E {
    fn fill(&mut self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

/// Length of an identifier made by [`random_id`], in characters.
pub const ID_CHARS: usize = 32;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The largest multiple of the alphabet's size that fits a byte: 4 · 62.
const UNBIASED_BELOW: u8 = 248;

/// Makes an identifier for a row: 32 characters of `[A-Za-z0-9]`, 190 bits.
///
/// # Examples
/// ```
/// use portcullis_issue::random::{Entropy, random_id};
///
/// struct Counter(u8); // a real host asks the operating system
/// impl Entropy for Counter {
///     fn fill(&mut self, out: &mut [u8]) {
///         for byte in out {
///             self.0 = self.0.wrapping_add(1);
///             *byte = self.0;
///         }
///     }
/// }
/// assert_eq!(random_id(&mut Counter(0)), "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefg");
/// ```
#[must_use]
pub fn random_id(entropy: &mut (impl Entropy + ?Sized)) -> String {
    alphanumeric(entropy, ID_CHARS)
}

/// Draws `N` random bytes, such as a salt or a nonce.
#[must_use]
pub fn random_bytes<const N: usize>(entropy: &mut (impl Entropy + ?Sized)) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// Draws `chars` characters of `[A-Za-z0-9]`, each equally likely.
///
/// Bytes from 248 up are thrown away: 256 is no multiple of 62, so a plain remainder would favour
/// the first eight letters.
pub(crate) fn alphanumeric(entropy: &mut (impl Entropy + ?Sized), chars: usize) -> String {
    let mut text = String::with_capacity(chars);
    let mut drawn = Zeroizing::new([0_u8; ID_CHARS]);
    while text.len() < chars {
        entropy.fill(drawn.as_mut_slice());
        let missing = chars - text.len();
        let fresh = drawn.iter().filter_map(|&byte| character(byte));
        text.extend(fresh.take(missing));
    }
    text
}

fn character(byte: u8) -> Option<char> {
    if byte >= UNBIASED_BELOW {
        return None;
    }
    let index = usize::from(byte) % ALPHABET.len();
    ALPHABET.get(index).copied().map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ScriptedEntropy, SeededEntropy};

    #[test]
    fn id_is_32_characters_of_the_alphabet() {
        let id = random_id(&mut SeededEntropy::new(1));
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    #[test]
    fn every_character_comes_from_exactly_four_bytes() {
        let mut counts = std::collections::BTreeMap::new();
        for byte in 0..=u8::MAX {
            *counts.entry(character(byte)).or_insert(0) += 1;
        }
        assert_eq!(counts.remove(&None), Some(8));
        assert_eq!(counts.len(), 62);
        assert!(counts.values().all(|&n| n == 4));
    }

    #[test]
    fn byte_247_is_used_and_248_is_thrown_away() {
        let mut bytes = vec![248, 255, 247];
        bytes.extend([0; 61]);
        let id = random_id(&mut ScriptedEntropy::new(&bytes));
        assert!(id.starts_with("9A"), "{id}");
        assert_eq!(id.len(), 32);
    }

    #[test]
    fn ids_are_evenly_distributed() {
        const IDS: u32 = 20_000;
        let mut counts = [0_u32; 128];
        let mut entropy = SeededEntropy::new(7);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..IDS {
            let id = random_id(&mut entropy);
            for byte in id.bytes() {
                counts[usize::from(byte)] += 1;
            }
            assert!(seen.insert(id), "the same identifier twice");
        }
        let expected = f64::from(IDS * 32) / 62.0;
        let chi_squared: f64 = ALPHABET
            .iter()
            .map(|&b| (f64::from(counts[usize::from(b)]) - expected).powi(2) / expected)
            .sum();
        // 61 degrees of freedom: the 0.1 % and 99.9 % points are 32.5 and 100.9. A plain
        // remainder would give more than 2,000.
        assert!((32.5..100.9).contains(&chi_squared), "{chi_squared}");
    }

    #[test]
    fn entropy_works_through_a_trait_object() {
        let mut seeded = SeededEntropy::new(1);
        let object: &mut dyn Entropy = &mut seeded;
        assert_eq!(random_id(object), random_id(&mut SeededEntropy::new(1)));
    }
}
