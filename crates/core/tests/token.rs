//! The rules a token is held against: times, issuer, audience, type, presence.
#![expect(clippy::unwrap_used, reason = "a test")]

mod jose_support;

use jose_support::{es256_jwk, es256_token, key_set, lax_rules};
use portcullis_core::{
    time::UnixSecs,
    token::{Rules, TokenError, VerifiedToken, verify},
};

const HEADER: &str = r#"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#;

fn run(header: &str, claims: &str, rules: &Rules, now: u64) -> Result<VerifiedToken, TokenError> {
    let keys = key_set(&[es256_jwk(1, "k")]);
    verify(
        &es256_token(1, header, claims),
        &keys,
        rules,
        UnixSecs::new(now),
    )
}

#[track_caller]
fn accepted(claims: &str, rules: &Rules, now: u64) {
    run(HEADER, claims, rules, now).unwrap();
}

/// Pins code and message of the refusal.
#[track_caller]
fn refused(claims: &str, rules: &Rules, now: u64, code: &str, message: &str) {
    let error = run(HEADER, claims, rules, now).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, message));
}

#[test]
fn a_token_is_expired_from_the_second_of_its_exp() {
    let rules = lax_rules();
    accepted(r#"{"exp":1000}"#, &rules, 999);
    let message = "token expired at 1000, it is 1000, leeway 0 s";
    refused(r#"{"exp":1000}"#, &rules, 1000, "expired", message);
    refused(
        r#"{"exp":0}"#,
        &rules,
        0,
        "expired",
        "token expired at 0, it is 0, leeway 0 s",
    );
}

#[test]
fn a_token_may_be_as_long_as_the_rules_say() {
    let claims = format!(r#"{{"x":"{}"}}"#, "y".repeat(20_000));
    let bytes = es256_token(1, HEADER, &claims).len();
    let message = format!("token of {bytes} bytes where 16384 are allowed");
    refused(&claims, &lax_rules(), 0, "token_too_large", &message);
    accepted(&claims, &lax_rules().max_bytes(bytes).unwrap(), 0);
    let message = format!("token of {bytes} bytes where {} are allowed", bytes - 1);
    let rules = lax_rules().max_bytes(bytes - 1).unwrap();
    refused(&claims, &rules, 0, "token_too_large", &message);
}

#[test]
fn leeway_moves_the_expiry_by_exactly_its_seconds() {
    let rules = lax_rules().leeway_secs(60).unwrap();
    accepted(r#"{"exp":1000}"#, &rules, 1059);
    let message = "token expired at 1000, it is 1060, leeway 60 s";
    refused(r#"{"exp":1000}"#, &rules, 1060, "expired", message);
}

#[test]
fn a_fraction_of_exp_is_cut_off() {
    let rules = lax_rules();
    accepted(r#"{"exp":1000.9}"#, &rules, 999);
    let message = "token expired at 1000, it is 1000, leeway 0 s";
    refused(r#"{"exp":1000.9}"#, &rules, 1000, "expired", message);
}

#[test]
fn a_token_is_valid_from_the_second_of_its_nbf() {
    let rules = lax_rules();
    accepted(r#"{"nbf":1000}"#, &rules, 1000);
    let message = "token is valid from 1000, it is only 999, leeway 0 s";
    refused(r#"{"nbf":1000}"#, &rules, 999, "not_yet_valid", message);
    let message = "token is valid from 1001, it is only 1000, leeway 0 s";
    refused(r#"{"nbf":1000.1}"#, &rules, 1000, "not_yet_valid", message);
    let rules = rules.leeway_secs(5).unwrap();
    accepted(r#"{"nbf":1000}"#, &rules, 995);
    let message = "token is valid from 1000, it is only 994, leeway 5 s";
    refused(r#"{"nbf":1000}"#, &rules, 994, "not_yet_valid", message);
}

#[test]
fn a_token_from_the_future_is_refused() {
    let rules = lax_rules();
    accepted(r#"{"iat":1000}"#, &rules, 1000);
    let message = "token was issued at 1000, it is only 999, leeway 0 s";
    refused(r#"{"iat":1000}"#, &rules, 999, "issued_in_future", message);
    let rules = rules.leeway_secs(1).unwrap();
    accepted(r#"{"iat":1000}"#, &rules, 999);
}

#[test]
fn the_end_of_time_does_not_overflow() {
    let rules = lax_rules().leeway_secs(300).unwrap();
    refused(
        r#"{"exp":253402300799}"#,
        &rules,
        u64::MAX,
        "expired",
        "token expired at 253402300799, it is 18446744073709551615, leeway 300 s",
    );
    accepted(r#"{"nbf":253402300799}"#, &rules, u64::MAX);
}

#[test]
fn exp_is_required_unless_the_caller_allows_its_absence() {
    let strict = Rules::new([portcullis_core::jose::Algorithm::Es256]).unwrap();
    refused(
        "{}",
        &strict,
        1,
        "missing_claim",
        "token has no claim `exp`",
    );
    accepted(r#"{"exp":2}"#, &strict, 1);
    accepted("{}", &lax_rules(), 1);
}

#[test]
fn the_issuer_must_be_exactly_one_of_those_asked_for() {
    let rules = lax_rules().issuer("https://a.example");
    accepted(r#"{"iss":"https://a.example"}"#, &rules, 1);
    refused("{}", &rules, 1, "missing_claim", "token has no claim `iss`");
    for wrong in [
        "https://a.example/",
        "https://A.example",
        "",
        "https://a.example.evil",
    ] {
        let message = format!("token is from `{wrong}`, not from `https://a.example`");
        refused(
            &format!("{{\"iss\":\"{wrong}\"}}"),
            &rules,
            1,
            "issuer_mismatch",
            &message,
        );
    }
    let rules = rules.issuer("b");
    accepted(r#"{"iss":"b"}"#, &rules, 1);
    accepted(r#"{"iss":"anything"}"#, &lax_rules(), 1);
}

#[test]
fn the_audience_must_contain_one_of_those_asked_for() {
    let rules = lax_rules().audience("api");
    accepted(r#"{"aud":"api"}"#, &rules, 1);
    accepted(r#"{"aud":["other","api"]}"#, &rules, 1);
    refused("{}", &rules, 1, "missing_claim", "token has no claim `aud`");
    refused(
        r#"{"aud":[]}"#,
        &rules,
        1,
        "audience_mismatch",
        "token is for nobody, not for `api`",
    );
    let message = "token is for `web`, `API`, not for `api`";
    refused(
        r#"{"aud":["web","API"]}"#,
        &rules,
        1,
        "audience_mismatch",
        message,
    );
    accepted(r#"{"aud":"web"}"#, &rules.audience("web"), 1);
    accepted(r#"{"aud":"anyone"}"#, &lax_rules(), 1);
}

#[test]
fn the_type_must_be_the_one_asked_for() {
    let rules = lax_rules().typ("at+jwt");
    accepted("{}", &rules, 1);
    for typ in ["AT+JWT", "application/at+jwt"] {
        run(
            &format!("{{\"alg\":\"ES256\",\"typ\":\"{typ}\"}}"),
            "{}",
            &rules,
            1,
        )
        .unwrap();
    }
    let error = run(r#"{"alg":"ES256","typ":"JWT"}"#, "{}", &rules, 1).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("typ_mismatch", "token type is `JWT`, not `at+jwt`")
    );
    let error = run(r#"{"alg":"ES256"}"#, "{}", &rules, 1).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("typ_mismatch", "token has no type, not `at+jwt`")
    );
}

#[test]
fn named_claims_are_required() {
    let rules = lax_rules().require_claim("sid");
    accepted(r#"{"sid":null}"#, &rules, 1);
    refused(
        r#"{"SID":1}"#,
        &rules,
        1,
        "missing_claim",
        "token has no claim `sid`",
    );
}

#[test]
fn claims_must_be_a_strict_object() {
    let rules = lax_rules();
    refused(
        "[]",
        &rules,
        1,
        "malformed_claims",
        "claims: not a JSON object",
    );
    refused(
        "",
        &rules,
        1,
        "malformed_claims",
        "claims: not JSON at line 1, column 0",
    );
    let message = "claims: member `sub` occurs twice in one object";
    refused(
        r#"{"sub":"a","sub":"b"}"#,
        &rules,
        1,
        "duplicate_member",
        message,
    );
    let message = "claim `exp` is not a number of seconds from 0 to the year 9999";
    refused(r#"{"exp":"1000"}"#, &rules, 1, "malformed_claims", message);
}

#[test]
fn nothing_is_said_about_claims_that_nobody_signed() {
    let keys = key_set(&[es256_jwk(1, "k")]);
    for claims in [r#"{"exp":1}"#, "[]", r#"{"iss":"x"}"#] {
        let forged = es256_token(2, HEADER, claims);
        let rules = lax_rules().issuer("y").typ("other");
        let error = verify(&forged, &keys, &rules, UnixSecs::new(1000)).unwrap_err();
        assert_eq!(error.code(), "signature_invalid");
    }
}

#[test]
fn messages_are_one_short_line_whatever_the_token_says() {
    let rules = lax_rules().issuer("a");
    let long = format!("line\\nbreak`{}", "x".repeat(5000));
    let error = run(HEADER, &format!("{{\"iss\":\"{long}\"}}"), &rules, 1).unwrap_err();
    let message = error.to_string();
    assert!(message.len() < 160 && !message.contains('\n'), "{message}");
}

#[test]
fn a_verified_token_hands_out_header_and_claims() {
    let token = run(HEADER, r#"{"sub":"u1","tier":"beta"}"#, &lax_rules(), 1).unwrap();
    assert_eq!(token.header().kid(), Some("k"));
    assert_eq!(token.header().typ(), Some("at+jwt"));
    assert_eq!(token.claims().subject(), Some("u1"));
    assert_eq!(token.claims().members().len(), 2);
}
