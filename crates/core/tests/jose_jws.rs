//! What a compact JWS must be, and the attacks on it.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test")]

mod jose_support;

use jose_support::{
    HMAC_SECRET, ed25519_jwk, ed25519_token, es256_jwk, es256_sign, es256_signer, es256_token,
    hmac_jwk, hs256_token, key_set, signing_input,
};
use portcullis_core::{
    jose::{self, Algorithm, JwsError, base64url},
    limits::MAX_TOKEN_BYTES,
};

const HEADER: &str = r#"{"alg":"ES256","kid":"k"}"#;

/// Verifies with the ES256 key `k`, and pins code and message of the refusal.
#[track_caller]
fn refused(token: &str, code: &str, message: &str) {
    let keys = key_set(&[es256_jwk(1, "k")]);
    let error = jose::verify(token, &keys, &[Algorithm::Es256]).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, message));
}

fn accepted(header: &str, payload: &str) -> bool {
    let keys = key_set(&[es256_jwk(1, "k")]);
    jose::verify(&es256_token(1, header, payload), &keys, &[Algorithm::Es256]).is_ok()
}

#[test]
fn a_signed_token_is_accepted_with_any_payload() {
    for payload in ["{}", "", "text", "\0\u{1f600}"] {
        assert!(accepted(HEADER, payload), "{payload:?}");
    }
}

#[test]
fn header_spacing_and_unknown_parameters_are_accepted() {
    assert!(accepted(
        "{ \"kid\" : \"k\" ,\n\"alg\":\"ES256\",\"x-new\":[1,{}] }",
        "{}"
    ));
}

#[test]
fn the_number_of_parts_is_three() {
    let token = es256_token(1, HEADER, "{}");
    refused("", "malformed_token", "token has 1 parts instead of 3");
    refused("a.b", "malformed_token", "token has 2 parts instead of 3");
    refused(
        &format!("{token}."),
        "malformed_token",
        "token has 4 parts instead of 3",
    );
    refused(
        "a.b.c.d.e",
        "malformed_token",
        "token has 5 parts instead of 3",
    );
    refused(
        &".".repeat(9000),
        "malformed_token",
        "token has 6 parts instead of 3",
    );
    refused(
        &format!(".{token}"),
        "malformed_token",
        "token has 4 parts instead of 3",
    );
}

#[test]
fn every_part_is_strict_base64url() {
    let signed = signing_input(HEADER, "{\"a\":1}");
    let token = es256_sign(1, &signed);
    let parts: Vec<&str> = token.split('.').collect();
    for (index, name) in ["header", "payload", "signature"].into_iter().enumerate() {
        let message = format!("{name} is not unpadded base64url");
        for change in ["=", "==", " ", "\n", "+", "/", "\0", "é", "%3D"] {
            let mut changed: Vec<String> = parts.iter().map(ToString::to_string).collect();
            changed[index].push_str(change);
            refused(&changed.join("."), "malformed_token", &message);
            changed[index] = format!("{change}{}", parts[index]);
            refused(&changed.join("."), "malformed_token", &message);
        }
    }
}

#[test]
fn unused_bits_are_refused_even_when_they_are_signed() {
    // `e30` is `{}`; `e31` has a bit set that no byte holds.
    let header = base64url::encode(HEADER.as_bytes());
    let keys = key_set(&[es256_jwk(1, "k")]);
    let verify = |payload: &str| {
        jose::verify(
            &es256_sign(1, &format!("{header}.{payload}")),
            &keys,
            &[Algorithm::Es256],
        )
    };
    assert!(verify("e30").is_ok());
    assert_eq!(
        verify("e31").unwrap_err().to_string(),
        "payload is not unpadded base64url"
    );
    let token = es256_token(1, HEADER, "{}");
    let last = token.chars().next_back().unwrap();
    // 64 bytes leave 4 bits of the last character unused, so the canonical ones are A, Q, g and w.
    assert!("AQgw".contains(last));
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    let changed = format!("{}{next}", &token[..token.len() - 1]);
    refused(
        &changed,
        "malformed_token",
        "signature is not unpadded base64url",
    );
}

#[test]
fn size_is_accepted_up_to_the_limit() {
    let keys = key_set(&[es256_jwk(1, "k")]);
    let overhead = es256_token(1, HEADER, "").len();
    let mut payload = "x".repeat((MAX_TOKEN_BYTES - overhead) * 3 / 4);
    let fitting = es256_token(1, HEADER, &payload);
    assert!(fitting.len() > MAX_TOKEN_BYTES - 4 && fitting.len() <= MAX_TOKEN_BYTES);
    assert!(jose::verify(&fitting, &keys, &[Algorithm::Es256]).is_ok());
    payload.push_str("xxx");
    let long = es256_token(1, HEADER, &payload);
    let message = format!(
        "token of {} bytes where {MAX_TOKEN_BYTES} are allowed",
        long.len()
    );
    refused(&long, "token_too_large", &message);
}

#[test]
fn the_header_is_a_strict_object() {
    let refused = |header: &str, code: &str, message: &str| {
        refused(&es256_token(1, header, "{}"), code, message);
    };
    refused(
        "",
        "malformed_header",
        "header: not JSON at line 1, column 0",
    );
    refused("[]", "malformed_header", "header: not a JSON object");
    refused(
        r#"{"alg":"ES256"}x"#,
        "malformed_header",
        "header: not JSON at line 1, column 16",
    );
    refused(
        r#"{"alg":"ES256","alg":"ES256"}"#,
        "duplicate_member",
        "header: member `alg` occurs twice in one object",
    );
    refused(
        r#"{"alg":"ES256","a":{"b":1,"b":1}}"#,
        "duplicate_member",
        "header: member `b` occurs twice in one object",
    );
    refused(
        "{}",
        "malformed_header",
        "header parameter `alg` is not present",
    );
    for bad in ["null", "1", "[\"ES256\"]", "{}", "true"] {
        let message = "header parameter `alg` is not a string";
        refused(&format!("{{\"alg\":{bad}}}"), "malformed_header", message);
        for name in ["kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256"] {
            let message = format!("header parameter `{name}` is not a string");
            refused(
                &format!("{{\"alg\":\"ES256\",\"{name}\":{bad}}}"),
                "malformed_header",
                &message,
            );
        }
    }
    let bomb = format!("{{\"alg\":\"ES256\",\"a\":{}", "[".repeat(8000));
    refused(
        &bomb,
        "malformed_header",
        "header: nested more than 32 levels deep",
    );
}

#[test]
fn a_header_that_is_not_utf8_is_refused() {
    let header = base64url::encode(b"{\"alg\":\"ES256\",\"a\":\"\xff\"}");
    let token = es256_sign(1, &format!("{header}.e30"));
    refused(
        &token,
        "malformed_header",
        "header: not UTF-8 after byte 20",
    );
}

#[test]
fn none_is_never_an_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", "", " none", "none\\u0000"] {
        let header = format!("{{\"alg\":\"{name}\"}}");
        let unsigned = format!("{}.", signing_input(&header, "{}"));
        let signed = es256_token(1, &header, "{}");
        let keys = key_set(&[es256_jwk(1, "k")]);
        for token in [unsigned, signed] {
            let error = jose::verify(&token, &keys, &Algorithm::ALL).unwrap_err();
            assert_eq!(error.code(), "algorithm_not_allowed", "{name}");
        }
    }
    let token = format!("{}.", signing_input(r#"{"alg":"none"}"#, "{}"));
    refused(
        &token,
        "algorithm_not_allowed",
        "algorithm `none` is not among the allowed `ES256`",
    );
}

#[test]
fn an_algorithm_is_allowed_by_its_exact_name_alone() {
    for name in ["es256", "ES256 ", "ES384", "ES256K", "HS256"] {
        let message = format!("algorithm `{name}` is not among the allowed `ES256`");
        refused(
            &es256_token(1, &format!("{{\"alg\":\"{name}\"}}"), "{}"),
            "algorithm_not_allowed",
            &message,
        );
    }
}

#[test]
fn nothing_is_allowed_if_the_caller_names_nothing() {
    let keys = key_set(&[es256_jwk(1, "k")]);
    let error = jose::verify(&es256_token(1, HEADER, "{}"), &keys, &[]).unwrap_err();
    assert_eq!(error.code(), "algorithm_not_allowed");
}

#[test]
fn a_public_key_is_never_an_hmac_secret() {
    // CVE-2015-9235: a token signed by HMAC with the text of the public key as the secret.
    let jwk = es256_jwk(1, "k");
    let point = es256_signer(1).verifying_key().to_sec1_point(false);
    let point = point.as_bytes();
    let keys = key_set(std::slice::from_ref(&jwk));
    for secret in [jwk.to_string().as_bytes(), point, &point[1..33]] {
        let named = hs256_token(secret, r#"{"alg":"HS256","kid":"k"}"#, "{}");
        let error = jose::verify(&named, &keys, &Algorithm::ALL).unwrap_err();
        assert_eq!(error.code(), "algorithm_mismatch");
        assert_eq!(
            error.to_string(),
            "token is signed with `HS256`, its key is for `ES256`"
        );
        let nameless = hs256_token(secret, r#"{"alg":"HS256"}"#, "{}");
        let error = jose::verify(&nameless, &keys, &Algorithm::ALL).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("unknown_key", "no `HS256` key")
        );
    }
}

#[test]
fn hmac_is_used_only_if_it_is_asked_for() {
    let keys = key_set(&[hmac_jwk("h")]);
    let token = hs256_token(&HMAC_SECRET, r#"{"alg":"HS256"}"#, "{}");
    assert!(jose::verify(&token, &keys, &[Algorithm::Hs256]).is_ok());
    let error = jose::verify(&token, &keys, &[Algorithm::Es256, Algorithm::EdDsa]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "algorithm `HS256` is not among the allowed `ES256`, `EdDSA`"
    );
}

#[test]
fn critical_extensions_are_refused_in_every_form() {
    let critical = |member: &str, names: &str| {
        let header = format!("{{\"alg\":\"ES256\",{member}}}");
        let message = format!("header demands extensions that are not understood: {names}");
        refused(&es256_token(1, &header, "{}"), "critical_header", &message);
    };
    critical(r#""crit":["exp"],"exp":1"#, "`exp`");
    critical(r#""crit":["b64","x"],"b64":true,"x":1"#, "`b64`, `x`");
    critical(r#""crit":[1]"#, "`not a string`");
    critical(r#""crit":[]"#, "`crit`");
    critical(r#""crit":null"#, "`crit`");
    critical(r#""crit":"exp""#, "`crit`");
    critical(r#""b64":false"#, "`b64`");
    critical(r#""b64":"true""#, "`b64`");
    assert!(accepted(r#"{"alg":"ES256","b64":true}"#, "{}"));
}

#[test]
fn a_key_in_the_header_is_never_used() {
    let own = es256_jwk(2, "k");
    for parameter in [
        format!("\"jwk\":{own}"),
        "\"jku\":\"https://attacker.example/jwks\"".to_owned(),
        "\"x5u\":\"https://attacker.example/x\"".to_owned(),
        "\"x5c\":[\"MIIB\"]".to_owned(),
    ] {
        let header = format!("{{\"alg\":\"ES256\",\"kid\":\"k\",{parameter}}}");
        let by_attacker = es256_token(2, &header, "{}");
        refused(
            &by_attacker,
            "signature_invalid",
            "no `ES256` signature of the 1 keys tried",
        );
        // The same header under the trusted key is only odd: a DPoP proof looks like that.
        assert!(accepted(&header, "{}"));
    }
}

#[test]
fn kid_chooses_among_keys_and_never_widens_the_choice() {
    let keys = key_set(&[es256_jwk(1, "a"), es256_jwk(2, "b")]);
    let verify = |seed, header: &str| {
        jose::verify(&es256_token(seed, header, "{}"), &keys, &[Algorithm::Es256])
    };
    assert!(verify(1, r#"{"alg":"ES256","kid":"a"}"#).is_ok());
    assert!(verify(2, r#"{"alg":"ES256","kid":"b"}"#).is_ok());
    let swapped = verify(1, r#"{"alg":"ES256","kid":"b"}"#).unwrap_err();
    assert_eq!(
        swapped,
        JwsError::SignatureInvalid {
            algorithm: Algorithm::Es256,
            tried: 1
        }
    );
    let unknown = verify(1, r#"{"alg":"ES256","kid":"c"}"#).unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.to_string().as_str()),
        ("unknown_key", "no `ES256` key with id `c`")
    );
    assert!(verify(1, r#"{"alg":"ES256"}"#).is_ok());
    assert!(verify(2, r#"{"alg":"ES256"}"#).is_ok());
    let stranger = verify(3, r#"{"alg":"ES256"}"#).unwrap_err();
    assert_eq!(
        stranger.to_string(),
        "no `ES256` signature of the 2 keys tried"
    );
}

#[test]
fn keys_that_share_a_kid_are_all_tried() {
    let keys = key_set(&[
        es256_jwk(1, "same"),
        ed25519_jwk("same"),
        es256_jwk(2, "same"),
    ]);
    let header = r#"{"alg":"ES256","kid":"same"}"#;
    for seed in [1, 2] {
        assert!(jose::verify(&es256_token(seed, header, "{}"), &keys, &[Algorithm::Es256]).is_ok());
    }
    let ed25519 = ed25519_token(r#"{"alg":"EdDSA","kid":"same"}"#, "{}");
    assert!(jose::verify(&ed25519, &keys, &[Algorithm::EdDsa]).is_ok());
}

#[test]
fn a_key_without_kid_is_a_candidate_for_every_token() {
    let mut jwk = es256_jwk(1, "k");
    jwk.as_object_mut().unwrap().remove("kid");
    let keys = key_set(&[jwk]);
    assert!(jose::verify(&es256_token(1, HEADER, "{}"), &keys, &[Algorithm::Es256]).is_ok());
}

#[test]
fn the_reason_why_a_named_key_was_skipped_is_told() {
    let mut encrypting = es256_jwk(1, "k");
    encrypting["use"] = "enc".into();
    let weak = serde_json::json!({"kty": "oct", "k": "c2hvcnQ", "kid": "short"});
    let keys = key_set(&[encrypting, weak]);
    let error =
        jose::verify(&es256_token(1, HEADER, "{}"), &keys, &[Algorithm::Es256]).unwrap_err();
    assert_eq!(error.code(), "unusable_key");
    assert_eq!(
        error.to_string(),
        "key `k` cannot be used: key member `use` does not allow verifying"
    );
    let token = hs256_token(b"short", r#"{"alg":"HS256","kid":"short"}"#, "{}");
    let error = jose::verify(&token, &keys, &[Algorithm::Hs256]).unwrap_err();
    assert_eq!(error.code(), "weak_key");
}

#[test]
fn the_low_and_the_high_form_of_s_are_both_accepted() {
    let keys = key_set(&[es256_jwk(1, "k")]);
    let token = es256_token(1, HEADER, "{}");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature =
        p256::ecdsa::Signature::from_slice(&base64url::decode(signature).unwrap()).unwrap();
    let (r, s) = signature.split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    let rewritten = format!("{signed}.{}", base64url::encode(&other.to_bytes()));
    assert_ne!(rewritten, token);
    assert!(jose::verify(&rewritten, &keys, &[Algorithm::Es256]).is_ok());
}

#[test]
fn signatures_of_wrong_length_or_zero_are_invalid() {
    let signed = signing_input(HEADER, "{}");
    for bytes in [
        vec![],
        vec![0; 64],
        vec![1; 63],
        vec![1; 65],
        vec![0xff; 64],
        vec![0x30; 72],
    ] {
        let token = format!("{signed}.{}", base64url::encode(&bytes));
        refused(
            &token,
            "signature_invalid",
            "no `ES256` signature of the 1 keys tried",
        );
    }
}
