//! The form of requests and answers, and that nothing which comes in ends the stream.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use portcullis_conform::run_line;
use proptest::prelude::*;
use serde_json::{Value, json};

const OPERATIONS: [&str; 5] = [
    "verifyJwt",
    "verifyJws",
    "verifyRaw",
    "thumbprint",
    "passwordVerify",
];
/// RFC 7515 appendix A.3.
const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn jwk() -> Value {
    json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

fn jwt_request() -> Value {
    json!({"id": 7, "token": TOKEN, "keys": jwk(), "algorithms": ["ES256"], "now": 1_300_819_379})
}

fn with(mut request: Value, name: &str, value: Value) -> Value {
    request[name] = value;
    request
}

fn without(mut request: Value, name: &str) -> Value {
    request.as_object_mut().unwrap().remove(name);
    request
}

/// Pins code and message of a refusal.
#[track_caller]
fn refused(op: &str, request: &Value, code: &str, message: &str) {
    let answer: Value = serde_json::from_str(&run_line(op, &request.to_string())).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(
        (&answer["code"], &answer["message"]),
        (&json!(code), &json!(message))
    );
}

fn code(op: &str, request: &Value) -> String {
    let answer: Value = serde_json::from_str(&run_line(op, &request.to_string())).unwrap();
    assert_eq!(answer["ok"], answer["code"] == "ok");
    answer["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_good_token_is_answered_with_its_claims_and_header() {
    let answer = run_line("verifyJwt", &jwt_request().to_string());
    assert_eq!(
        answer,
        concat!(
            r#"{"id":7,"ok":true,"code":"ok","#,
            r#""claims":{"exp":1300819380,"http://example.com/is_root":true,"iss":"joe"},"header":{"alg":"ES256"}}"#
        )
    );
}

#[test]
fn the_id_comes_back_as_it_was() {
    for id in [json!(1), json!("a\nb"), json!(null), json!([1, {"x": 2}])] {
        let answer: Value =
            serde_json::from_str(&run_line("thumbprint", &json!({"id": id}).to_string())).unwrap();
        assert_eq!(answer["id"], id);
        assert_eq!(answer["message"], "field `jwk` is missing");
    }
    let answer = run_line("thumbprint", "not json");
    assert_eq!(
        answer,
        r#"{"id":null,"ok":false,"code":"bad_request","message":"line: not JSON at line 1, column 1"}"#
    );
}

#[test]
fn rules_reach_the_verifier() {
    let request = jwt_request;
    refused(
        "verifyJwt",
        &with(request(), "now", json!(1_300_819_380)),
        "expired",
        "token expired at 1300819380, it is 1300819380, leeway 0 s",
    );
    let late = with(request(), "now", json!(1_300_819_389));
    assert_eq!(
        code("verifyJwt", &with(late.clone(), "leewaySecs", json!(10))),
        "ok"
    );
    assert_eq!(
        code("verifyJwt", &with(late, "leewaySecs", json!(9))),
        "expired"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "issuer", json!("joe"))),
        "ok"
    );
    assert_eq!(
        code(
            "verifyJwt",
            &with(request(), "issuer", json!(["ann", "joe"]))
        ),
        "ok"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "issuer", json!("ann"))),
        "issuer_mismatch"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "audience", json!("api"))),
        "missing_claim"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "typ", json!("JWT"))),
        "typ_mismatch"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "requireExp", json!(true))),
        "ok"
    );
    assert_eq!(
        code(
            "verifyJwt",
            &with(request(), "algorithms", json!(["HS256"]))
        ),
        "algorithm_not_allowed"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "algorithms", json!(["none"]))),
        "algorithm_not_allowed"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "algorithms", json!([]))),
        "algorithm_not_allowed"
    );
    assert_eq!(
        code(
            "verifyJwt",
            &with(request(), "keys", json!({"keys": [jwk()]}))
        ),
        "ok"
    );
    assert_eq!(
        code(
            "verifyJwt",
            &with(request(), "keys", jwk().to_string().into())
        ),
        "ok"
    );
    assert_eq!(
        code("verifyJwt", &with(request(), "keys", json!({"keys": []}))),
        "unknown_key"
    );
}

#[test]
fn missing_and_wrongly_typed_fields_are_named() {
    for name in ["token", "keys", "algorithms", "now"] {
        let message = format!("field `{name}` is missing");
        refused(
            "verifyJwt",
            &without(jwt_request(), name),
            "bad_request",
            &message,
        );
        refused(
            "verifyJwt",
            &with(jwt_request(), name, Value::Null),
            "bad_request",
            &message,
        );
    }
    for (name, value, expected) in [
        ("token", json!(1), "a string"),
        ("keys", json!([]), "an object"),
        ("algorithms", json!([1]), "a string or an array of strings"),
        ("now", json!("1"), "a number of seconds from 0"),
        ("now", json!(-1), "a number of seconds from 0"),
        ("leewaySecs", json!(true), "a number of seconds from 0"),
        ("issuer", json!({}), "a string or an array of strings"),
        ("issuer", json!([]), "an empty array"),
        ("audience", json!([]), "an empty array"),
        ("typ", json!(["JWT"]), "a string"),
        ("requireExp", json!("yes"), "true or false"),
    ] {
        let answer: Value = serde_json::from_str(&run_line(
            "verifyJwt",
            &with(jwt_request(), name, value).to_string(),
        ))
        .unwrap();
        assert_eq!(answer["code"], "bad_request");
        let message = answer["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("field `{name}` is ")) && message.ends_with(expected),
            "{message}"
        );
    }
    refused(
        "verifyJwt",
        &with(jwt_request(), "leewaySecs", json!(301)),
        "bad_request",
        "field `leewaySecs`: leeway of 301 seconds where 300 are allowed",
    );
}

#[test]
fn raw_signatures_are_held_against_the_key_that_was_given() {
    let request = json!({"alg": "ES256", "jwk": jwk(), "msgHex": "", "sigHex": "00"});
    refused(
        "verifyRaw",
        &request,
        "signature_invalid",
        "no `ES256` signature of the 1 keys tried",
    );
    let other = with(request.clone(), "alg", json!("HS256"));
    refused(
        "verifyRaw",
        &other,
        "algorithm_mismatch",
        "token is signed with `HS256`, its key is for `ES256`",
    );
    let unknown = with(request.clone(), "alg", json!("none"));
    refused(
        "verifyRaw",
        &unknown,
        "algorithm_not_allowed",
        "algorithm `none` is not supported",
    );
    for bad in ["0", "0g", "é", " 00"] {
        let request = with(request.clone(), "sigHex", bad.into());
        refused(
            "verifyRaw",
            &request,
            "bad_request",
            "field `sigHex` is not hexadecimal, two digits a byte",
        );
    }
}

#[test]
fn what_is_wrong_with_a_key_has_its_own_code() {
    let weak = json!({"kty": "oct", "k": "AAAA"});
    refused(
        "verifyJws",
        &json!({"jws": TOKEN, "keys": weak, "algorithms": ["HS256"]}),
        "weak_key",
        "HMAC key of 3 bytes where 32 are needed",
    );
    let twice = r#"{"kty":"oct","kty":"oct"}"#;
    refused(
        "thumbprint",
        &json!({"jwk": twice}),
        "duplicate_member",
        "field `jwk`: member `kty` occurs twice in one object",
    );
    let unsupported = json!({"kty": "EC", "crv": "P-384"});
    refused(
        "verifyJws",
        &json!({"jws": TOKEN, "keys": unsupported, "algorithms": ["ES256"]}),
        "unsupported_key",
        "key with `crv` `P-384` is not supported",
    );
}

#[test]
fn passwords_are_verified_within_limits() {
    // phc-winner-argon2 src/test.c
    let hash =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    assert_eq!(
        code(
            "passwordVerify",
            &json!({"hash": hash, "password": "password"})
        ),
        "ok"
    );
    refused(
        "passwordVerify",
        &json!({"hash": hash, "password": "Password"}),
        "password_mismatch",
        "the password is another one",
    );
    let hungry = hash.replace("m=256", "m=4194304");
    assert_eq!(
        code(
            "passwordVerify",
            &json!({"hash": hungry, "password": "password"})
        ),
        "hash_too_expensive"
    );
    assert_eq!(
        code(
            "passwordVerify",
            &json!({"hash": "$1$salt$x", "password": "password"})
        ),
        "unsupported_hash"
    );
    assert_eq!(
        code("passwordVerify", &json!({"hash": "", "password": ""})),
        "malformed_hash"
    );
}

#[test]
fn unknown_operations_are_refused() {
    for op in ["", "verifyjwt", "verify\nJwt", "__proto__"] {
        assert_eq!(code(op, &jwt_request()), "bad_request");
    }
    refused(
        "sign",
        &json!({}),
        "bad_request",
        "operation `sign` is unknown",
    );
}

#[test]
fn hostile_lines_get_an_answer() {
    let long = format!("{{\"token\":\"{}\"}}", "x".repeat(2 << 20));
    let deep = format!("{{\"id\":{}", "[".repeat(100_000));
    let wide = format!(
        "{{\"keys\":{{\"keys\":[{}1]}},\"token\":\"\",\"algorithms\":[],\"now\":0}}",
        "1,".repeat(100_000)
    );
    for line in [
        "",
        "\0",
        "{}",
        "[]",
        "null",
        "{\"id\":1,\"id\":2}",
        "\u{feff}{}",
        &long,
        &deep,
        &wide,
    ] {
        for op in OPERATIONS {
            assert!(is_one_answer(&run_line(op, line)));
        }
    }
}

fn is_one_answer(answer: &str) -> bool {
    let parsed: Value = serde_json::from_str(answer).unwrap();
    !answer.contains('\n') && parsed["ok"].is_boolean() && parsed["code"].is_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_line_gets_one_answer(op in prop::sample::select(&OPERATIONS[..]), line in any::<String>()) {
        prop_assert!(is_one_answer(&run_line(op, &line)));
    }

    #[test]
    fn any_value_of_any_field_gets_one_answer(
        name in prop::sample::select(vec!["id", "token", "keys", "algorithms", "now", "issuer", "audience", "typ", "leewaySecs"]),
        text in any::<String>(),
        number in any::<f64>(),
    ) {
        for value in [json!(text), json!(number), json!([text]), json!({"keys": [text]}), json!({"kty": text})] {
            let answer = run_line("verifyJwt", &with(jwt_request(), name, value).to_string());
            prop_assert!(is_one_answer(&answer));
        }
    }
}
