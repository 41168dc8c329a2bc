//! `policy explain`: a verdict and its reasons.

use serde_json::{Value, json};

use super::{CLINIC, Place, refused, says, says_json, write};
use crate::support::run_with_input;

#[test]
fn a_denial_is_told_with_its_clause_quoted_and_the_ways_out() {
    assert_eq!(
        says(&[
            "explain",
            "field-ops",
            "--principal",
            r#"{"id": "u1", "grants": ["STATE_ADMIN@state:ca", "BOSS"]}"#,
            "--request",
            r#"{"permission": "pin:reveal", "scope": "state:nv"}"#,
        ]),
        "deny: out_of_scope\n\
         Reveal a PIN needs National administrator or State administrator at state:nv; yours is held \
         elsewhere\n\
         \n\
         field-ops:31:1: permissions.pin:reveal\n\
         31 | \"pin:reveal\" = { label = \"Reveal a PIN\", roles = [\"NATIONAL_ADMIN\", \"STATE_ADMIN\"] }\n   \
            | ^^^^^^^^^^^^\n\
         \n\
         It would be allowed after one of:\n  \
           - grant STATE_ADMIN at state:nv\n  \
           - grant NATIONAL_ADMIN at state:nv\n  \
           - grant STATE_ADMIN at global\n  \
           - grant NATIONAL_ADMIN at global\n\
         \n\
         Grants that confer nothing here: BOSS (unknown role)\n"
    );
}

#[test]
fn a_rule_is_quoted_whole_with_the_caret_under_its_condition() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let text = says(&[
        "explain",
        &file,
        "--principal",
        r#"{"id": "u1", "grants": ["DIRECTOR"]}"#,
        "--request",
        r#"{"permission": "record:update", "record": {"locked": true, "ward_id": "w7"}}"#,
    ]);
    assert!(
        text.starts_with("deny: denied_by_rule\nA locked record takes a reason.\n"),
        "{text}"
    );
    let row = CLINIC
        .lines()
        .position(|line| line.contains("record.locked"))
        .unwrap()
        + 1;
    let condition = "\"record.locked == true && request.reason == null\"";
    let quoted = format!(
        "{row} | when = {condition}\n   |        {}\n",
        "^".repeat(condition.len())
    );
    assert!(text.contains(&quoted), "{text}");
    assert!(
        text.contains(&format!("{} | name = \"locked\"\n", row - 4)),
        "{text}"
    );
    assert!(
        text.contains("  - request.reason == null is false\n"),
        "{text}"
    );
}

#[test]
fn machines_get_what_every_other_host_answers() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let principal =
        json!({"id": "u1", "grants": ["NURSE@ward:w7"], "attributes": {"clearance": 2}});
    let requests = [
        json!({"permission": "record:read", "scope": "ward:w7"}),
        json!({"permission": "record:read", "record": {"ward_id": "w7"}}),
        json!({"permission": "record:update", "record": {"ward_id": "w7", "owner_id": "u1"}, "fields": ["id"]}),
        json!({"permission": "record:export"}),
        json!({"app": "calendar"}),
        json!({"tier": "gold"}),
    ];
    let mut lines = String::new();
    for request in &requests {
        let line = json!({"policy": CLINIC, "principal": principal, "request": request, "now": 5});
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let answers = run_with_input(&["conform", "decide"], &lines);
    let answers = String::from_utf8(answers.stdout).unwrap();
    for (request, line) in requests.iter().zip(answers.lines()) {
        let told = says_json(&[
            "explain",
            &file,
            "--now",
            "5",
            "--json",
            "--principal",
            &principal.to_string(),
            "--request",
            &request.to_string(),
        ]);
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(told["allow"], answer["ok"], "{request}: {line}");
        for member in ["code", "message", "clause", "missing", "grantedBy"] {
            assert_eq!(told[member], answer[member], "{request}: {line}");
        }
    }
    assert_eq!(answers.lines().count(), requests.len());
}

#[test]
fn listed_scopes_replace_what_the_request_says_and_time_can_be_set() {
    let principal = r#"{"grants": ["STATE_ADMIN@state:ca"], "expiresSecs": 100}"#;
    let request = r#"{"permission": "pin:reveal", "scope": "state:ca/team:t1"}"#;
    let code = |more: &[&str]| {
        let args = [
            "explain",
            "field-ops",
            "--json",
            "--principal",
            principal,
            "--request",
            request,
        ];
        says_json(&[&args, more].concat())["code"].clone()
    };
    assert_eq!(code(&["--now", "99"]), "role_granted");
    assert_eq!(code(&["--now", "100"]), "principal_expired");
    assert_eq!(code(&[]), "principal_expired", "the clock's time");
    let scopes = "state:ca,state:nv,state:nv/team:t1";
    assert_eq!(code(&["--now", "99", "--scopes", scopes]), "out_of_scope");
}

#[test]
fn a_principal_or_a_request_can_be_a_file_and_a_mistake_in_it_is_named() {
    let place = Place::new();
    let principal = write(
        &place,
        "p.json",
        r#"{"id": "u1", "grants": ["SUPERVISOR"]}"#,
    );
    let request = write(&place, "r.json", r#"{"permission": "policy:ack"}"#);
    let (principal, request) = (format!("@{principal}"), format!("@{request}"));
    let args = [
        "explain",
        "field-ops",
        "--principal",
        &principal,
        "--request",
    ];
    assert!(says(&[&args[..], &[&request]].concat()).starts_with("allow: role_granted\n"));
    let line = refused(&[&args[..], &["{\"permision\": \"a:b\"}"]].concat());
    assert!(
        line.starts_with("--request: unknown field `permision`"),
        "{line}"
    );
    let line = refused(&[&args[..], &["@/nowhere.json"]].concat());
    assert!(
        line.starts_with("--request: can't read `/nowhere.json`: "),
        "{line}"
    );
}
