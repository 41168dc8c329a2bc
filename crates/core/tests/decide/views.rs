//! Views of the one function.

use portcullis_core::decide::{
    Effective, Query, ScopePath, carriers, check_all, check_any, effective_permissions, require,
    require_global, who_can,
};

use crate::*;

fn requests(permissions: &[&str]) -> Vec<Request> {
    permissions.iter().map(|name| at(name, "")).collect()
}

#[test]
fn any_and_all_name_the_request_that_settled_it() {
    let policy = toml::parse(NAVAL_UNIT).unwrap();
    let subject = Subject::compile(&policy, &holding(&["executive"]));
    let open = Directory::open();
    let any = |names: &[&str]| {
        let outcome = check_any(&policy, &subject, &requests(names), &open, NOW);
        (outcome.verdict.code, outcome.index)
    };
    let all = |names: &[&str]| {
        let outcome = check_all(&policy, &subject, &requests(names), &open, NOW);
        (outcome.verdict.code, outcome.index)
    };
    assert_eq!(any(&["user:create", "data:view"]), (Code::RoleGranted, 1));
    assert_eq!(any(&["user:create", "x:y"]), (Code::NoRole, 0));
    assert_eq!(
        all(&["data:view", "x:y", "user:create"]),
        (Code::UnknownPermission, 1)
    );
    assert_eq!(all(&["data:view", "report:run"]), (Code::RoleGranted, 0));
    assert_eq!(any(&[]), (Code::MalformedRequest, 0));
    assert_eq!(all(&[]), (Code::MalformedRequest, 0));
}

#[test]
fn require_hands_back_the_explanation_of_a_denial() {
    let policy = toml::parse(NAVAL_UNIT).unwrap();
    let subject = Subject::compile(&policy, &holding(&["executive"]));
    let open = Directory::open();
    let require = |name: &str| require(&policy, &subject, &at(name, ""), &open, NOW);
    assert_eq!(require("data:view").unwrap().code, Code::RoleGranted);
    assert_eq!(require("user:create").unwrap_err().code, Code::NoRole);
    assert!(require_global(&policy, &subject, "data:view", NOW).is_ok());
    let denied = require_global(&policy, &subject, "x:y", NOW).unwrap_err();
    assert_eq!(denied.code, Code::UnknownPermission);
}

#[test]
fn effective_permissions_tell_what_is_settled_from_what_depends_on_the_record() {
    let policy = clinic();
    let list = |who: &str, scope: &str| {
        let subject = Subject::compile(&policy, &principal(who));
        let scope = ScopePath::parse_text(&policy, scope).unwrap();
        effective_permissions(&policy, &subject, &scope, NOW)
            .into_iter()
            .map(|Effective { permission, code }| {
                let name = policy.permission(permission).unwrap().name.clone();
                (name, code.map(Code::as_str))
            })
            .collect::<Vec<_>>()
    };
    let named = |list: &[(&str, Option<&'static str>)]| -> Vec<_> {
        list.iter()
            .map(|(name, code)| ((*name).to_string(), *code))
            .collect()
    };
    assert_eq!(
        list(r#"{"id":"u","grants":["NURSE"]}"#, "region:n"),
        named(&[
            ("record:read", Some("role_granted")),
            ("record:update", None),
            ("note:read", Some("rule_allowed")),
        ])
    );
    assert_eq!(
        list(
            r#"{"id":"u","tenants":[{"id":"n","owner":true}]}"#,
            "region:n"
        ),
        named(&[
            ("record:list", Some("tenant_granted")),
            ("record:create", Some("tenant_granted")),
            ("record:update", None),
            ("note:read", Some("rule_allowed")),
        ])
    );
    assert_eq!(
        list(r#"{"id":"u","grants":["NURSE"],"expiresSecs":1}"#, ""),
        []
    );
}

#[test]
fn who_can_lists_those_who_can_and_all_of_them_are_among_the_carriers() {
    let policy = clinic();
    let subjects: Vec<Subject> = [
        r#"{"id":"a","grants":["NURSE@ward:w"]}"#,
        r#"{"id":"b","grants":["NURSE@ward:v"]}"#,
        r#"{"id":"c","grants":["DIRECTOR@region:n"]}"#,
        r#"{"id":"d","tenants":[{"id":"n","roles":[{"name":"x","permissions":["record:read"]}]}]}"#,
    ]
    .iter()
    .map(|who| Subject::compile(&policy, &principal(who)))
    .collect();
    let read = at("record:read", "region:n/ward:w");
    let query = Query::resolve(&policy, &read, &Directory::open()).unwrap();
    let codes: Vec<_> = who_can(&policy, subjects.iter(), &query, NOW)
        .into_iter()
        .map(|(_, verdict)| verdict.code)
        .collect();
    assert_eq!(
        codes,
        [Code::RoleGranted, Code::Superuser, Code::TenantGranted]
    );

    let Query::Permission(query) = query else {
        panic!("a permission")
    };
    let found = carriers(&policy, query.id, &query.scope);
    let nurse = policy.role_id("NURSE").unwrap();
    let director = policy.role_id("DIRECTOR").unwrap();
    assert!((0..=2).all(|depth| found.roles.contains(&(nurse, depth))));
    assert!(found.roles.contains(&(director, 1)) && !found.roles.contains(&(director, 2)));
    assert!(found.tenant_role && !found.owner && !found.member && !found.everyone);
    let update = policy.permission_id("record:update").unwrap();
    let found = carriers(&policy, update, &ScopePath::global());
    assert!(found.everyone && !found.tenant_role);
    assert!(
        found.roles.contains(&(nurse, 0)),
        "the rule `cleared` names it"
    );
}
