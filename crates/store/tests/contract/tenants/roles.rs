//! Roles made at run time.

use crate::support::{count, done};
use portcullis_service::tenants::{Condition, Outcome, Record, Role, TenantStore, Write};

use super::{
    assign, change, epoch, is_done, known, member, owner, role, tenant, update, with_tenant,
};

#[test]
fn a_role_has_its_name_alone_in_its_tenant_and_not_beyond() {
    let store = with_tenant();
    let epoch = epoch(&store, "ann");
    assert!(is_done(&change(
        &store,
        "u",
        &known("ann", epoch),
        &tenant("u")
    )));
    let mut again = role("x", &["a:b"]);
    if let Write::CreateRole { name, .. } = &mut again {
        *name = "Role r".into();
    }
    let outcome = change(&store, "t", &owner("ann"), &again);
    assert_eq!(outcome, Outcome::Refused(Condition::NameTaken));
    assert!(is_done(&change(&store, "u", &owner("ann"), &again)));
    let rename = |to: &str| Write::UpdateRole {
        role_id: "y".into(),
        name: Some(to.to_owned()),
        description: None,
        permissions: None,
        revision: 0,
    };
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &role("y", &["a:b"])
    )));
    let outcome = change(&store, "t", &owner("ann"), &rename("Role r"));
    assert_eq!(outcome, Outcome::Refused(Condition::NameTaken));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &rename("Role y")
    )));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &rename("Other")
    )));
    let renamed = done(store.role("t", "y")).unwrap().unwrap();
    assert_eq!((renamed.name.as_str(), renamed.revision), ("Other", 2));
    assert_eq!(renamed.permissions, ["a:b"]);
}

#[test]
fn a_tenant_has_as_many_roles_as_it_may_and_no_more() {
    let store = with_tenant();
    for id in ["x", "y"] {
        assert!(is_done(&change(&store, "t", &owner("ann"), &role(id, &[]))));
    }
    let outcome = change(&store, "t", &owner("ann"), &role("z", &[]));
    assert_eq!(outcome, Outcome::Refused(Condition::Limit));
}

#[test]
fn an_update_replaces_every_permission_and_raises_the_epochs_of_holders_alone() {
    let store = with_tenant();
    assert!(is_done(&change(&store, "t", &owner("ann"), &member("eve"))));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "r")
    )));
    let before = ["ann", "bob", "eve"].map(|user| epoch(&store, user));
    let Outcome::Done(made) = change(&store, "t", &owner("ann"), &update("r", &["a:d", "a:b"], 0))
    else {
        panic!("it wasn't changed")
    };
    let Record::Role(Role {
        permissions,
        revision,
        ..
    }) = &made.record
    else {
        panic!("not a role")
    };
    assert_eq!((permissions.join(" ").as_str(), *revision), ("a:b a:d", 1));
    let after = ["ann", "bob", "eve"].map(|user| epoch(&store, user));
    assert_eq!(after, [before[0], before[1] + 1, before[2]]);
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &update("r", &[], 1)
    )));
    assert_eq!(
        count(&store, "SELECT count(*) FROM tenant_role_permission"),
        0
    );
}

#[test]
fn a_deleted_role_is_handed_over_as_it_was_and_its_holders_lose_it() {
    let store = with_tenant();
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "r")
    )));
    let before = epoch(&store, "bob");
    let delete = Write::DeleteRole {
        role_id: "r".into(),
        revision: 0,
    };
    let Outcome::Done(made) = change(&store, "t", &owner("ann"), &delete) else {
        panic!("it wasn't deleted")
    };
    let Record::Role(was) = &made.record else {
        panic!("not a role")
    };
    assert_eq!(
        (was.name.as_str(), was.permissions.join(" ")),
        ("Role r", "a:b a:c".into())
    );
    assert_eq!(epoch(&store, "bob"), before + 1);
    for sql in [
        "SELECT count(*) FROM tenant_role",
        "SELECT count(*) FROM tenant_role_permission",
        "SELECT count(*) FROM tenant_member_role",
    ] {
        assert_eq!(count(&store, sql), 0, "{sql}");
    }
    let outcome = change(&store, "t", &owner("ann"), &delete);
    assert_eq!(outcome, Outcome::Refused(Condition::NoRole));
}
