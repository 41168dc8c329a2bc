use super::*;
use serde_json::{Value, from_str, json};

// Made once with another implementation; the private key was thrown away. The token is valid from
// second 1000 to second 2000.
const JWKS: &str = r#"{"keys": [{
    "kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "use": "sig",
    "x": "OaOgzwzjsyhhNcmD1Js_gMHdeJDDiN65-1jERjSmHSw",
    "y": "Rhf9WOK9j18P2j8-qDsMuEhRqxoiZ2KxW64y9FdL1U8"
}]}"#;
const TOKEN: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.\
    eyJncmFudHMiOlsiTlVSU0VAd2FyZDp3MSJdLCJ0aWVyIjoiYmV0YSIsImlzcyI6Imh0dHBzOi8vYS5leGFtcGxlIiwi\
    YXVkIjoiaHR0cHM6Ly9hLmV4YW1wbGUiLCJzdWIiOiJ1MSIsImlhdCI6MTAwMCwiZXhwIjoyMDAwfQ.\
    ei0eTof1xNl4q8GikLk_CHH6e364ZKd3CU2N_2YHwcPneAIDf45jg5v0ZHQXUaJ-8nH8VL3H2AMqBuZ4fUMG5Q";
const RULES: &str =
    r#"{"issuer": "https://a.example", "audience": ["https://a.example"], "typ": "at+jwt"}"#;
const NOW: f64 = 1_500_000.0;

#[track_caller]
fn verified(core: &mut VerifierCore, token: &str, now_ms: f64) -> Value {
    from_str(&core.verify(token, now_ms)).unwrap()
}

#[track_caller]
fn refused(rules: &str, token: &str, now_ms: f64) -> String {
    let mut core = VerifierCore::create(JWKS, rules);
    assert_eq!(core.problem(), None);
    let answer = verified(&mut core, token, now_ms);
    assert_eq!(answer["ok"], false);
    answer["code"].as_str().unwrap().to_string()
}

#[track_caller]
fn problem_code(jwks: &str, rules: &str) -> String {
    let mut core = VerifierCore::create(jwks, rules);
    let problem: Value = from_str(&core.problem().unwrap()).unwrap();
    let answer = verified(&mut core, TOKEN, NOW);
    assert_eq!(
        (&answer["ok"], &answer["code"]),
        (&json!(false), &problem["code"])
    );
    assert!(!core.still_valid(0, NOW));
    problem["code"].as_str().unwrap().to_string()
}

#[test]
fn a_token_that_holds_gives_its_header_and_claims() {
    let answer = verified(&mut VerifierCore::create(JWKS, RULES), TOKEN, NOW);
    assert_eq!(answer["ok"], true);
    assert_eq!(
        answer["header"],
        json!({"alg": "ES256", "typ": "at+jwt", "kid": "k1"})
    );
    assert_eq!(answer["claims"]["grants"], json!(["NURSE@ward:w1"]));
    assert_eq!(answer["claims"]["exp"], 2000);
}

#[test]
fn a_token_that_does_not_hold_gives_the_code_of_the_first_failed_check() {
    assert_eq!(refused(RULES, "", NOW), "malformed_token");
    assert_eq!(
        refused(RULES, &TOKEN.replace(".ei0e", ".fi0e"), NOW),
        "signature_invalid"
    );
    assert_eq!(refused(RULES, TOKEN, 2_000_000.0), "expired");
    assert_eq!(refused(RULES, TOKEN, f64::NAN), "expired");
    assert_eq!(
        refused(r#"{"issuer": "https://b.example"}"#, TOKEN, NOW),
        "issuer_mismatch"
    );
    assert_eq!(
        refused(r#"{"audience": "https://b.example"}"#, TOKEN, NOW),
        "audience_mismatch"
    );
    assert_eq!(refused(r#"{"typ": "jwt"}"#, TOKEN, NOW), "typ_mismatch");
}

#[test]
fn a_token_seen_before_is_valid_until_the_second_of_its_expiry() {
    let mut core = VerifierCore::create(JWKS, RULES);
    let answer = verified(&mut core, TOKEN, NOW);
    let handle = u32::try_from(answer["handle"].as_u64().unwrap()).unwrap();
    assert!(core.still_valid(handle, 1_999_999.0));
    assert!(!core.still_valid(handle, 2_000_000.0));
    assert!(!core.still_valid(handle, f64::NAN));
    assert!(!core.still_valid(handle + 1, NOW));
}

#[test]
fn the_oldest_token_gives_way_after_256_more() {
    let mut core = VerifierCore::create(JWKS, RULES);
    for _ in 0..256 {
        verified(&mut core, TOKEN, NOW);
    }
    assert!(core.still_valid(0, NOW) && core.still_valid(255, NOW));
    verified(&mut core, TOKEN, NOW);
    assert!(!core.still_valid(0, NOW));
    assert!(core.still_valid(1, NOW) && core.still_valid(256, NOW));
}

#[test]
fn fewer_tokens_are_kept_when_the_rules_say_so() {
    let mut core = VerifierCore::create(JWKS, r#"{"maxKept": 1}"#);
    verified(&mut core, TOKEN, NOW);
    assert!(core.still_valid(0, NOW));
    verified(&mut core, TOKEN, NOW);
    assert!(!core.still_valid(0, NOW) && core.still_valid(1, NOW));
}

#[test]
fn a_token_may_have_as_many_bytes_as_the_rules_say() {
    let exact = format!(r#"{{"maxBytes": {}}}"#, TOKEN.len());
    let less = format!(r#"{{"maxBytes": {}}}"#, TOKEN.len() - 1);
    let mut core = VerifierCore::create(JWKS, &exact);
    assert_eq!(verified(&mut core, TOKEN, NOW)["ok"], true);
    assert_eq!(refused(&less, TOKEN, NOW), "token_too_large");
    assert_eq!(
        problem_code(JWKS, r#"{"maxBytes": 1048577}"#),
        "malformed_rules"
    );
}

#[test]
fn leeway_is_granted_as_asked_up_to_its_limit() {
    assert_eq!(
        refused(r#"{"leewaySecs": 30}"#, TOKEN, 2_030_000.0),
        "expired"
    );
    let mut core = VerifierCore::create(JWKS, r#"{"leewaySecs": 30}"#);
    assert_eq!(verified(&mut core, TOKEN, 2_029_999.0)["ok"], true);
    assert_eq!(
        problem_code(JWKS, r#"{"leewaySecs": 301}"#),
        "malformed_rules"
    );
}

#[test]
fn keys_and_rules_that_could_never_verify_are_a_problem() {
    assert_eq!(problem_code("{", RULES), "malformed_keys");
    assert_eq!(problem_code(r#"{"keys": []}"#, RULES), "no_usable_key");
    assert_eq!(
        problem_code(r#"{"keys": [{"kty": "RSA"}]}"#, RULES),
        "no_usable_key"
    );
    assert_eq!(
        problem_code(JWKS, r#"{"algorithms": ["none"]}"#),
        "unsupported_algorithm"
    );
    assert_eq!(
        problem_code(JWKS, r#"{"algorithms": []}"#),
        "malformed_rules"
    );
    assert_eq!(problem_code(JWKS, r#"{"audience": []}"#), "malformed_rules");
    assert_eq!(
        problem_code(JWKS, r#"{"isuer": "https://a.example"}"#),
        "malformed_rules"
    );
}

#[test]
fn an_algorithm_is_supported_exactly_when_it_is_compiled_in() {
    for algorithm in Algorithm::ALL {
        let rules = format!(r#"{{"algorithms": ["{}"]}}"#, algorithm.name());
        let problem = VerifierCore::create(JWKS, &rules).problem();
        assert_eq!(problem.is_none(), algorithm.is_compiled_in(), "{problem:?}");
    }
}
