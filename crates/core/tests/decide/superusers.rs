//! Roles that may do everything.

use crate::*;

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
