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

#[track_caller]
fn handle(core: &mut GateCore, scope: &str) -> u32 {
    u32::try_from(core.scope(scope)).unwrap()
}

#[track_caller]
fn problem(policy: &str, principal: &str, scopes: Option<&str>) -> String {
    let core = GateCore::create(policy, principal, scopes.map(ToString::to_string));
    assert_eq!(core.can(0, 0, NOW), number(Code::MalformedRequest));
    assert_eq!(core.can_open(0, NOW), number(Code::MalformedRequest));
    assert_eq!(core.has_tier(0, NOW), number(Code::UnknownTier));
    core.problem().unwrap()
}

#[test]
fn a_permission_is_allowed_at_the_scope_of_the_grant_and_nowhere_else() {
    let mut core = nurse();
    let here = handle(&mut core, r#"{"ward": "w1"}"#);
    let there = handle(&mut core, r#""region:north/ward:w2""#);
    assert_eq!(core.can(0, here, NOW), number(Code::RoleGranted));
    assert_eq!(core.can(0, there, NOW), number(Code::OutOfScope));
    assert_eq!(core.can(0, 0, NOW), number(Code::OutOfScope));
    assert_eq!(core.can(1, here, NOW), number(Code::TierTooLow));
}

#[test]
fn everything_is_denied_from_the_second_of_the_expiry_on() {
    let mut core = nurse();
    let here = handle(&mut core, r#"{"ward": "w1"}"#);
    assert_eq!(core.can(0, here, 999_999.0), number(Code::RoleGranted));
    assert_eq!(
        core.can(0, here, 1_000_000.0),
        number(Code::PrincipalExpired)
    );
    assert_eq!(core.can(0, here, f64::NAN), number(Code::PrincipalExpired));
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
            core.can(number_of_nothing, 0, NOW),
            number(Code::UnknownPermission)
        );
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
    let mut open = GateCore::create(POLICY, director, None);
    let mut closed = GateCore::create(POLICY, director, scopes);
    let (in_open, in_closed) = (handle(&mut open, claimed), handle(&mut closed, claimed));
    assert_eq!(open.can(0, in_open, NOW), number(Code::Superuser));
    assert_eq!(closed.can(0, in_closed, NOW), number(Code::OutOfScope));
}

#[test]
fn a_scope_that_is_none_is_answered_with_the_code_negated() {
    let mut core = nurse();
    assert_eq!(core.scope(r#"{"street": "x"}"#), -35);
    for malformed in [
        r#"{"ward": 7}"#,
        r#"{"ward": ""}"#,
        "[]",
        "",
        "7",
        r#""w1""#,
    ] {
        assert_eq!(core.scope(malformed), -36, "{malformed}");
    }
    assert_eq!(core.scope(r#""global""#), 0);
    assert_eq!(core.scope("{}"), 0);
}

#[test]
fn a_dropped_handle_answers_stale_and_the_global_one_is_never_dropped() {
    let mut core = nurse();
    let first = handle(&mut core, r#"{"ward": "w1"}"#);
    for n in 0..4_094 {
        handle(&mut core, &format!(r#"{{"ward": "other{n}"}}"#));
    }
    assert_eq!(core.can(0, first, NOW), number(Code::RoleGranted));
    let next = handle(&mut core, r#"{"ward": "one-too-many"}"#);
    assert_eq!(core.can(0, first, NOW), STALE_HANDLE);
    assert_eq!(core.can(0, 0, NOW), number(Code::OutOfScope));
    assert_eq!(core.can(0, next, NOW), number(Code::OutOfScope));
    let again = handle(&mut core, r#"{"ward": "w1"}"#);
    assert_eq!(core.can(0, again, NOW), number(Code::RoleGranted));
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
    assert_eq!(told["digest"].as_str().unwrap().len(), 64);
}

#[test]
fn no_code_has_the_number_of_a_stale_handle() {
    assert!(Code::ALL.iter().all(|code| number(*code) != STALE_HANDLE));
}

#[test]
fn what_can_not_be_read_is_a_problem_with_a_code_and_denies_everything() {
    assert!(problem("{", NURSE, None).contains(r#""code":"policy_syntax""#));
    let renamed = POLICY.replace(r#""roles": ["NURSE"]}"#, r#""roles": ["NURS"]}"#);
    assert!(problem(&renamed, NURSE, None).contains("did you mean `NURSE`?"));
    assert!(problem(POLICY, r#"{"grants": 1}"#, None).contains("malformed_principal"));
    assert!(problem(POLICY, NURSE, Some("{}")).contains("malformed_scopes"));
}
