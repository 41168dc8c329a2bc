//! Claims about signed tokens.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use super::*;
use crate::keyring::GeneratedKey;
use crate::sealed::seal;
use crate::testing::{ScriptedEntropy, SeededEntropy, hex};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// The private key of RFC 6979 section A.2.5.
const RFC_6979_KEY: [u8; 32] = [
    0xC9, 0xAF, 0xA9, 0xD8, 0x45, 0xBA, 0x75, 0x16, 0x6B, 0x5C, 0x21, 0x57, 0x67, 0xB1, 0xD6, 0x93,
    0x4E, 0x50, 0xC3, 0xDB, 0x36, 0xE8, 0x9B, 0x12, 0x7B, 0x8A, 0x62, 0x2B, 0x12, 0x0F, 0x67, 0x21,
];

#[derive(Serialize)]
struct Claims {
    sub: &'static str,
    exp: u64,
}

const CLAIMS: Claims = Claims {
    sub: "u1",
    exp: 4_102_444_800,
};

fn secrets(text: &str) -> Secrets {
    Secrets::parse(text).unwrap()
}

fn record(entropy: &mut impl crate::Entropy, state: KeyState) -> KeyRecord {
    GeneratedKey::generate(entropy)
        .unwrap()
        .into_record(state, 0, &secrets(A), entropy)
        .unwrap()
}

fn active() -> KeyRecord {
    record(
        &mut SeededEntropy::new(9),
        KeyState::Active { since_secs: 0 },
    )
}

fn rfc_signer() -> Signer {
    let key = record(
        &mut ScriptedEntropy::new(&RFC_6979_KEY),
        KeyState::Active { since_secs: 0 },
    );
    Signer::open(&key, &secrets(A)).unwrap()
}

fn verifying_key(public: &PublicJwk) -> VerifyingKey {
    let (x, y) = public.coordinates().unwrap();
    VerifyingKey::from_sec1_bytes(&[&[4], x.as_slice(), y.as_slice()].concat()).unwrap()
}

#[test]
fn token_has_the_header_the_claims_and_a_signature_that_verifies() {
    let key = active();
    let signer = Signer::open(&key, &secrets(A)).unwrap();
    let token = signer.sign_jwt("at+jwt", &CLAIMS).unwrap();
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signing_input.split_once('.').unwrap();
    let text = |part| String::from_utf8(Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap();
    assert_eq!(
        text(header),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, key.kid())
    );
    assert_eq!(text(claims), r#"{"sub":"u1","exp":4102444800}"#);

    let bytes = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let signature = Signature::from_slice(&bytes).unwrap();
    let verifying_key = verifying_key(&key.public);
    assert!(
        verifying_key
            .verify(signing_input.as_bytes(), &signature)
            .is_ok()
    );
    let changed = signing_input.replacen('.', ".e30", 1);
    assert!(
        verifying_key
            .verify(changed.as_bytes(), &signature)
            .is_err()
    );
}

#[test]
fn signatures_are_those_of_rfc_6979() {
    // Section A.2.5, SHA-256. The first s is above half the order: ES256 has no low-s rule.
    let signer = rfc_signer();
    for (message, expected) in [
        (
            "sample",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            "test",
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
             019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        ),
    ] {
        assert_eq!(hex(&signer.sign(message.as_bytes())), expected);
    }
}

#[test]
fn same_claims_give_the_same_token_and_others_another() {
    let signer = rfc_signer();
    let token = signer.sign_jwt("at+jwt", &CLAIMS);
    assert_eq!(signer.sign_jwt("at+jwt", &CLAIMS), token);
    assert_ne!(signer.sign_jwt("jwt", &CLAIMS), token);
}

#[test]
fn typ_can_not_break_out_of_the_header() {
    let token = rfc_signer().sign_jwt(r#"x","alg":"none"#, &CLAIMS).unwrap();
    let header = Base64UrlUnpadded::decode_vec(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["typ"], r#"x","alg":"none"#);
}

#[test]
fn key_that_is_not_active_does_not_sign() {
    for (state, name) in [
        (KeyState::Next, "next"),
        (KeyState::Retired { since_secs: 3 }, "retired"),
    ] {
        let key = record(&mut SeededEntropy::new(9), state);
        let error = Signer::open(&key, &secrets(A)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("key `{}` is {name}, only an active one signs", key.kid())
        );
    }
}

#[test]
fn key_of_a_removed_secret_says_which_version_it_needs() {
    let error = Signer::open(&active(), &secrets(&format!("2:{B}"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "private part of a signing key: sealed blob needs secret version 1, there is 2"
    );
    assert!(Signer::open(&active(), &secrets(&format!("2:{B},1:{A}"))).is_ok());
}

#[test]
fn private_parts_exchanged_between_two_rows_do_not_open() {
    let mut entropy = SeededEntropy::new(9);
    let state = KeyState::Active { since_secs: 0 };
    let mut first = record(&mut entropy, state);
    first.sealed_private = record(&mut entropy, state).sealed_private;
    assert_eq!(
        Signer::open(&first, &secrets(A)).unwrap_err(),
        OpenKeyError::Sealed(OpenError::Tampered)
    );
}

#[test]
fn sealed_bytes_that_are_another_or_no_key_are_refused() {
    for bytes in [RFC_6979_KEY.as_slice(), &[0; 32], b"", &[1; 31]] {
        let mut key = active();
        let mut entropy = SeededEntropy::new(2);
        key.sealed_private = seal(
            &secrets(A),
            Purpose::KeyWrap,
            key.kid(),
            bytes,
            &mut entropy,
        )
        .unwrap();
        let error = Signer::open(&key, &secrets(A)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("private part of key `{}` belongs to another key", key.kid())
        );
    }
}

#[test]
fn claims_that_are_no_object_are_refused() {
    let signer = rfc_signer();
    assert_eq!(
        signer.sign_jwt("jwt", &["array"]),
        Err(SignError::ClaimsNotObject)
    );
    assert_eq!(
        signer.sign_jwt("jwt", &"text"),
        Err(SignError::ClaimsNotObject)
    );
    let bad_keys = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert_eq!(
        signer.sign_jwt("jwt", &bad_keys),
        Err(SignError::ClaimsNotJson)
    );
    assert_eq!(
        SignError::ClaimsNotObject.to_string(),
        "claims are not a JSON object"
    );
    assert_eq!(
        SignError::ClaimsNotJson.to_string(),
        "claims can't be written as JSON"
    );
}

#[test]
fn token_of_16_kib_is_made_and_a_longer_one_refused() {
    let signer = rfc_signer();
    let of = |filler: usize| {
        let claims = std::collections::BTreeMap::from([("x", "a".repeat(filler))]);
        signer.sign_jwt("jwt", &claims)
    };
    let longest = (12_000..12_300)
        .rev()
        .find_map(|filler| of(filler).ok().map(|token| (filler, token.len())));
    let (filler, bytes) = longest.unwrap();
    assert!((16_382..=16_384).contains(&bytes), "{bytes}");
    let error = of(filler + 1).unwrap_err();
    assert!(matches!(error, SignError::TooLong { actual_bytes, .. } if actual_bytes > 16_384));
    assert_eq!(
        SignError::TooLong {
            actual_bytes: 16_385,
            max_bytes: 16_384
        }
        .to_string(),
        "token has 16385 bytes, at most 16384 are allowed"
    );
}

#[test]
fn another_limit_is_kept_from_both_sides() {
    let signer = rfc_signer();
    let claims = std::collections::BTreeMap::from([("x", "a".repeat(20_000))]);
    let within = |max_bytes| {
        let unsigned = signer.unsigned("jwt", &claims, max_bytes);
        unsigned.map(|unsigned| unsigned.with_signature(&[7; 64]))
    };
    let made = within(64 * 1024).unwrap();
    assert!(made.len() > 16_384);
    assert_eq!(within(made.len()).unwrap(), made);
    assert_eq!(
        within(made.len() - 1),
        Err(SignError::TooLong {
            actual_bytes: made.len(),
            max_bytes: made.len() - 1
        })
    );
}

#[test]
fn token_signed_by_another_hand_is_the_one_that_is_signed_here() {
    let signer = rfc_signer();
    let unsigned = signer.unsigned("at+jwt", &CLAIMS, MAX_TOKEN_BYTES).unwrap();
    let signature = signer.sign(unsigned.signing_input());
    let token = unsigned.with_signature(&signature);
    assert_eq!(signer.sign_jwt("at+jwt", &CLAIMS), Ok(token));
}

/// As `openssl pkcs8 -topk8 -nocrypt -outform DER` writes the key of RFC 6979 section A.2.5.
const RFC_6979_DER: &str = concat!(
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    "a14403420004",
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
);

#[test]
fn private_part_for_a_platform_is_pkcs_8_with_the_public_part() {
    assert_eq!(hex(rfc_signer().private_der().as_bytes()), RFC_6979_DER);
}

#[test]
fn key_that_the_platform_made_signs_as_one_that_was_drawn_here() {
    let key = GeneratedKey::from_pkcs8(rfc_signer().private_der().as_bytes()).unwrap();
    assert_eq!(key.public().kid(), rfc_signer().kid());
    let state = KeyState::Active { since_secs: 0 };
    let record = key.into_record(state, 0, &secrets(A), &mut SeededEntropy::new(3));
    let signer = Signer::open(&record.unwrap(), &secrets(A)).unwrap();
    assert_eq!(
        signer.sign_jwt("jwt", &CLAIMS),
        rfc_signer().sign_jwt("jwt", &CLAIMS)
    );
}

#[test]
fn platform_key_of_another_form_or_off_the_curve_is_no_key() {
    let good = rfc_signer().private_der().as_bytes().to_vec();
    let off_curve = [&good[..137], &[good[137] ^ 1]].concat();
    for der in [b"".as_slice(), &good[..137], &off_curve] {
        let error = GeneratedKey::from_pkcs8(der).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the platform's key is no P-256 key pair in PKCS #8"
        );
    }
}

#[test]
fn debug_shows_the_key_id_alone() {
    let signer = rfc_signer();
    assert_eq!(
        format!("{signer:?}"),
        format!("Signer {{ kid: {:?}, .. }}", signer.kid())
    );
}
