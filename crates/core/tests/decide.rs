//! Decisions under the shipped policies and under small ones made for a rule each.

use portcullis_core::decide::{
    Change, Code, Directory, Explanation, Grant, Principal, RawScope, Request, Subject, check,
    explain,
};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;

const FIELD_OPS: &str = include_str!("../../../policies/field-ops.toml");
const NAVAL_UNIT: &str = include_str!("../../../policies/naval-unit.toml");
const RELEASE_TIERS: &str = include_str!("../../../policies/release-tiers.toml");
const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

fn holding(grants: &[&str]) -> Principal {
    Principal {
        id: "u1".into(),
        grants: grants.iter().map(|grant| Grant::parse(grant)).collect(),
        ..Principal::default()
    }
}

fn at(permission: &str, scope: &str) -> Request {
    Request::permission(permission.into(), RawScope::Text(scope.into()))
}

fn app(name: &str) -> Request {
    Request {
        app: Some(name.into()),
        ..Request::default()
    }
}

fn told(policy: &Policy, principal: &Principal, request: &Request) -> Explanation {
    let subject = Subject::compile(policy, principal);
    let directory = Directory::open();
    let explanation = explain(policy, &subject, request, &directory, NOW);
    let verdict = check(policy, &subject, request, &directory, NOW);
    assert_eq!(
        verdict.code, explanation.code,
        "explain and check are one decision"
    );
    explanation
}

#[track_caller]
fn answers(policy: &Policy, grants: &[&str], permission: &str, scope: &str, code: Code) {
    let explanation = told(policy, &holding(grants), &at(permission, scope));
    assert_eq!(
        explanation.code, code,
        "{grants:?} {permission} at `{scope}`"
    );
    assert_eq!(explanation.allow, code.allows());
}

/// The table of a policy as its requirements print it: a line for a permission, a mark for a role.
#[track_caller]
fn follows_table(policy: &Policy, roles: &[&str], table: &[(&str, &str)]) {
    assert_eq!(policy.permissions().len(), table.len());
    for (permission, marks) in table {
        for (role, mark) in roles.iter().zip(marks.chars()) {
            let code = if mark == 'x' {
                Code::RoleGranted
            } else {
                Code::NoRole
            };
            answers(policy, &[role], permission, "", code);
        }
    }
}

#[test]
fn field_ops_follows_its_table_for_every_role_and_permission() {
    follows_table(
        &toml::parse(FIELD_OPS).unwrap(),
        &["NATIONAL_ADMIN", "STATE_ADMIN", "SUPERVISOR", "TEAM_MEMBER"],
        &[
            ("device:provision", "xxxx"),
            ("device:manage", "xx--"),
            ("policy:read", "xxxx"),
            ("policy:ack", "--xx"),
            ("pin:generate", "xx--"),
            ("pin:reveal", "xx--"),
            ("pin:revoke", "xx--"),
            ("telemetry:write", "--xx"),
            ("enrollment:mint", "xx--"),
            ("enrollment:revoke", "xx--"),
        ],
    );
}

#[test]
fn naval_unit_follows_its_table_for_every_role_and_permission() {
    follows_table(
        &toml::parse(NAVAL_UNIT).unwrap(),
        &[
            "developer",
            "admin",
            "executive",
            "duty_watch",
            "quartermaster",
        ],
        &[
            ("data:view", "xxxxx"),
            ("member:view", "xxxxx"),
            ("audit:view", "xxx--"),
            ("report:run", "xxxx-"),
            ("member:create", "xx---"),
            ("member:edit", "xx---"),
            ("member:delete", "xx---"),
            ("checkin:create", "xx-xx"),
            ("checkin:view", "xxxxx"),
            ("badge:assign", "xx-x-"),
            ("badge:manage", "xx-x-"),
            ("user:create", "xx---"),
            ("user:delete", "xx---"),
            ("user:update", "xx-x-"),
            ("session:manage", "xx---"),
            ("apikey:manage", "x----"),
            ("settings:manage", "xx---"),
            ("user:impersonate", "x----"),
        ],
    );
}

#[test]
fn release_tiers_opens_an_app_from_its_tier_up() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    let order = ["guest", "public", "beta", "alpha", "founder"];
    for (rank, tier) in order.iter().enumerate() {
        let principal = Principal {
            tier: Some((*tier).into()),
            ..holding(&[])
        };
        for one in policy.apps() {
            let allow = told(&policy, &principal, &app(&one.name)).allow;
            assert_eq!(allow, rank >= usize::from(one.tier), "{tier} {}", one.name);
        }
        for (other, name) in order.iter().enumerate() {
            let request = Request {
                tier: Some((*name).into()),
                ..Request::default()
            };
            assert_eq!(told(&policy, &principal, &request).allow, rank >= other);
        }
    }
}

#[test]
fn a_principal_without_a_tier_has_the_default_one() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    assert!(told(&policy, &holding(&[]), &app("calendar")).allow);
    let denied = told(&policy, &holding(&[]), &app("whiteboard"));
    assert_eq!(denied.code, Code::TierTooLow);
    assert_eq!(
        denied.message,
        "Whiteboard needs the tier Beta tester; yours is Public"
    );
    assert_eq!(
        denied.missing,
        [[Change::Tier {
            tier: "beta".into()
        }]]
    );
}

#[test]
fn a_tier_that_the_policy_does_not_know_opens_nothing() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    let principal = Principal {
        tier: Some("emperor".into()),
        ..holding(&["admin"])
    };
    let code = |request: &Request| told(&policy, &principal, request).code;
    assert_eq!(code(&app("welcome")), Code::PrincipalTierUnknown);
    assert_eq!(code(&at("feedback:send", "")), Code::PrincipalTierUnknown);
    assert_eq!(code(&at("tier:set", "")), Code::RoleGranted);
}

#[test]
fn a_permission_with_a_tier_needs_the_role_and_the_tier() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    let request = at("feedback:send", "");
    let low = told(&policy, &holding(&["member"]), &request);
    assert_eq!(low.code, Code::TierTooLow);
    assert_eq!(
        low.missing,
        [[Change::Tier {
            tier: "beta".into()
        }]]
    );
    let neither = told(&policy, &holding(&[]), &request);
    assert!(neither.missing.iter().all(|set| set.len() == 2));
    let both = Principal {
        tier: Some("beta".into()),
        ..holding(&["member"])
    };
    assert_eq!(told(&policy, &both, &request).code, Code::RoleGranted);
}

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

/// In the system that this table comes from, a second path let administrators do everything.
#[test]
fn an_administrator_may_not_do_what_the_table_denies_unless_the_policy_makes_it_a_superuser() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let team = "state:ca/team:t7";
    for permission in ["policy:ack", "telemetry:write"] {
        answers(&policy, &["NATIONAL_ADMIN"], permission, team, Code::NoRole);
        answers(
            &policy,
            &["STATE_ADMIN@state:ca"],
            permission,
            team,
            Code::NoRole,
        );
    }
    let lenient = FIELD_OPS
        .replace(
            "label = \"National administrator\"",
            "superuser_at = \"global\"",
        )
        .replace(
            "label = \"State administrator\"",
            "superuser_at = \"state\"",
        );
    let policy = toml::parse(&lenient).unwrap();
    for permission in ["policy:ack", "telemetry:write"] {
        answers(
            &policy,
            &["NATIONAL_ADMIN"],
            permission,
            "",
            Code::Superuser,
        );
        answers(
            &policy,
            &["STATE_ADMIN@state:ca"],
            permission,
            team,
            Code::Superuser,
        );
        answers(
            &policy,
            &["STATE_ADMIN@state:ca"],
            permission,
            "state:ca",
            Code::Superuser,
        );
        answers(
            &policy,
            &["STATE_ADMIN@state:ca"],
            permission,
            "state:nv",
            Code::OutOfScope,
        );
    }
}

#[test]
fn a_superuser_is_one_from_its_level_down_when_granted_there_or_wider() {
    let policy = toml::parse(
        "name = \"p\"\nscopes = [\"state\", \"team\"]\n[roles.BOSS]\nsuperuser_at = \"state\"\n\
         [permissions]\n\"a:b\" = []\n",
    )
    .unwrap();
    answers(
        &policy,
        &["BOSS"],
        "a:b",
        "state:ca/team:t",
        Code::Superuser,
    );
    answers(&policy, &["BOSS"], "a:b", "state:ca", Code::Superuser);
    answers(&policy, &["BOSS"], "a:b", "", Code::OutOfScope);
    answers(&policy, &["BOSS@team:t"], "a:b", "team:t", Code::NoRole);
}

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
fn an_expired_principal_is_denied_from_the_second_of_its_expiry_on() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let until = |expires| Principal {
        expires_secs: Some(expires),
        ..holding(&["NATIONAL_ADMIN"])
    };
    let request = at("pin:reveal", "");
    assert!(told(&policy, &until(NOW.as_secs() + 1), &request).allow);
    let denied = told(&policy, &until(NOW.as_secs()), &request);
    assert_eq!(denied.code, Code::PrincipalExpired);
    assert_eq!(denied.missing, [[Change::Renew]]);
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
        code("STATE_ADMIN@state:nv", "state:nv/team:t9"),
        Code::OutOfScope
    );
    assert_eq!(
        code("STATE_ADMIN@team:t9", "state:nv/team:t9"),
        Code::RoleGranted
    );
    assert_eq!(code("NATIONAL_ADMIN", "team:t9"), Code::RoleGranted);
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
fn a_denial_lists_the_smallest_changes_narrowest_first() {
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
            grant("NATIONAL_ADMIN", "state:ca"),
            grant("STATE_ADMIN", "state:ca"),
            grant("NATIONAL_ADMIN", ""),
            grant("STATE_ADMIN", ""),
        ]
    );
    assert_eq!(
        denied.message,
        "Reveal a PIN needs National administrator or State administrator at state:ca"
    );
}
