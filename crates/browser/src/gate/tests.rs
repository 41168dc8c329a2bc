use super::*;

const POLICY: &str = r#"{
    "format": "portcullis-policy/1", "name": "clinic", "version": "1.0.0",
    "scopes": [{"name": "region"}, {"name": "ward"}],
    "roles": [{"name": "NURSE", "grant_at": ["ward"]}, {"name": "DIRECTOR", "superuser_at": "region"}],
    "permissions": [
        {"name": "record:read", "roles": ["NURSE"]},
        {"name": "record:export", "roles": ["NURSE"], "tier": "beta"}
    ],
    "tiers": [{"name": "public"}, {"name": "beta", "label": "Beta"}],
    "default_tier": "public",
    "apps": [{"name": "calendar", "tier": "public"}, {"name": "lab", "tier": "beta"}]
}"#;
const NURSE: &str = r#"{"id": "u1", "grants": ["NURSE@ward:w1"], "expiresSecs": 1000}"#;
const NOW: f64 = 999_000.0;

fn nurse() -> GateCore {
    GateCore::create(POLICY, NURSE, None)
}

/// The answers at a scope, given as JSON.
fn answers(core: &GateCore, scope: &str) -> String {
    core.answers(&format!(
        r#"{{"permission": "record:read", "scope": {scope}}}"#
    ))
}

fn residual(core: &GateCore, request: &str) -> serde_json::Value {
    serde_json::from_str(&core.residual(request)).unwrap()
}

#[track_caller]
fn problem(policy: &str, principal: &str, scopes: Option<&str>) -> String {
    let core = GateCore::create(policy, principal, scopes.map(ToString::to_string));
    assert_eq!(answers(&core, "null"), "");
    assert_eq!(core.residual(r#"{"permission": "record:read"}"#), "");
    assert_eq!(core.can_open(0, NOW), number(Code::MalformedRequest));
    assert_eq!(core.has_tier(0, NOW), number(Code::UnknownTier));
    core.problem().unwrap()
}

#[test]
fn a_permission_is_allowed_at_the_scope_of_the_grant_and_nowhere_else() {
    let core = nurse();
    assert_eq!(answers(&core, r#"{"ward": "w1"}"#), "10");
    assert_eq!(answers(&core, r#""region:north/ward:w1""#), "10");
    assert_eq!(answers(&core, r#""region:north/ward:w2""#), "00");
    assert_eq!(answers(&core, "null"), "00");
}

#[test]
fn everything_is_denied_from_the_second_of_the_expiry_on() {
    let core = nurse();
    let here = r#"{"permission": "record:read", "scope": "ward:w1"}"#;
    assert_eq!(core.check(here, 999_999.0), number(Code::RoleGranted));
    for late in [1_000_000.0, f64::NAN] {
        assert_eq!(core.check(here, late), number(Code::PrincipalExpired));
    }
    assert_eq!(
        core.can_open(0, 1_000_000.0),
        number(Code::PrincipalExpired)
    );
}

#[test]
fn numbers_that_name_nothing_are_denied() {
    let core = nurse();
    for number_of_nothing in [2, 65_535, 65_536, u32::MAX] {
        assert_eq!(
            core.can_open(number_of_nothing, NOW),
            number(Code::UnknownApp)
        );
        assert_eq!(
            core.has_tier(number_of_nothing, NOW),
            number(Code::UnknownTier)
        );
    }
}

#[test]
fn tiers_and_apps_are_answered_by_number() {
    let core = nurse();
    assert_eq!(core.has_tier(0, NOW), number(Code::TierSufficient));
    assert_eq!(core.has_tier(1, NOW), number(Code::TierTooLow));
    assert_eq!(core.can_open(0, NOW), number(Code::TierSufficient));
    assert_eq!(core.can_open(1, NOW), number(Code::TierTooLow));
}

#[test]
fn a_closed_list_of_scopes_replaces_the_callers_word() {
    let director = r#"{"id": "u2", "grants": ["DIRECTOR@region:north"]}"#;
    let scopes = Some(r#"["region:south/ward:w1"]"#.to_string());
    let claimed = r#"{"region": "north", "ward": "w1"}"#;
    let open = GateCore::create(POLICY, director, None);
    let closed = GateCore::create(POLICY, director, scopes);
    assert_eq!(answers(&open, claimed), "10");
    assert_eq!(answers(&closed, claimed), "00");
    assert_eq!(answers(&closed, r#""ward:w9""#), "");
}

#[test]
fn where_no_scope_is_there_are_no_answers() {
    let core = nurse();
    for malformed in [
        r#"{"street": "x"}"#,
        r#"{"ward": 7}"#,
        r#"{"ward": ""}"#,
        "[]",
        "7",
        r#""w1""#,
    ] {
        assert_eq!(answers(&core, malformed), "", "{malformed}");
    }
    for request in ["", "{}", r#"{"app": "lab"}"#, r#"{"permission": "no:one"}"#] {
        assert_eq!(core.answers(request), "", "{request}");
        assert_eq!(core.residual(request), "", "{request}");
    }
    assert_eq!(answers(&core, r#""global""#), answers(&core, "{}"));
}

const NOTES: &str = r#"{
    "format": "portcullis-policy/1", "name": "notes",
    "scopes": [{"name": "team"}],
    "roles": [{"name": "EDITOR"}],
    "permissions": [{"name": "note:update", "roles": ["EDITOR"]}, {"name": "note:read", "roles": []}],
    "auth": [{"name": "rank", "type": "int"}],
    "context": [{"name": "reason", "type": "string"}],
    "resources": [{"name": "note", "actions": ["read", "update"], "scope": [{"level": "team", "field": "team_id"}], "fields": [
        {"name": "team_id", "type": "string"}, {"name": "owner_id", "type": "string"}, {"name": "locked", "type": "bool"},
        {"name": "rank", "type": "int"}
    ]}],
    "rules": [
        {"name": "locked", "effect": "deny", "resource": "note", "actions": ["update"], "when": "record.locked"},
        {"name": "own", "effect": "allow", "resource": "note", "when": "record.owner_id == auth.id && record.rank <= auth.rank"},
        {"name": "late", "effect": "allow", "resource": "note", "actions": ["read"],
         "when": "request.time > 5 || request.reason == 'x' || size(record.owner_id) == 9007199254740993"}
    ]
}"#;

#[test]
fn where_rules_have_a_say_the_answer_is_what_is_left_of_them() {
    let writer = r#"{"id": "u1", "grants": ["EDITOR@team:t1"], "attributes": {"rank": 7}}"#;
    let core = GateCore::create(NOTES, writer, None);
    assert_eq!(core.problem(), None);
    let at = |verb: &str, team: &str| {
        format!(r#"{{"permission": "note:{verb}", "record": {{"team_id": "{team}"}}}}"#)
    };
    assert_eq!(core.answers(&at("read", "t1")), "??");
    let own = serde_json::json!(["&",
        ["==", {"record": "owner_id", "type": "string"}, {"value": "u1"}],
        ["<=", {"record": "rank", "type": "int"}, {"value": 7}]]);
    let locked = serde_json::json!(["is", {"record": "locked", "type": "bool"}]);
    assert_eq!(
        residual(&core, &at("update", "t1")),
        serde_json::json!({"deny": [locked], "allow": null})
    );
    assert_eq!(
        residual(&core, &at("update", "t2")),
        serde_json::json!({"deny": [locked], "allow": [own]})
    );
    let late = serde_json::json!(["|",
        [">", {}, {"value": 5}],
        ["==", {"request": "reason", "type": "string"}, {"value": "x"}],
        ["==", {"size": {"record": "owner_id", "type": "string"}}, {}]]);
    assert_eq!(
        residual(&core, &at("read", "t2")),
        serde_json::json!({"deny": [], "allow": [own, late]})
    );
}

#[test]
fn the_description_names_what_decisions_look_at_in_records() {
    let core = GateCore::create(NOTES, r#"{"id": "u1", "expiresSecs": 9}"#, None);
    let told: serde_json::Value = serde_json::from_str(&core.describe()).unwrap();
    assert_eq!(told["context"], serde_json::json!(["reason"]));
    assert_eq!(told["expiresSecs"], 9);
    assert_eq!(
        told["resources"],
        serde_json::json!([{"name": "note", "permissions": [1, 0],
            "fields": ["team_id", "owner_id", "locked", "rank"], "scope": ["team_id"]}])
    );
}

#[test]
fn a_request_in_words_has_the_verdict_of_its_numbers() {
    let core = nurse();
    let request = r#"{"permission": "record:read", "scope": {"ward": "w1"}}"#;
    assert_eq!(core.check(request, NOW), number(Code::RoleGranted));
    assert_eq!(
        core.check(r#"{"app": "lab"}"#, NOW),
        number(Code::TierTooLow)
    );
    for malformed in [
        "",
        "{}",
        "null",
        r#"{"permission": 1}"#,
        r#"{"app":"lab","tier":"beta"}"#,
    ] {
        assert_eq!(
            core.check(malformed, NOW),
            number(Code::MalformedRequest),
            "{malformed}"
        );
        let explained: serde_json::Value =
            serde_json::from_str(&core.explain(malformed, NOW)).unwrap();
        assert_eq!(explained["code"], "malformed_request");
    }
}

#[test]
fn an_explanation_names_the_code_the_clause_and_what_is_missing() {
    let told = nurse().explain(
        r#"{"permission": "record:export", "scope": "ward:w1"}"#,
        NOW,
    );
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["code"], "tier_too_low");
    assert_eq!(told["clause"]["path"], "permissions.record:export");
    assert_eq!(
        told["missing"],
        serde_json::json!([[{"kind": "tier", "tier": "beta"}]])
    );
}

#[test]
fn the_description_has_every_name_at_its_number() {
    let told: serde_json::Value = serde_json::from_str(&nurse().describe()).unwrap();
    assert_eq!(
        told["levels"],
        serde_json::json!(["global", "region", "ward"])
    );
    assert_eq!(told["permissions"][1]["name"], "record:export");
    assert_eq!(told["permissions"][1]["tier"], "beta");
    assert_eq!(
        told["apps"][0],
        serde_json::json!({"name": "calendar", "label": "calendar", "tier": "public"})
    );
    assert_eq!(told["tier"], 0);
    assert_eq!(nurse().digest().len(), 64);
}

#[test]
fn what_can_not_be_read_is_a_problem_with_a_code_and_denies_everything() {
    assert!(problem("{", NURSE, None).contains(r#""code":"policy_syntax""#));
    let renamed = POLICY.replace(r#""roles": ["NURSE"]}"#, r#""roles": ["NURS"]}"#);
    assert!(problem(&renamed, NURSE, None).contains("did you mean `NURSE`?"));
    assert!(problem(POLICY, r#"{"grants": 1}"#, None).contains("malformed_principal"));
    assert!(problem(POLICY, NURSE, Some("{}")).contains("malformed_scopes"));
}
