//! Which keys are taken, and why others aren't.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod jose_support;

use jose_support::{ed25519_jwk, es256_jwk, hmac_jwk, key, key_set};
use portcullis_core::{
    jose::{Algorithm, JwkError, KeySet, VerificationKey, base64url, thumbprint},
    json::Value,
    limits::{MAX_JWK_BYTES, MAX_JWKS_BYTES, MAX_JWKS_KEYS},
};
use serde_json::json;

fn rsa_jwk(modulus_bytes: usize) -> Value {
    let modulus = vec![0xff; modulus_bytes];
    json!({"kty": "RSA", "n": base64url::encode(&modulus), "e": "AQAB"})
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

fn without(mut jwk: Value, name: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(name);
    jwk
}

/// Pins code and message of the refusal.
#[track_caller]
fn refused(jwk: &Value, code: &str, message: &str) {
    let error = VerificationKey::parse(jwk.to_string().as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, message));
}

#[test]
fn type_and_curve_decide_the_algorithm() {
    for (jwk, algorithm) in [
        (es256_jwk(1, "k"), Algorithm::Es256),
        (ed25519_jwk("k"), Algorithm::EdDsa),
        (rsa_jwk(256), Algorithm::Rs256),
        (hmac_jwk("k"), Algorithm::Hs256),
    ] {
        assert_eq!(key(&jwk).algorithm(), algorithm);
        assert_eq!(
            key(&with(jwk.clone(), "alg", algorithm.name().into())).algorithm(),
            algorithm
        );
        for other in Algorithm::ALL
            .into_iter()
            .filter(|other| *other != algorithm)
        {
            let message = format!("key says `alg` is `{other}`, its type fits `{algorithm}` alone");
            refused(
                &with(jwk.clone(), "alg", other.name().into()),
                "malformed_key",
                &message,
            );
        }
        for unknown in ["none", "PS256", "ES384", "es256", "ECDH-ES"] {
            let message = format!("key with `alg` `{unknown}` is not supported");
            refused(
                &with(jwk.clone(), "alg", unknown.into()),
                "unsupported_key",
                &message,
            );
        }
    }
}

#[test]
fn unknown_types_and_curves_are_unsupported() {
    let jwk = es256_jwk(1, "k");
    for (name, value) in [
        ("crv", "P-384"),
        ("crv", "secp256k1"),
        ("crv", "Ed25519"),
        ("kty", "AKP"),
        ("kty", "ec"),
    ] {
        let message = format!("key with `{name}` `{value}` is not supported");
        refused(
            &with(jwk.clone(), name, value.into()),
            "unsupported_key",
            &message,
        );
    }
    refused(
        &with(ed25519_jwk("k"), "crv", "X25519".into()),
        "unsupported_key",
        "key with `crv` `X25519` is not supported",
    );
    refused(
        &with(ed25519_jwk("k"), "crv", "Ed448".into()),
        "unsupported_key",
        "key with `crv` `Ed448` is not supported",
    );
}

#[test]
fn required_members_are_required() {
    for (jwk, names) in [
        (es256_jwk(1, "k"), &["kty", "crv", "x", "y"][..]),
        (ed25519_jwk("k"), &["kty", "crv", "x"]),
        (rsa_jwk(256), &["kty", "n", "e"]),
        (hmac_jwk("k"), &["kty", "k"]),
    ] {
        for name in names {
            let message = format!("key has no member `{name}`");
            refused(&without(jwk.clone(), name), "malformed_key", &message);
            let message = format!("key member `{name}` is not a string");
            refused(
                &with(jwk.clone(), name, json!(1)),
                "malformed_key",
                &message,
            );
        }
        refused(
            &with(jwk, "kid", json!(1)),
            "malformed_key",
            "key member `kid` is not a string",
        );
    }
}

#[test]
fn use_and_key_ops_must_allow_verifying() {
    let jwk = es256_jwk(1, "k");
    for allowed in [json!(["verify"]), json!(["sign", "verify"])] {
        let jwk = with(jwk.clone(), "key_ops", allowed);
        assert!(
            VerificationKey::parse(with(jwk, "use", "sig".into()).to_string().as_bytes()).is_ok()
        );
    }
    refused(
        &with(jwk.clone(), "use", "enc".into()),
        "unusable_key",
        "key member `use` does not allow verifying",
    );
    refused(
        &with(jwk.clone(), "use", "SIG".into()),
        "unusable_key",
        "key member `use` does not allow verifying",
    );
    for bad in [
        json!([]),
        json!(["sign"]),
        json!(["encrypt"]),
        json!(["sign, verify"]),
    ] {
        let message = "key member `key_ops` does not allow verifying";
        refused(&with(jwk.clone(), "key_ops", bad), "unusable_key", message);
    }
    refused(
        &with(jwk.clone(), "key_ops", json!(["verify", "sign", "verify"])),
        "malformed_key",
        "`key_ops` names an operation twice",
    );
    for bad in [json!("verify"), json!([1]), json!(null)] {
        let message = "key member `key_ops` is not an array of at most 32 strings";
        refused(&with(jwk.clone(), "key_ops", bad), "malformed_key", message);
    }
}

#[test]
fn coordinates_are_32_bytes_and_on_the_curve() {
    let jwk = es256_jwk(1, "k");
    for bytes in [31, 33, 0] {
        let short = base64url::encode(&vec![1; bytes]);
        for name in ["x", "y"] {
            let message = format!("key member `{name}` is not 32 bytes in base64url");
            refused(
                &with(jwk.clone(), name, short.clone().into()),
                "malformed_key",
                &message,
            );
        }
    }
    let padded = format!("{}=", jwk["x"].as_str().unwrap());
    refused(
        &with(jwk.clone(), "x", padded.into()),
        "malformed_key",
        "key member `x` is not 32 bytes in base64url",
    );
    for wrong in [[0; 32], [0xff; 32], [1; 32]] {
        let wrong = base64url::encode(&wrong);
        refused(
            &with(jwk.clone(), "y", wrong.into()),
            "malformed_key",
            "key is not a point on its curve",
        );
    }
    let zero = base64url::encode(&[0; 32]);
    let origin = with(with(jwk, "x", zero.clone().into()), "y", zero.into());
    refused(&origin, "malformed_key", "key is not a point on its curve");
}

#[test]
fn ed25519_points_of_low_order_are_weak() {
    let low_order = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    ];
    for point in low_order {
        let jwk = with(
            ed25519_jwk("k"),
            "x",
            base64url::encode(&unhex(point)).into(),
        );
        refused(&jwk, "weak_key", "Ed25519 key of low order");
    }
}

#[test]
fn second_encodings_of_ed25519_points_are_refused() {
    // y = p + 1 and y = p: other spellings of two low-order points; y = p + 3 would be one of an ordinary point.
    for point in [
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000080",
    ] {
        let jwk = with(
            ed25519_jwk("k"),
            "x",
            base64url::encode(&unhex(point)).into(),
        );
        refused(&jwk, "malformed_key", "key is not a point on its curve");
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn weak_and_oversized_keys_are_refused() {
    refused(
        &rsa_jwk(255),
        "weak_key",
        "RSA modulus of 2040 bits where 2048 are needed",
    );
    refused(
        &rsa_jwk(1025),
        "unsupported_key",
        "RSA modulus of 8200 bits where 8192 are allowed",
    );
    let short = with(hmac_jwk("k"), "k", base64url::encode(&[1; 31]).into());
    refused(
        &short,
        "weak_key",
        "HMAC key of 31 bytes where 32 are needed",
    );
}

#[test]
fn private_members_are_ignored() {
    let jwk = with(es256_jwk(1, "k"), "d", "not even base64 !".into());
    assert_eq!(key(&jwk).algorithm(), Algorithm::Es256);
    assert_eq!(
        thumbprint(jwk.as_object().unwrap()),
        thumbprint(es256_jwk(1, "k").as_object().unwrap())
    );
}

#[test]
fn debug_shows_neither_secret_nor_coordinates() {
    let debug = format!("{:?}", key_set(&[hmac_jwk("h")]));
    assert!(
        debug.contains("Hs256") && !debug.contains("66") && !debug.contains("0x42"),
        "{debug}"
    );
}

#[test]
fn duplicate_members_and_oversized_texts_are_refused() {
    let error = VerificationKey::parse(br#"{"kty":"oct","kty":"oct"}"#).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "duplicate_member",
            "key is member `kty` occurs twice in one object"
        )
    );
    let long = with(es256_jwk(1, "k"), "note", "x".repeat(MAX_JWK_BYTES).into());
    let error = VerificationKey::parse(long.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.code(), "malformed_key");
    let set = with(
        json!({"keys": []}),
        "note",
        "x".repeat(MAX_JWKS_BYTES).into(),
    );
    assert!(KeySet::parse(set.to_string().as_bytes()).is_err());
    assert!(KeySet::parse(br#"{"keys":[{"kty":"oct","k":"a","k":"b"}]}"#).is_err());
}

#[test]
fn a_set_skips_what_it_cannot_use_and_says_why() {
    let set = key_set(&[
        json!({"kty": "EC", "crv": "P-521", "kid": "five"}),
        es256_jwk(1, "good"),
        json!("text"),
        json!({"kty": "oct", "k": "AA", "kid": 7}),
        ed25519_jwk("also good"),
    ]);
    let kids: Vec<_> = set.keys().iter().map(VerificationKey::kid).collect();
    assert_eq!(kids, [Some("good"), Some("also good")]);
    let skipped: Vec<_> = set
        .skipped()
        .iter()
        .map(|key| (key.index, key.kid.as_deref(), key.error.code()))
        .collect();
    assert_eq!(
        skipped,
        [
            (0, Some("five"), "unsupported_key"),
            (2, None, "malformed_key"),
            (3, None, "malformed_key")
        ]
    );
}

#[test]
fn a_set_is_an_object_with_an_array_of_keys() {
    for (text, message) in [
        ("{}", "key has no member `keys`"),
        (r#"{"keys":{}}"#, "key member `keys` is not an array"),
        ("[]", "key is not a JSON object"),
    ] {
        assert_eq!(
            KeySet::parse(text.as_bytes()).unwrap_err().to_string(),
            message
        );
    }
    assert!(KeySet::parse(br#"{"keys":[]}"#).unwrap().keys().is_empty());
}

#[test]
fn the_number_of_keys_is_accepted_up_to_the_limit() {
    let keys = vec![hmac_jwk("k"); MAX_JWKS_KEYS];
    assert_eq!(key_set(&keys).keys().len(), MAX_JWKS_KEYS);
    let keys = vec![hmac_jwk("k"); MAX_JWKS_KEYS + 1];
    let error = KeySet::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap_err();
    assert_eq!(error, JwkError::TooManyKeys { actual: 65 });
    assert_eq!(error.to_string(), "65 keys where 64 are allowed");
}

#[test]
fn thumbprints_cover_the_required_members_alone() {
    let plain = es256_jwk(1, "k");
    let decorated = with(
        with(plain.clone(), "use", "enc".into()),
        "alg",
        "whatever".into(),
    );
    assert_eq!(
        thumbprint(plain.as_object().unwrap()),
        thumbprint(decorated.as_object().unwrap())
    );
    let other = es256_jwk(2, "k");
    assert_ne!(
        thumbprint(plain.as_object().unwrap()),
        thumbprint(other.as_object().unwrap())
    );
}

#[test]
fn thumbprints_exist_for_keys_that_cannot_be_used_here() {
    // RFC 7638 makes no difference between curves; computed with `openssl dgst -sha256` over the canonical form.
    let p384 = json!({"kty": "EC", "crv": "P-384", "x": "AQ", "y": "Ag"});
    assert_eq!(
        thumbprint(p384.as_object().unwrap()).unwrap(),
        "Fkfki5Ys1ElAD6jPiZ_NS0k9zGacA6aX7HIf8ZOqzNk"
    );
    let secret = json!({"kty": "oct", "k": "AQID"});
    assert_eq!(
        thumbprint(secret.as_object().unwrap()).unwrap(),
        "xyzL7E2wxRsksrybor1iIah92PHMUlEgSf_CGV1lwBc"
    );
}

#[test]
fn thumbprints_refuse_what_json_would_escape() {
    for (name, value) in [
        ("x", "a\"b"),
        ("x", "AA=="),
        ("x", ""),
        ("crv", "P\"256"),
        ("kty", "EC\u{0}"),
    ] {
        let jwk = with(es256_jwk(1, "k"), name, value.into());
        assert!(
            thumbprint(jwk.as_object().unwrap()).is_err(),
            "{name} {value:?}"
        );
    }
}
