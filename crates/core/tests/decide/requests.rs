//! Requests that name something unknown, or are none.

use crate::*;

#[test]
fn unknown_names_and_malformed_requests_are_denied_each_with_its_code() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let all = ["NATIONAL_ADMIN"];
    answers(&policy, &all, "pin:eat", "", Code::UnknownPermission);
    answers(
        &policy,
        &all,
        "pin:reveal",
        "planet:earth",
        Code::UnknownScopeLevel,
    );
    for scope in [
        "state",
        "state:",
        "team:t7/state:ca",
        "state:a/state:b",
        "state:a b",
        "/",
        "global:x",
    ] {
        answers(&policy, &all, "pin:reveal", scope, Code::MalformedScope);
    }
    let long = |length| format!("state:{}", "x".repeat(length));
    answers(&policy, &all, "pin:reveal", &long(128), Code::RoleGranted);
    answers(
        &policy,
        &all,
        "pin:reveal",
        &long(129),
        Code::MalformedScope,
    );
    for (request, code) in [
        (r"{}", Code::MalformedRequest),
        (
            r#"{"permission":"pin:reveal","app":"x"}"#,
            Code::MalformedRequest,
        ),
        (r#"{"app":"x","scope":"state:ca"}"#, Code::MalformedRequest),
        (r#"{"app":"x"}"#, Code::UnknownApp),
        (r#"{"tier":"x"}"#, Code::UnknownTier),
    ] {
        let request = serde_json::from_str(request).unwrap();
        assert_eq!(told(&policy, &holding(&all), &request).code, code);
    }
}

#[test]
fn a_scope_object_means_the_same_as_its_text() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let request: Request =
        serde_json::from_str(r#"{"permission":"pin:reveal","scope":{"team":"t7","state":"ca"}}"#)
            .unwrap();
    assert!(told(&policy, &holding(&["STATE_ADMIN@state:ca"]), &request).allow);
}

#[test]
fn an_action_of_a_resource_is_a_permission() {
    let policy = clinic();
    let nurse = r#"{"grants":["NURSE"]}"#;
    for (what, expected) in [
        (
            r#"{"action":"read","resource":"record"}"#,
            Code::RoleGranted,
        ),
        (r#"{"permission":"record:read"}"#, Code::RoleGranted),
        (
            r#"{"action":"export","resource":"record"}"#,
            Code::TierTooLow,
        ),
        (r#"{"action":"list","resource":"record"}"#, Code::NoRole),
        (
            r#"{"action":"eat","resource":"record"}"#,
            Code::UnknownPermission,
        ),
        (
            r#"{"action":"read","resource":"ghost"}"#,
            Code::UnknownPermission,
        ),
        (
            r#"{"action":"b:read","resource":"record"}"#,
            Code::UnknownPermission,
        ),
        (r#"{"action":"read"}"#, Code::MalformedRequest),
        (r#"{"resource":"record"}"#, Code::MalformedRequest),
        (
            r#"{"permission":"record:read","action":"read","resource":"record"}"#,
            Code::MalformedRequest,
        ),
        (
            r#"{"action":"read","resource":"record","app":"x"}"#,
            Code::MalformedRequest,
        ),
    ] {
        assert_eq!(code(&policy, nurse, what), expected, "{what}");
    }
}

#[test]
fn members_that_do_not_go_together_are_malformed() {
    let policy = clinic();
    for what in [
        r#"{"permission":"record:read","scope":"region:n","tenant":"n"}"#,
        r#"{"permission":"record:read","scope":"region:n","record":{}}"#,
        r#"{"permission":"record:read","tenant":"n","record":{}}"#,
        r#"{"permission":"staff:assign","record":{}}"#,
        r#"{"permission":"staff:assign","fields":[]}"#,
        r#"{"permission":"ghost:read","record":{}}"#,
        r#"{"permission":"record:read","record":[]}"#,
        r#"{"permission":"record:read","color":"red"}"#,
        r#"{"tier":"beta","context":{}}"#,
        r#"{"tier":"beta","tenant":"n"}"#,
        r#"{"app":"x","target":{"grants":[]}}"#,
        r#"{"app":"x","fields":[]}"#,
    ] {
        assert_eq!(code(&policy, "{}", what), Code::MalformedRequest, "{what}");
    }
    // A note is nowhere, so a request about one may say where.
    let placed = r#"{"permission":"note:read","scope":"region:n","record":{}}"#;
    assert_eq!(code(&policy, "{}", placed), Code::RuleAllowed);
}

#[test]
fn a_tenant_is_an_id_and_not_a_path() {
    let policy = clinic();
    let tenant = |id: &str| format!(r#"{{"permission":"record:read","tenant":"{id}"}}"#);
    let nurse = r#"{"grants":["NURSE"]}"#;
    assert_eq!(code(&policy, nurse, &tenant("n")), Code::RoleGranted);
    for id in ["", "n/ward:w", "region:n", "a b"] {
        assert_eq!(
            code(&policy, nurse, &tenant(id)),
            Code::MalformedScope,
            "{id}"
        );
    }
}

#[test]
fn an_unknown_field_is_told_after_the_scope_and_before_the_expiry() {
    let policy = clinic();
    let who = r#"{"expiresSecs":1}"#;
    let color = r#"{"permission":"record:read","fields":["color"]}"#;
    assert_eq!(code(&policy, who, color), Code::UnknownField);
    let planet = r#"{"permission":"record:read","scope":"planet:x","fields":["color"]}"#;
    assert_eq!(code(&policy, who, planet), Code::UnknownScopeLevel);
    let known = r#"{"permission":"record:read","fields":["title"],"record":{"color":1}}"#;
    assert_eq!(code(&policy, who, known), Code::PrincipalExpired);
}
