//! The shipped policies, against the tables that they come from.

use crate::*;

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
