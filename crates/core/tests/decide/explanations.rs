//! What explanations say.

use std::fmt::Write as _;

use crate::*;

#[test]
fn a_grant_where_the_role_may_not_be_granted_confers_nothing_and_is_named() {
    let policy = toml::parse(
        "name = \"p\"\nscopes = [\"ward\"]\n[roles.NURSE]\ngrant_at = [\"ward\"]\n\
         [permissions]\n\"a:b\" = [\"NURSE\"]\n",
    )
    .unwrap();
    answers(
        &policy,
        &["NURSE@ward:w1"],
        "a:b",
        "ward:w1",
        Code::RoleGranted,
    );
    let explanation = told(
        &policy,
        &holding(&["NURSE", "GHOST@ward:w1"]),
        &at("a:b", "ward:w1"),
    );
    assert_eq!(explanation.code, Code::NoRole);
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(
        json["ignoredGrants"],
        serde_json::json!([
            {"grant": "NURSE", "reason": "not_grantable_here"},
            {"grant": "GHOST@ward:w1", "reason": "unknown_role"},
        ])
    );
}

#[test]
fn an_explanation_names_the_clause_its_place_and_the_grant() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let explanation = told(
        &policy,
        &holding(&["TEAM_MEMBER@team:t7", "STATE_ADMIN@state:ca"]),
        &at("pin:reveal", "state:ca/team:t7"),
    );
    assert_eq!(
        explanation.granted_by.as_deref(),
        Some("STATE_ADMIN@state:ca")
    );
    let clause = explanation.clause.unwrap();
    assert_eq!(clause.path, "permissions.pin:reveal");
    let line = 1 + FIELD_OPS
        .lines()
        .position(|line| line.contains("pin:reveal"))
        .unwrap();
    assert_eq!(clause.at.map(|at| at.line as usize), Some(line));
}

#[test]
fn a_denial_lists_the_narrowest_changes_first_and_the_lowest_roles_of_those() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let denied = told(
        &policy,
        &holding(&["TEAM_MEMBER@team:t7"]),
        &at("pin:reveal", "state:ca"),
    );
    let grant = |role: &str, scope: &str| {
        vec![Change::Grant {
            role: role.into(),
            scope: scope.into(),
        }]
    };
    assert_eq!(
        denied.missing,
        [
            grant("STATE_ADMIN", "state:ca"),
            grant("NATIONAL_ADMIN", "state:ca"),
            grant("STATE_ADMIN", ""),
            grant("NATIONAL_ADMIN", ""),
        ]
    );
    assert_eq!(
        denied.message,
        "Reveal a PIN needs National administrator or State administrator at state:ca"
    );
}

#[test]
fn more_ways_than_are_kept_are_said_to_be_incomplete() {
    let policy = |roles: usize| {
        let names: Vec<String> = (0..roles).map(|n| format!("R{n}")).collect();
        let mut text = String::from("name = \"wide\"\nscopes = [\"a\"]\n");
        for name in &names {
            let _ = writeln!(text, "[roles.{name}]");
        }
        let _ = writeln!(
            text,
            "[permissions]\n\"doc:read\" = {names:?}\n\"job:run\" = {names:?}"
        );
        text.push_str("[resources.doc]\n[resources.doc.fields]\nx = \"bool\"\n");
        text.push_str(
            "[[rules]]\nname = \"r\"\neffect = \"deny\"\nresource = \"doc\"\nwhen = \"record.x\"\n",
        );
        toml::parse(&text).unwrap()
    };
    let told = |roles, what: &str| told(&policy(roles), &principal("{}"), &request(what));
    let read = r#"{"permission":"doc:read","record":{"x":false}}"#;
    let all = told(256, read);
    assert_eq!((all.missing.len(), all.complete), (256, true));
    let some = told(257, read);
    assert_eq!((some.missing.len(), some.complete), (256, false));
    let json = serde_json::to_value(&some).unwrap();
    assert_eq!(json["complete"], false);
    assert!(
        serde_json::to_value(&all)
            .unwrap()
            .get("complete")
            .is_none()
    );
    let plain = told(300, r#"{"permission":"job:run","scope":"a:1"}"#);
    assert_eq!(
        (plain.missing.len(), plain.complete),
        (600, true),
        "without rules nothing is expanded"
    );
}
