//! Fields: which of them a request may read or write.

use portcullis_core::decide::{Query, allowed_fields};

use crate::*;

fn read(owner: &str, fields: &str, reason: &str) -> String {
    format!(
        r#"{{"permission":"note:read","record":{{"owner_id":"{owner}"}},"fields":{fields},"context":{{"reason":"{reason}"}}}}"#
    )
}

#[test]
fn every_field_asked_for_has_to_be_allowed_by_some_rule_that_holds() {
    let policy = clinic();
    let who = r#"{"id":"u1"}"#;
    for (owner, fields, expected) in [
        ("u1", r#"["title"]"#, Code::RuleAllowed),
        ("u1", r#"["title","owner_id"]"#, Code::RuleAllowed),
        ("u1", r#"["title","secret"]"#, Code::FieldDenied),
        ("u2", r#"["title"]"#, Code::FieldDenied),
        ("u2", r#"["owner_id"]"#, Code::RuleAllowed),
        ("u2", "[]", Code::RuleAllowed),
        ("u1", r#"["color"]"#, Code::UnknownField),
    ] {
        assert_eq!(
            code(&policy, who, &read(owner, fields, "audit")),
            expected,
            "{owner} {fields}"
        );
    }
}

#[test]
fn a_role_allows_every_field_but_those_that_a_rule_takes_away() {
    let policy = toml::parse(&format!("{CLINIC}\n").replace(
        "\"staff:assign\" =",
        "\"note:read\" = [\"NURSE\"]\n\"staff:assign\" =",
    ))
    .unwrap();
    let who = r#"{"id":"u1","grants":["NURSE"]}"#;
    let all = r#"["title","secret"]"#;
    assert_eq!(
        code(&policy, who, &read("u2", all, "audit")),
        Code::RoleGranted
    );
    let denied = told(&policy, &principal(who), &request(&read("u2", all, "fun")));
    assert_eq!(denied.code, Code::FieldDenied);
    assert_eq!(denied.clause.unwrap().path, "rules.no-secret");
    assert_eq!(
        denied.message,
        "the rule no-secret takes the field secret out of note:read"
    );
    let fact = |value| Change::Fact {
        fact: "request.reason != 'audit'".into(),
        value,
    };
    assert_eq!(denied.missing, [vec![fact(false)]]);
    let without = r#"{"permission":"note:read","record":{}}"#;
    assert_eq!(code(&policy, who, without), Code::RoleGranted);
}

#[test]
fn the_list_of_allowed_fields_is_what_single_requests_say() {
    let policy = clinic();
    let resource = policy
        .resource(policy.resource_id("note").unwrap())
        .unwrap();
    for who in [r#"{"id":"u1"}"#, r#"{"id":"u1","grants":["DIRECTOR"]}"#] {
        for owner in ["u1", "u2"] {
            for reason in ["audit", "fun"] {
                let subject = Subject::compile(&policy, &principal(who));
                let query = Query::resolve(
                    &policy,
                    &request(&read(owner, "[]", reason)),
                    &Directory::open(),
                )
                .unwrap();
                let allowed = allowed_fields(&policy, &subject, &query, NOW);
                for (id, field) in (0..).zip(&resource.fields) {
                    let one = read(owner, &format!(r#"["{}"]"#, field.name), reason);
                    let is_allowed = code(&policy, who, &one).allows();
                    let is_listed = allowed.as_ref().is_none_or(|list| list.contains(&id));
                    assert_eq!(is_allowed, is_listed, "{who} {one}");
                }
            }
        }
    }
}
