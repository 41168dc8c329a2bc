use super::*;
use crate::tenants::RbacSettings;

fn shipped(name: &str) -> Policy {
    let text = match name {
        "field-ops" => include_str!("../../../../policies/field-ops.toml"),
        "naval-unit" => include_str!("../../../../policies/naval-unit.toml"),
        _ => include_str!("../../../../policies/release-tiers.toml"),
    };
    portcullis_core::policy::toml::parse(text).unwrap()
}

fn table(policy: &Policy) -> Vec<(&'static str, &'static str)> {
    ALL.iter()
        .map(|guard| (guard.operation, permission_of(policy, guard).unwrap_or("-")))
        .collect()
}

#[test]
fn the_naval_unit_guards_operations_by_the_names_that_it_has() {
    assert_eq!(
        table(&shipped("naval-unit")),
        [
            ("admin.list_users", "user:update"),
            ("admin.get_user", "user:update"),
            ("admin.create_user", "user:create"),
            ("admin.update_user", "user:update"),
            ("admin.set_role", "user:update"),
            ("admin.ban_user", "user:update"),
            ("admin.delete_user", "user:delete"),
            ("admin.set_password", "user:update"),
            ("admin.set_email", "user:update"),
            ("admin.impersonate", "user:impersonate"),
            ("admin.list_sessions", "session:manage"),
            ("admin.revoke_sessions", "session:manage"),
            ("admin.set_tier", "user:update"),
            ("admin.export_users", "user:update"),
            ("admin.import_users", "user:create"),
            ("apikey.manage", "apikey:manage"),
            ("apikey.verify", "apikey:manage"),
            ("audit.read", "audit:view"),
            ("audit.export", "audit:view"),
            ("metrics.read", "audit:view"),
        ]
    );
}

#[test]
fn a_policy_without_these_names_lets_nobody_do_these_operations() {
    for name in ["field-ops", "release-tiers"] {
        for (operation, permission) in table(&shipped(name)) {
            assert_eq!(permission, "-", "{operation} of {name}");
        }
    }
}

#[test]
fn the_finest_name_that_the_policy_defines_is_demanded() {
    let with = |permissions: &str| {
        let text = format!(
            "name = \"p\"\nversion = \"1.0.0\"\n[roles.R]\nlevel = 1\n[permissions]\n{permissions}\n"
        );
        portcullis_core::policy::toml::parse(&text).unwrap()
    };
    let coarse = with("\"user:update\" = [\"R\"]");
    assert_eq!(permission_of(&coarse, &BAN_USER), Some("user:update"));
    assert_eq!(permission_of(&coarse, &IMPERSONATE), None);
    assert_eq!(permission_of(&coarse, &DELETE_USER), None);
    let both = with("\"user:ban\" = [\"R\"]\n\"user:update\" = [\"R\"]");
    assert_eq!(permission_of(&both, &BAN_USER), Some("user:ban"));
    assert_eq!(permission_of(&both, &SET_EMAIL), Some("user:update"));
}

#[test]
fn operations_have_one_row_each_and_fit_into_a_syslog_line() {
    let guarded = ALL.iter().map(|one| one.operation);
    let chosen = CHOSEN.iter().map(|one| one.operation);
    let mut names: Vec<_> = guarded.chain(chosen).collect();
    for name in &names {
        // MSGID has at most 32 characters (RFC 5424 section 6).
        assert!(name.len() <= 32, "{name}");
        assert!(!name.contains([':', ' ']), "{name}");
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for guard in ALL {
        assert!(!guard.permissions.is_empty(), "{}", guard.operation);
    }
}

#[test]
fn every_operation_that_the_operator_may_name_a_permission_for_has_a_row() {
    let mut settings = RbacSettings::default();
    for one in CHOSEN.iter().filter_map(|one| one.member) {
        let json = format!("{{\"{one}\":\"a:b\"}}");
        settings.set_authorization(&json).unwrap();
    }
    for group in crate::tenants::Group::ALL {
        for access in ["read", "write"] {
            let member = format!("{}.{access}", group.as_str());
            let has_row = CHOSEN.iter().any(|one| one.member == Some(member.as_str()));
            assert!(has_row, "{member}");
        }
    }
}
