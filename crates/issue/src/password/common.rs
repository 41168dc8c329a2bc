//! Passwords that anybody would try first.
//!
//! The list is one of many thousand passwords from leaks, brought to lower case when the crate is
//! built, and kept as a binary fuse filter (Graf and Lemire 2022): no password can be read out of it,
//! none of the list is missed, and of others about one in 65,536 is taken for one of the list.

use sha2::{Digest, Sha256};
use xorf::{BinaryFuse16, Descriptor, Filter};

include!(concat!(env!("OUT_DIR"), "/common_passwords.rs"));

/// Shorter words of an address or a name are too little to be looked for.
const MIN_WORD_CHARS: usize = 3;

/// A password without regard to case.
pub(super) fn fold(password: &str) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(password.to_lowercase())
}

/// Whether a folded password is on the list, repeats one block that is or that is short, or counts
/// up or down.
pub(super) fn is_common(folded: &str) -> bool {
    is_listed(folded) || is_count(folded) || is_repetition(folded)
}

fn is_listed(folded: &str) -> bool {
    let fingerprints = FINGERPRINTS
        .chunks_exact(2)
        .filter_map(|bytes| bytes.try_into().ok().map(u16::from_le_bytes));
    let filter = BinaryFuse16 {
        descriptor: DESCRIPTOR,
        fingerprints: fingerprints.collect(),
    };
    filter.contains(&key(folded))
}

/// The number that stands for a password in the filter; the build script has the same.
fn key(folded: &str) -> u64 {
    let digest = Sha256::digest(folded.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// `abcdefghijklmno`, `987654321098765`: every character follows the one before.
fn is_count(folded: &str) -> bool {
    let codes: Vec<u32> = folded.chars().map(u32::from).collect();
    let follows = |a: u32, b: u32| b == a + 1 || (a, b) == (u32::from('9'), u32::from('0'));
    let pairs = || codes.iter().zip(codes.iter().skip(1));
    pairs().all(|(&a, &b)| follows(a, b)) || pairs().all(|(&a, &b)| follows(b, a))
}

/// `passwordpassword`, `abcabcabcabcabca`: a block again and again, which is listed or shorter than
/// any password may be.
fn is_repetition(folded: &str) -> bool {
    let chars: Vec<char> = folded.chars().collect();
    let repeats = |period: usize| {
        chars
            .iter()
            .zip(chars.iter().skip(period))
            .all(|(a, b)| a == b)
    };
    let Some(period) = (1..=chars.len() / 2).find(|&period| repeats(period)) else {
        return false;
    };
    period < super::Rules::LEAST_MIN || is_listed(&chars.iter().take(period).collect::<String>())
}

/// Whether a folded password is made of words known of its owner, and besides at most four digits
/// and any signs.
pub(super) fn is_about<'a>(folded: &str, known: impl Iterator<Item = &'a str>) -> bool {
    let mut words: Vec<String> = known
        .flat_map(|text| {
            let text = fold(&super::normal::normal_form(text)).to_string();
            let parts: Vec<String> = text
                .split(|char: char| !char.is_alphanumeric())
                .map(str::to_owned)
                .collect();
            parts.into_iter().chain([text])
        })
        .filter(|word| word.chars().count() >= MIN_WORD_CHARS)
        .collect();
    // `annabel` before `ann`: the shorter would leave a rest of the longer.
    words.sort_by_key(|word| core::cmp::Reverse(word.len()));
    let mut rest = zeroize::Zeroizing::new(folded.to_owned());
    let mut is_found = false;
    for word in &words {
        if rest.contains(word) {
            is_found = true;
            rest = zeroize::Zeroizing::new(rest.replace(word, " "));
        }
    }
    let left = || rest.chars().filter(|char| char.is_alphanumeric());
    is_found && left().all(|char| char.is_ascii_digit()) && left().count() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deterministic stream of passwords that nobody has.
    fn unlisted(n: u64) -> String {
        let digest = Sha256::digest(n.to_be_bytes());
        let letter = |byte: &u8| char::from(b'a' + byte % 26);
        digest.iter().take(20).map(letter).collect()
    }

    #[test]
    fn more_than_3000_passwords_are_listed_and_the_well_known_are_among_them() {
        const { assert!(LISTED > 40_000) };
        for password in [
            "password",
            "12345678",
            "baseball",
            "football",
            "iloveyou",
            "trustno1",
            "sunshine",
            "princess",
            "starwars",
            "passw0rd",
            "password1",
            "qwertyuiop",
            "1q2w3e4r",
            "1qaz2wsx",
            "letmein1",
            "superman",
            "michelle",
            "computer",
            "whatever",
            "q1w2e3r4t5y6",
            "1234567890987654321",
            "californication",
            "qazwsxedcrfvtgb",
        ] {
            assert!(is_listed(password), "{password}");
        }
        for password in [
            "correct horse battery staple",
            "seven keys on a ring",
            "a tester of betas",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn about_one_unlisted_password_in_65536_is_taken_for_a_listed_one() {
        let fingerprints = FINGERPRINTS.chunks_exact(2);
        let filter = BinaryFuse16 {
            descriptor: DESCRIPTOR,
            fingerprints: fingerprints
                .map(|bytes| u16::from_le_bytes(bytes.try_into().unwrap()))
                .collect(),
        };
        let tries = 1_000_000;
        let wrong = (0..tries)
            .filter(|&n| filter.contains(&key(&unlisted(n))))
            .count();
        println!(
            "{LISTED} listed, {} bytes, {wrong} of {tries} wrong",
            FINGERPRINTS.len()
        );
        // 15.3 are expected.
        assert!(wrong <= 40, "{wrong} of {tries}");
        assert!(FINGERPRINTS.len() < 120_000);
    }

    #[test]
    fn a_block_again_and_again_is_common_when_it_is_short_or_listed() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "abcabcabcabcabca",
            "password1password1",
            "1234567123456712",
            "sunshinesunshine",
        ] {
            assert!(is_repetition(password), "{password}");
        }
        for password in ["a5z8k2m9a5z8k2m9", "aaaaaaaaaaaaaab", "abcdefgabcdefh"] {
            assert!(!is_repetition(password), "{password}");
        }
    }

    #[test]
    fn counting_up_or_down_is_common() {
        for password in [
            "abcdefghijklmno",
            "123456789012345",
            "987654321098765",
            "ponmlkjihgfedcb",
        ] {
            assert!(is_count(password), "{password}");
        }
        for password in ["abcdefghijklmnp", "123456789012346", "135791357913579"] {
            assert!(!is_count(password), "{password}");
        }
    }

    #[test]
    fn what_says_no_more_than_whose_it_is_is_about_its_owner() {
        let known = [
            "ann.lee@example.org",
            "Ann Lee",
            "portcullis",
            "auth.example.org",
        ];
        let about = |password: &str| is_about(&fold(password), known.into_iter());
        for password in [
            "ann.lee@example.org",
            "Ann.Lee@Example.ORG",
            "annlee-example-2024",
            "Portcullis1234!!",
            "leeannleeann",
            "example.org 1999",
            "auth.example.org",
        ] {
            assert!(about(password), "{password}");
        }
        for password in [
            "annlee-example-20245",
            "ann lee likes cake",
            "portcullis of oak",
            "12345678",
            "ann1x",
            "élan of annlee",
            "",
        ] {
            assert!(!about(password), "{password}");
        }
        assert!(!is_about("anything", [""].into_iter()));
    }
}
