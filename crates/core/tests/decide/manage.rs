//! Who may manage whom.

use crate::*;

fn assign(target: &str) -> String {
    format!(
        r#"{{"permission":"staff:assign","scope":"region:n/ward:w","target":{{"grants":{target}}}}}"#
    )
}

fn who(grant: &str) -> String {
    format!(r#"{{"id":"u1","grants":["{grant}"]}}"#)
}

#[test]
fn a_role_manages_lower_ones_equal_ones_or_any_as_the_policy_says() {
    let policy = clinic();
    for (grant, target, expected) in [
        ("DIRECTOR", r#"["NURSE@ward:w"]"#, Code::RoleGranted),
        ("DIRECTOR", r#"["DIRECTOR@region:n"]"#, Code::LevelTooLow),
        ("SENIOR", r#"["SENIOR@region:n"]"#, Code::RoleGranted),
        ("SENIOR", r#"["DIRECTOR@region:n"]"#, Code::LevelTooLow),
        ("AUDITOR", r#"["INTERN@region:n"]"#, Code::LevelTooLow),
        ("ROOT", r#"["DIRECTOR@region:n"]"#, Code::RoleGranted),
        (
            "SENIOR",
            r#"["NURSE","DIRECTOR","GHOST"]"#,
            Code::LevelTooLow,
        ),
        (
            "SENIOR",
            r#"["NURSE","GHOST","DIRECTOR"]"#,
            Code::UnknownRole,
        ),
        ("ROOT", r#"["NURSE@planet:x"]"#, Code::UnknownRole),
        ("AUDITOR", "[]", Code::RoleGranted),
    ] {
        assert_eq!(
            code(&policy, &who(grant), &assign(target)),
            expected,
            "{grant} {target}"
        );
    }
}

#[test]
fn a_manager_has_to_cover_the_scope_of_every_grant() {
    let policy = clinic();
    let senior = who("SENIOR@region:n");
    assert_eq!(
        code(&policy, &senior, &assign(r#"["NURSE@region:n/ward:v"]"#)),
        Code::RoleGranted
    );
    assert_eq!(
        code(&policy, &senior, &assign(r#"["NURSE@region:m"]"#)),
        Code::LevelTooLow
    );
    assert_eq!(
        code(&policy, &senior, &assign(r#"["NURSE"]"#)),
        Code::LevelTooLow
    );
    let both = assign(r#"["NURSE@region:n","NURSE@region:m"]"#);
    assert_eq!(code(&policy, &senior, &both), Code::LevelTooLow);
}

/// A caller that could choose where a scope lies could choose where it has power.
#[test]
fn a_closed_directory_says_where_the_grants_of_a_target_are() {
    let policy = clinic();
    let paths = ["region:n/ward:w", "region:m/ward:theirs"];
    let directory = Directory::closed(&policy, paths.into_iter());
    let subject = Subject::compile(&policy, &principal(&who("SENIOR@region:n")));
    let code = |target: &str| {
        check(
            &policy,
            &subject,
            &request(&assign(target)),
            &directory,
            NOW,
        )
        .code
    };
    assert_eq!(code(r#"["NURSE@ward:w"]"#), Code::RoleGranted);
    assert_eq!(code(r#"["NURSE@region:n/ward:theirs"]"#), Code::LevelTooLow);
    assert_eq!(
        code(r#"["NURSE@region:n/ward:unheard"]"#),
        Code::UnknownRole
    );
}

#[test]
fn what_is_missing_are_managing_roles_that_cover_every_grant() {
    let policy = clinic();
    let request = request(&assign(r#"["NURSE@region:m","DIRECTOR@region:n"]"#));
    let denied = told(&policy, &principal(&who("SENIOR")), &request);
    assert_eq!(denied.code, Code::LevelTooLow);
    assert_eq!(
        serde_json::to_value(denied.missing).unwrap(),
        serde_json::json!([
            [{"kind": "grant", "role": "ROOT", "scope": "region:n"}],
            [{"kind": "grant", "role": "ROOT", "scope": ""}],
        ])
    );
    assert_eq!(denied.clause.unwrap().path, "roles.DIRECTOR");
}

#[test]
fn a_target_is_grants_as_texts() {
    for text in [
        r#"{"permission":"staff:assign","target":{}}"#,
        r#"{"permission":"staff:assign","target":{"grants":["NURSE"],"id":"x"}}"#,
        r#"{"permission":"staff:assign","target":{"grants":[{"role":"NURSE"}]}}"#,
        r#"{"permission":"staff:assign","target":["NURSE"]}"#,
    ] {
        assert_eq!(
            code(&clinic(), &who("ROOT"), text),
            Code::MalformedRequest,
            "{text}"
        );
    }
}
