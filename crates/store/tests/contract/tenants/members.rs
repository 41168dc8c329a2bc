//! Members, and the roles that they hold.

use crate::support::{audit_log, count, done};
use portcullis_service::tenants::{Condition, Outcome, Page, Record, TenantStore, Write};

use super::{
    ALL, assign, change, epoch, is_done, is_unchanged, known, member, owner, remove, role,
    set_owner, tenant, unassign, update, with_tenant,
};

#[test]
fn a_role_is_given_and_taken_once_and_repeating_it_records_and_raises_nothing() {
    let store = with_tenant();
    for (write, holders) in [
        (assign("bob as member", "r"), 1),
        (unassign("bob as member", "r"), 0),
    ] {
        assert!(is_done(&change(&store, "t", &owner("ann"), &write)));
        let state = || (epoch(&store, "bob"), audit_log(&store).len());
        let before = state();
        for _ in 0..2 {
            let outcome = change(&store, "t", &owner("ann"), &write);
            assert!(is_unchanged(&outcome), "{outcome:?}");
        }
        assert_eq!(state(), before);
        assert_eq!(
            count(&store, "SELECT count(*) FROM tenant_member_role"),
            holders
        );
    }
}

#[test]
fn a_member_holds_as_many_roles_as_it_may_and_none_of_another_tenant() {
    let store = with_tenant();
    let maker = known("ann", epoch(&store, "ann"));
    assert!(is_done(&change(&store, "u", &maker, &tenant("u"))));
    assert!(is_done(&change(
        &store,
        "u",
        &owner("ann"),
        &role("foreign", &["a:b"])
    )));
    let refused = |tenant: &str, write: &Write| match change(&store, tenant, &owner("ann"), write) {
        Outcome::Refused(condition) => condition,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused("t", &assign("bob as member", "foreign")),
        Condition::NoRole
    );
    assert_eq!(
        refused("u", &assign("bob as member", "foreign")),
        Condition::NoMember
    );
    assert_eq!(refused("t", &assign("nobody", "r")), Condition::NoMember);
    assert_eq!(refused("u", &remove("bob as member")), Condition::NoMember);
    assert_eq!(refused("u", &update("r", &[], 0)), Condition::NoRole);
    for id in ["x", "y"] {
        assert!(is_done(&change(&store, "t", &owner("ann"), &role(id, &[]))));
    }
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "r")
    )));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "x")
    )));
    assert_eq!(
        refused("t", &assign("bob as member", "y")),
        Condition::Limit
    );
    let held = done(store.member_roles("t", "bob as member", ALL))
        .unwrap()
        .unwrap();
    let names: Vec<_> = held.iter().map(|one| one.role.name.as_str()).collect();
    assert_eq!(names, ["Role r", "Role x"]);
    let after = Page {
        after: "Role r",
        limit: 1,
    };
    let page = done(store.member_roles("t", "bob as member", after))
        .unwrap()
        .unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].role.name, "Role x");
    let none = done(store.member_roles("t", "owner of t", ALL)).unwrap();
    assert_eq!(none, Some(Vec::new()));
    assert!(
        done(store.member_roles("u", "bob as member", ALL))
            .unwrap()
            .is_none()
    );
}

#[test]
fn the_last_owner_can_neither_leave_nor_step_down() {
    let store = with_tenant();
    for write in [remove("owner of t"), set_owner("owner of t", false)] {
        let outcome = change(&store, "t", &owner("ann"), &write);
        assert_eq!(outcome, Outcome::Refused(Condition::LastOwner));
    }
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &set_owner("bob as member", true)
    )));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &set_owner("owner of t", false)
    )));
    let outcome = change(&store, "t", &owner("bob"), &remove("bob as member"));
    assert_eq!(outcome, Outcome::Refused(Condition::LastOwner));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("bob"),
        &remove("owner of t")
    )));
}

#[test]
fn a_member_is_added_once_by_id_or_address_and_only_if_there_is_such_an_account() {
    let store = with_tenant();
    let Outcome::Unchanged(record) = change(&store, "t", &owner("ann"), &member("bob")) else {
        panic!("it was added twice")
    };
    assert!(matches!(*record, Record::Member(member) if member.id == "bob as member"));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &member("eve@example.org")
    )));
    assert!(is_unchanged(&change(
        &store,
        "t",
        &owner("ann"),
        &member("eve")
    )));
    let outcome = change(&store, "t", &owner("ann"), &member("nobody"));
    assert_eq!(outcome, Outcome::Refused(Condition::NoUser));
}
