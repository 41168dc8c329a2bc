//! Where grants reach, and what a directory says about it.

use crate::*;

#[test]
fn a_team_accepts_a_national_role_a_role_in_the_team_and_a_role_in_its_state() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let team = "state:ca/team:t7";
    answers(
        &policy,
        &["NATIONAL_ADMIN"],
        "pin:reveal",
        team,
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:ca"],
        "pin:reveal",
        team,
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:ca/team:t7"],
        "pin:reveal",
        team,
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@team:t7"],
        "pin:reveal",
        team,
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:nv"],
        "pin:reveal",
        team,
        Code::OutOfScope,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:nv/team:t7"],
        "pin:reveal",
        team,
        Code::OutOfScope,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:ca/team:t8"],
        "pin:reveal",
        team,
        Code::OutOfScope,
    );
    answers(
        &policy,
        &["TEAM_MEMBER@state:ca/team:t7"],
        "pin:reveal",
        team,
        Code::NoRole,
    );
}

#[test]
fn a_state_accepts_national_roles_and_roles_in_it_and_none_from_its_teams() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    answers(
        &policy,
        &["NATIONAL_ADMIN"],
        "pin:reveal",
        "state:ca",
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:ca"],
        "pin:reveal",
        "state:ca",
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:ca/team:t7"],
        "pin:reveal",
        "state:ca",
        Code::OutOfScope,
    );
}

#[test]
fn no_scope_accepts_national_roles_only() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    answers(
        &policy,
        &["NATIONAL_ADMIN"],
        "pin:reveal",
        "",
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["NATIONAL_ADMIN"],
        "pin:reveal",
        "global",
        Code::RoleGranted,
    );
    answers(
        &policy,
        &["STATE_ADMIN@state:ca"],
        "pin:reveal",
        "",
        Code::OutOfScope,
    );
}

#[test]
fn a_closed_directory_replaces_the_callers_word_about_ancestors() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let directory = Directory::closed(&policy, ["state:ca/team:t7"].into_iter());
    let code = |grant: &str, scope: &str| {
        let subject = Subject::compile(&policy, &holding(&[grant]));
        check(&policy, &subject, &at("pin:reveal", scope), &directory, NOW).code
    };
    assert_eq!(code("STATE_ADMIN@state:ca", "team:t7"), Code::RoleGranted);
    assert_eq!(
        code("STATE_ADMIN@state:nv", "state:nv/team:t7"),
        Code::OutOfScope
    );
    assert_eq!(
        code("STATE_ADMIN@state:ca", "state:nv/team:t7"),
        Code::RoleGranted
    );
}

#[test]
fn a_scope_that_a_closed_directory_does_not_list_is_unknown_at_every_depth() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let paths = ["state:ca/team:t7", "state:nv", "planet:x"];
    let directory = Directory::closed(&policy, paths.into_iter());
    let subject = Subject::compile(
        &policy,
        &holding(&["NATIONAL_ADMIN", "STATE_ADMIN@team:t9"]),
    );
    let code =
        |scope: &str| check(&policy, &subject, &at("pin:reveal", scope), &directory, NOW).code;
    assert_eq!(code("state:nv/team:t9"), Code::UnknownScope);
    assert_eq!(code("team:t9"), Code::UnknownScope);
    assert_eq!(code("state:ca"), Code::UnknownScope);
    assert_eq!(code("state:nv"), Code::RoleGranted);
    assert_eq!(code(""), Code::RoleGranted);
}

#[test]
fn a_scope_that_is_listed_under_two_parents_is_in_neither() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let paths = [
        "state:ca/team:t7",
        "state:nv/team:t7",
        "state:ca/team:t8",
        "state:ca/team:t8",
    ];
    let directory = Directory::closed(&policy, paths.into_iter());
    let subject = Subject::compile(&policy, &holding(&["STATE_ADMIN@state:ca"]));
    let code =
        |scope: &str| check(&policy, &subject, &at("pin:reveal", scope), &directory, NOW).code;
    assert_eq!(code("state:ca/team:t7"), Code::UnknownScope);
    assert_eq!(code("state:ca/team:t8"), Code::RoleGranted);
}

#[test]
fn an_unlisted_tenant_has_a_code_of_its_own() {
    let policy = clinic();
    let directory = Directory::closed(&policy, ["region:n/ward:w"].into_iter());
    let subject = Subject::compile(&policy, &holding(&["NURSE"]));
    let code = |what: &str| check(&policy, &subject, &request(what), &directory, NOW).code;
    let tenant = r#"{"permission":"record:read","tenant":"x"}"#;
    assert_eq!(code(tenant), Code::UnknownTenant);
    let scope = r#"{"permission":"record:read","scope":"region:x"}"#;
    assert_eq!(code(scope), Code::UnknownTenant);
    let ward = r#"{"permission":"record:read","scope":"region:n/ward:x"}"#;
    assert_eq!(code(ward), Code::UnknownScope);
}

#[test]
fn ten_thousand_grants_are_told_apart() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let grants: Vec<String> = (0..10_000)
        .map(|n| format!("TEAM_MEMBER@state:s{}/team:t{n}", n % 50))
        .collect();
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    let subject = Subject::compile(&policy, &holding(&grants));
    let code = |scope: &str| {
        let directory = Directory::open();
        check(&policy, &subject, &at("policy:ack", scope), &directory, NOW).code
    };
    for n in (0..10_000).step_by(7) {
        assert_eq!(
            code(&format!("state:s{}/team:t{n}", n % 50)),
            Code::RoleGranted
        );
        assert_eq!(code(&format!("team:t{n}")), Code::RoleGranted);
        assert_eq!(code(&format!("state:x/team:t{n}")), Code::OutOfScope);
    }
    assert_eq!(code("state:s1/team:t10000"), Code::OutOfScope);
    assert_eq!(code("state:s1"), Code::OutOfScope);
}
