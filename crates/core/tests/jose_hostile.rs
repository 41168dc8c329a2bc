//! Whatever comes in: no panic, no forged token accepted, and nothing accepted that jwt-compact can't read.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test")]

mod jose_support;

use jose_support::{
    HMAC_SECRET, ed25519_jwk, ed25519_token, es256_jwk, es256_sign, es256_token, hmac_jwk,
    hs256_token, key_set, lax_rules,
};
use jwt_compact::{ParseError, UntrustedToken};
use portcullis_core::{
    jose::{self, Algorithm, KeySet, VerificationKey, base64url, thumbprint},
    json,
    time::UnixSecs,
    token::{self, Rules},
};
use proptest::{collection::vec, prelude::*, sample::Index};

fn all_keys() -> KeySet {
    key_set(&[es256_jwk(1, "k"), ed25519_jwk("k"), hmac_jwk("k")])
}

fn all_rules() -> Rules {
    Rules::new(Algorithm::ALL).unwrap().allow_missing_exp()
}

/// One good token of each algorithm that can be signed here.
fn good_tokens() -> [String; 3] {
    let claims = r#"{"sub":"u1","exp":1000,"aud":["a","b"]}"#;
    [
        es256_token(1, r#"{"alg":"ES256","kid":"k"}"#, claims),
        ed25519_token(r#"{"alg":"EdDSA","kid":"k"}"#, claims),
        hs256_token(&HMAC_SECRET, r#"{"alg":"HS256","kid":"k"}"#, claims),
    ]
}

#[test]
fn the_good_tokens_are_good() {
    for token in good_tokens() {
        token::verify(&token, &all_keys(), &all_rules(), UnixSecs::new(1)).unwrap();
        UntrustedToken::new(&token).unwrap();
    }
}

#[test]
fn no_change_of_one_bit_is_accepted() {
    let (keys, rules) = (all_keys(), all_rules());
    for token in good_tokens() {
        for (position, bit) in
            (0..token.len()).flat_map(|position| (0..7).map(move |bit| (position, bit)))
        {
            let mut changed = token.clone().into_bytes();
            changed[position] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            let verdict = token::verify(&changed, &keys, &rules, UnixSecs::new(1));
            assert!(verdict.is_err(), "bit {bit} of byte {position}");
        }
    }
}

#[test]
fn no_truncation_is_accepted() {
    let (keys, rules) = (all_keys(), all_rules());
    for token in good_tokens() {
        for end in 0..token.len() {
            assert!(token::verify(&token[..end], &keys, &rules, UnixSecs::new(1)).is_err());
            assert!(token::verify(&token[end + 1..], &keys, &rules, UnixSecs::new(1)).is_err());
        }
    }
}

#[test]
fn no_mixture_of_good_tokens_is_accepted() {
    let (keys, rules) = (all_keys(), all_rules());
    let tokens = good_tokens();
    let parts: Vec<Vec<&str>> = tokens
        .iter()
        .map(|token| token.split('.').collect())
        .collect();
    for (a, b, c) in (0..27).map(|n| (n / 9, n / 3 % 3, n % 3)) {
        let mixed = [parts[a][0], parts[b][1], parts[c][2]].join(".");
        let verdict = token::verify(&mixed, &keys, &rules, UnixSecs::new(1));
        assert_eq!(verdict.is_ok(), tokens.contains(&mixed), "{a} {b} {c}");
    }
}

/// JSON texts that look like headers and claims: registered names with values of any kind.
fn json_like() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "iss", "sub", "aud", "exp", "nbf",
        "iat", "jti", "x",
    ]);
    let value = prop_oneof![
        Just("\"ES256\"".to_owned()),
        Just("\"none\"".to_owned()),
        Just("\"k\"".to_owned()),
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("[\"a\",1]".to_owned()),
        Just("{\"a\":{}}".to_owned()),
        Just("1e400".to_owned()),
        any::<f64>().prop_map(|number| format!("{number:e}")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    vec((name, value), 0..6).prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_text_is_refused_without_panic(text in any::<String>()) {
        prop_assert!(token::verify(&text, &all_keys(), &all_rules(), UnixSecs::new(1)).is_err());
    }

    #[test]
    fn arbitrary_parts_are_refused_without_panic(parts in vec(vec(any::<u8>(), 0..80), 0..6)) {
        let text = parts.iter().map(|part| base64url::encode(part)).collect::<Vec<_>>().join(".");
        prop_assert!(token::verify(&text, &all_keys(), &all_rules(), UnixSecs::new(1)).is_err());
    }

    #[test]
    fn unsigned_headers_and_claims_are_refused(
        header in json_like(),
        claims in json_like(),
        signature in vec(any::<u8>(), 0..70),
    ) {
        let text = [header.as_bytes(), claims.as_bytes(), &signature].map(base64url::encode).join(".");
        prop_assert!(token::verify(&text, &all_keys(), &all_rules(), UnixSecs::new(1)).is_err());
    }

    #[test]
    fn several_changes_of_a_good_token_are_refused(
        which in 0..3_usize,
        changes in vec((any::<Index>(), any::<char>()), 1..5),
    ) {
        let good = &good_tokens()[which];
        let mut changed: Vec<char> = good.chars().collect();
        for (position, character) in changes {
            let position = position.index(changed.len());
            changed[position] = character;
        }
        let changed: String = changed.into_iter().collect();
        prop_assume!(changed != *good);
        prop_assert!(token::verify(&changed, &all_keys(), &all_rules(), UnixSecs::new(1)).is_err());
    }

    #[test]
    fn keys_and_sets_of_any_text_do_not_panic(text in any::<String>(), jwk in json_like()) {
        for text in [&text, &jwk, &format!("{{\"keys\":[{jwk},{jwk}]}}")] {
            let _ = VerificationKey::parse(text.as_bytes());
            let _ = KeySet::parse(text.as_bytes());
            if let Ok(members) = json::parse_object(text.as_bytes(), 1 << 20) {
                let _ = thumbprint(&members);
            }
        }
    }

    #[test]
    fn keys_of_any_members_do_not_panic(
        kty in prop::sample::select(vec!["EC", "OKP", "RSA", "oct"]),
        crv in prop::sample::select(vec!["P-256", "Ed25519", "P-384"]),
        one in vec(any::<u8>(), 0..300),
        other in vec(any::<u8>(), 0..40),
        point in any::<[u8; 32]>(),
        message in vec(any::<u8>(), 0..40),
    ) {
        let [one, other, point] = [&one[..], &other, &point].map(base64url::encode);
        for (x, y) in [(&one, &other), (&point, &point), (&point, &other)] {
            let jwk = serde_json::json!({"kty": kty, "crv": crv, "x": x, "y": y, "n": one, "e": other, "k": one});
            if let Ok(key) = VerificationKey::parse(jwk.to_string().as_bytes()) {
                prop_assert!(!key.verify(&message, &message));
                prop_assert!(!key.verify(&message, &[1; 64]));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_signed_token_is_accepted_jwt_compact_can_read(header in json_like(), claims in json_like()) {
        let header = header.replacen('{', "{\"alg\":\"ES256\",", 1).replace(",}", "}");
        let token = es256_token(1, &header, &claims);
        if token::verify(&token, &all_keys(), &lax_rules(), UnixSecs::new(1)).is_ok() {
            match UntrustedToken::new(&token) {
                Ok(read) => prop_assert_eq!(read.algorithm(), "ES256"),
                // The one difference: `cty` describes the payload to applications, and isn't looked at here.
                Err(error) => prop_assert!(matches!(error, ParseError::UnsupportedContentType(_)), "{header}: {error}"),
            }
        }
    }

    #[test]
    fn signed_bytes_of_any_kind_do_not_panic(header in vec(any::<u8>(), 0..60), payload in vec(any::<u8>(), 0..60)) {
        let signed = format!("{}.{}", base64url::encode(&header), base64url::encode(&payload));
        let _ = jose::verify(&es256_sign(1, &signed), &all_keys(), &[Algorithm::Es256]);
        let good_header = base64url::encode(br#"{"alg":"ES256"}"#);
        let token = es256_sign(1, &format!("{good_header}.{}", base64url::encode(&payload)));
        let verified = jose::verify(&token, &all_keys(), &[Algorithm::Es256]).unwrap();
        prop_assert_eq!(verified.payload, payload);
    }
}
