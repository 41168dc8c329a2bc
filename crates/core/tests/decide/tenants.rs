//! Tenants, and roles that are made at run time.

use crate::*;

const EDITOR: &str = r#"{"id":"u1","tenants":[{"id":"n","roles":[{"name":"editor","permissions":["record:read","ghost:haunt"]}]}]}"#;

#[test]
fn owners_may_do_what_owners_may_and_what_members_may() {
    let policy = clinic();
    let who = |owner| format!(r#"{{"tenants":[{{"id":"n","owner":{owner}}}]}}"#);
    let at = |verb: &str, tenant: &str| {
        format!(r#"{{"permission":"record:{verb}","tenant":"{tenant}"}}"#)
    };
    assert_eq!(
        code(&policy, &who(true), &at("create", "n")),
        Code::TenantGranted
    );
    assert_eq!(
        code(&policy, &who(true), &at("list", "n")),
        Code::TenantGranted
    );
    assert_eq!(
        code(&policy, &who(false), &at("list", "n")),
        Code::TenantGranted
    );
    assert_eq!(code(&policy, &who(false), &at("create", "n")), Code::NoRole);
    assert_eq!(
        code(&policy, &who(true), &at("create", "m")),
        Code::OutOfScope
    );
}

#[test]
fn a_role_made_at_run_time_carries_the_permissions_that_the_policy_has() {
    let policy = clinic();
    let read = request(r#"{"permission":"record:read","tenant":"n"}"#);
    let told_of = told(&policy, &principal(EDITOR), &read);
    assert_eq!(told_of.code, Code::TenantGranted);
    assert_eq!(told_of.granted_by.as_deref(), Some("editor@region:n"));
    assert_eq!(told_of.clause, None);
    assert_eq!(
        code(
            &policy,
            EDITOR,
            r#"{"permission":"ghost:haunt","tenant":"n"}"#
        ),
        Code::UnknownPermission
    );
}

#[test]
fn a_membership_reaches_what_lies_in_the_tenant_and_nothing_else() {
    let policy = clinic();
    for (place, expected) in [
        (r#""scope":"region:n/ward:w""#, Code::TenantGranted),
        (r#""scope":"region:n""#, Code::TenantGranted),
        (r#""scope":"ward:w""#, Code::OutOfScope),
        (r#""scope":"region:m/ward:w""#, Code::OutOfScope),
        (
            r#""record":{"region_id":"n","ward_id":"w"}"#,
            Code::TenantGranted,
        ),
        (r#""record":{"ward_id":"w"}"#, Code::OutOfScope),
        (r#""scope":"""#, Code::OutOfScope),
    ] {
        let read = format!(r#"{{"permission":"record:read",{place}}}"#);
        assert_eq!(code(&policy, EDITOR, &read), expected, "{place}");
    }
}

#[test]
fn of_two_entries_for_a_tenant_the_first_counts() {
    let policy = clinic();
    let create = r#"{"permission":"record:create","tenant":"n"}"#;
    let who = |first, second| {
        format!(r#"{{"tenants":[{{"id":"n","owner":{first}}},{{"id":"n","owner":{second}}}]}}"#)
    };
    assert_eq!(
        code(&policy, &who(true, false), create),
        Code::TenantGranted
    );
    assert_eq!(code(&policy, &who(false, true), create), Code::NoRole);
}

#[test]
fn a_tenant_whose_id_is_none_confers_nothing_and_is_named() {
    let policy = clinic();
    let who = principal(r#"{"tenants":[{"id":"a b","owner":true}]}"#);
    let create = request(r#"{"permission":"record:create","record":{"region_id":"a b"}}"#);
    let told_of = told(&policy, &who, &create);
    assert_eq!(told_of.code, Code::NoRole);
    assert_eq!(told_of.ignored_grants[0].grant, "region:a b");
}

#[test]
fn tenants_without_a_table_of_tenants_confer_nothing() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    assert_eq!(
        code(
            &policy,
            EDITOR,
            r#"{"permission":"pin:reveal","tenant":"n"}"#
        ),
        Code::UnknownTenant
    );
    assert_eq!(
        code(&policy, EDITOR, r#"{"permission":"pin:reveal"}"#),
        Code::NoRole
    );
}

#[test]
fn what_is_missing_in_a_tenant_is_being_somebody_there() {
    let policy = clinic();
    let missing = |verb: &str| {
        let what = format!(r#"{{"permission":"record:{verb}","scope":"region:n/ward:w"}}"#);
        serde_json::to_value(told(&policy, &principal("{}"), &request(&what)).missing).unwrap()
    };
    let tenant = |part: &str| serde_json::json!([{"kind": "tenant", "tenant": "n", "as": part}]);
    let create = missing("create");
    let create = create.as_array().unwrap();
    assert!(create.contains(&tenant("owner")) && create.contains(&tenant("role")));
    assert!(!create.contains(&tenant("member")));
    assert!(
        missing("list")
            .as_array()
            .unwrap()
            .contains(&tenant("member"))
    );
}
