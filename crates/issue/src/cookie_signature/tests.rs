//! Claims about signed cookies.

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const TOKEN: &str = "0QvRPQFsabcdefghijklmnopqrstCcwr";

/// `TOKEN` signed with `A`: `openssl dgst -sha256 -mac HMAC -macopt key:aaa…`, then Node's
/// `encodeURIComponent`. The other expected cookies below were made in the same way.
const SIGNED: &str =
    "0QvRPQFsabcdefghijklmnopqrstCcwr.lQEC4%2Fx2mRuxNIZlfhlGql%2F%2BvQKtAbwOpgKweRgMgEA%3D";

fn secrets(text: &str) -> Secrets {
    Secrets::parse(text).unwrap()
}

#[test]
fn cookie_is_signed_and_encoded_as_better_auth_does() {
    assert_eq!(sign(&secrets(A), TOKEN), SIGNED);
    assert_eq!(
        sign(&secrets(A), "2fa-a.b/ü%!~*'()"),
        "2fa-a.b%2F%C3%BC%25!~*'().MGGb7AflfP9S4lzpxj468O1sUFeE3AmAKSuWBie%2FupY%3D"
    );
}

#[test]
fn secret_longer_than_a_block_is_hashed_first() {
    let long = format!("longer than one block of SHA-256 {}", "x".repeat(40));
    assert_eq!(
        sign(&secrets(&long), "true"),
        "true.PtlWeTu5v%2BrE9rgwhPlXq2oa96jf%2FPZR%2Fe4nXUVnUJA%3D"
    );
}

#[test]
fn secret_of_exactly_one_block_is_used_as_it_is() {
    assert_eq!(
        sign(&secrets(&"k".repeat(64)), "true"),
        "true.0XMkRrMWI%2FOelinQfwClkv1aclorzb8gXU77aaNyPyA%3D"
    );
}

#[test]
fn signed_cookie_verifies_encoded_or_decoded() {
    let decoded = SIGNED
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    for cookie in [SIGNED, &decoded, &SIGNED.replace("%3D", "%3d")] {
        assert_eq!(
            verify(&secrets(A), cookie).as_deref(),
            Ok(TOKEN),
            "{cookie}"
        );
    }
}

#[test]
fn every_value_with_any_characters_comes_back() {
    let secrets = secrets(A);
    for value in [
        "a",
        ".",
        "a.b",
        "%",
        "%41",
        "a b;c,d=\"e\"",
        "漢字 🦀",
        "\0\n",
    ] {
        let cookie = sign(&secrets, value);
        assert!(cookie.is_ascii());
        assert!(!cookie.contains([' ', ';', ',', '"', '=']), "{cookie}");
        assert_eq!(verify(&secrets, &cookie).as_deref(), Ok(value));
    }
}

#[test]
fn cookie_of_an_older_secret_verifies_and_the_newest_signs() {
    let rotated = secrets(&format!("2:{B},1:{A}"));
    assert_eq!(verify(&rotated, SIGNED).as_deref(), Ok(TOKEN));
    let fresh = sign(&rotated, TOKEN);
    assert_eq!(fresh, sign(&secrets(B), TOKEN));
    assert_eq!(verify(&rotated, &fresh).as_deref(), Ok(TOKEN));
}

#[test]
fn cookie_of_a_removed_secret_is_refused() {
    let error = verify(&secrets(B), SIGNED).unwrap_err();
    assert_eq!(error, CookieSignatureError::Mismatch);
    assert_eq!(
        error.to_string(),
        "signed cookie has a signature of no known secret"
    );
}

#[test]
fn any_changed_character_of_value_or_signature_is_refused() {
    let secrets = secrets(A);
    let text = percent::decode(SIGNED).unwrap();
    for position in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[position] = if changed[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let changed = String::from_utf8(changed).unwrap();
        assert!(verify(&secrets, &changed).is_err(), "{changed}");
    }
}

#[test]
fn signature_does_not_move_between_values() {
    let secrets = secrets(A);
    let (_, signature) = SIGNED.rsplit_once('.').unwrap();
    for value in ["", "x", "0QvRPQFsabcdefghijklmnopqrstCcw"] {
        assert!(verify(&secrets, &format!("{value}.{signature}")).is_err());
    }
}

#[test]
fn wrong_shapes_are_refused_by_name() {
    let secrets = secrets(A);
    let empty_value = format!(".{}", SIGNED.rsplit_once('.').unwrap().1);
    for (cookie, error) in [
        ("", CookieSignatureError::Unsigned),
        ("value", CookieSignatureError::Unsigned),
        (&empty_value, CookieSignatureError::Unsigned),
        ("value.", CookieSignatureError::SignatureFormat),
        ("value.AAAA", CookieSignatureError::SignatureFormat),
        // 44 characters without the padding, with white space, of the other alphabet
        (
            "value.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            CookieSignatureError::SignatureFormat,
        ),
        (
            "value. AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            CookieSignatureError::SignatureFormat,
        ),
        (
            "value.AAAAAAAAAAAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAA=",
            CookieSignatureError::SignatureFormat,
        ),
        // trailing bits that no encoder writes
        (
            "value.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
            CookieSignatureError::SignatureFormat,
        ),
        // 31 bytes
        (
            "value.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
            CookieSignatureError::SignatureFormat,
        ),
        ("value.%", CookieSignatureError::Encoding),
        ("value.%4", CookieSignatureError::Encoding),
        ("value.%zz", CookieSignatureError::Encoding),
        ("value.%+4", CookieSignatureError::Encoding),
        ("value.%FF", CookieSignatureError::Encoding),
    ] {
        assert_eq!(verify(&secrets, cookie), Err(error), "{cookie}");
    }
    let shown: Vec<_> = [
        CookieSignatureError::Encoding,
        CookieSignatureError::SignatureFormat,
        CookieSignatureError::Unsigned,
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert_eq!(
        shown,
        [
            "signed cookie has a bad percent-encoding",
            "signed cookie has a malformed signature",
            "signed cookie has no signature"
        ]
    );
}

#[test]
fn cookie_of_4096_bytes_is_read_and_4097_are_refused() {
    let secrets = secrets(A);
    assert_eq!(
        verify(&secrets, &"a".repeat(4096)),
        Err(CookieSignatureError::Unsigned)
    );
    let error = verify(&secrets, &"a".repeat(4097)).unwrap_err();
    assert_eq!(error, CookieSignatureError::TooLong { actual_bytes: 4097 });
    assert_eq!(
        error.to_string(),
        "signed cookie has 4097 bytes, at most 4096 are allowed"
    );
}
