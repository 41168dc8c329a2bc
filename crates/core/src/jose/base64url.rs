//! Strict base64url without padding (RFC 7515 section 2 and appendix C, RFC 4648 sections 3.5 and 5).
//!
//! One value has one spelling: no padding, no white space, no other alphabet, no bits set that the
//! decoded bytes don't hold. A lenient decoder would let a token be rewritten without breaking its
//! signature, which defeats every list of revoked token strings (CWE-180).

use alloc::{string::String, vec::Vec};
use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

/// The text isn't the one base64url spelling of any bytes, or not of as many as were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base64UrlError;

impl fmt::Display for Base64UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not unpadded base64url")
    }
}

impl core::error::Error for Base64UrlError {}

/// Decodes `text`.
///
/// # Errors
/// [`Base64UrlError`] for padding, white space, characters outside `A-Z a-z 0-9 - _`, a length that no
/// bytes have, and unused bits that aren't zero.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64UrlError> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Base64UrlError)
}

/// Decodes `text` that must hold exactly `N` bytes.
///
/// # Errors
/// As [`decode`], and for any other number of bytes.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Base64UrlError> {
    let mut bytes = [0; N];
    match Base64UrlUnpadded::decode(text, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(Base64UrlError),
    }
}

/// Encodes `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc_4648_examples_decode_without_their_padding() {
        for (text, bytes) in [
            ("", ""),
            ("Zg", "f"),
            ("Zm8", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg", "foob"),
            ("Zm9vYmE", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(decode("-_8").unwrap(), [0xfb, 0xff]);
    }

    #[test]
    fn padding_white_space_and_the_other_alphabet_are_refused() {
        for text in [
            "Zg==", "Zm8=", "Zg=", "Zg ", " Zg", "Z g", "Zm9v\n", "Zm9\r\nv", "+/8", "Zm9v.",
            "Zm9vé", "Zm\09",
        ] {
            assert_eq!(decode(text), Err(Base64UrlError), "{text:?}");
        }
    }

    #[test]
    fn unused_bits_must_be_zero() {
        assert!(decode("Zg").is_ok());
        for text in ["Zh", "Zi", "Zj", "Zv", "Zm9", "Zm-", "Zm_"] {
            assert_eq!(decode(text), Err(Base64UrlError), "{text:?}");
        }
    }

    #[test]
    fn a_length_that_no_bytes_have_is_refused() {
        for text in ["A", "AAAAA", "AAAAAAAAA"] {
            assert_eq!(decode(text), Err(Base64UrlError), "{text:?}");
        }
    }

    #[test]
    fn arrays_take_exactly_their_length() {
        assert_eq!(decode_array::<3>("Zm9v"), Ok(*b"foo"));
        assert_eq!(decode_array::<2>("Zm9v"), Err(Base64UrlError));
        assert_eq!(decode_array::<4>("Zm9v"), Err(Base64UrlError));
    }

    proptest! {
        #[test]
        fn what_decodes_has_one_spelling(text in "[A-Za-z0-9_=+/ -]{0,40}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn bytes_survive_the_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }
    }
}
