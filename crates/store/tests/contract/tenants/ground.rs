//! On what ground a change is made, asked when it is written.

use crate::support::{count, query};
use portcullis_service::tenants::{Condition, Outcome, Write};

use super::{
    assign, change, epoch, is_done, known, member, owner, remove, role, set_owner, unassign,
    update, with_tenant,
};

#[test]
fn a_change_on_the_ground_of_owning_needs_that_ownership_when_it_is_written() {
    let store = with_tenant();
    for user in ["bob", "eve", "nobody"] {
        let outcome = change(&store, "t", &owner(user), &role("x", &[]));
        assert_eq!(outcome, Outcome::Refused(Condition::Stale), "{user}");
    }
    query(
        &store,
        "UPDATE user SET disabled_at_ms = 1 WHERE id = 'ann'",
    );
    let outcome = change(&store, "t", &owner("ann"), &role("x", &[]));
    assert_eq!(outcome, Outcome::Refused(Condition::Stale));
    assert_eq!(count(&store, "SELECT count(*) FROM tenant_role"), 1);
}

#[test]
fn a_change_on_the_ground_of_an_epoch_needs_that_epoch_when_it_is_written() {
    let store = with_tenant();
    let now = epoch(&store, "bob");
    assert!(is_done(&change(
        &store,
        "t",
        &known("bob", now),
        &role("x", &[])
    )));
    for other in [now - 1, now + 1] {
        let outcome = change(&store, "t", &known("bob", other), &role("y", &[]));
        assert_eq!(outcome, Outcome::Refused(Condition::Stale));
    }
}

#[test]
fn who_is_no_owner_changes_only_the_revision_of_a_role_that_was_looked_at() {
    let store = with_tenant();
    let bob = || known("bob", epoch(&store, "bob"));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &update("r", &["a:z"], 0)
    )));
    for write in [
        update("r", &["a:b"], 0),
        assign("bob as member", "r"),
        unassign("bob as member", "r"),
        Write::DeleteRole {
            role_id: "r".into(),
            revision: 0,
        },
    ] {
        let outcome = change(&store, "t", &bob(), &write);
        assert_eq!(outcome, Outcome::Refused(Condition::Stale), "{write:?}");
    }
    assert!(is_done(&change(
        &store,
        "t",
        &bob(),
        &update("r", &["a:b"], 1)
    )));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &update("r", &["a:c"], 0)
    )));
}

#[test]
fn only_an_owner_makes_owners_and_removes_them_whatever_else_is_known_of_a_user() {
    let store = with_tenant();
    let bob = || known("bob", epoch(&store, "bob"));
    let mut eve_as_owner = member("eve");
    if let Write::AddMember { owner, .. } = &mut eve_as_owner {
        *owner = true;
    }
    for write in [
        eve_as_owner,
        set_owner("bob as member", true),
        set_owner("owner of t", false),
        remove("owner of t"),
    ] {
        let outcome = change(&store, "t", &bob(), &write);
        assert_eq!(outcome, Outcome::Refused(Condition::NotOwner), "{write:?}");
    }
    assert!(is_done(&change(&store, "t", &bob(), &member("eve"))));
    assert!(is_done(&change(
        &store,
        "t",
        &bob(),
        &remove("eve as member")
    )));
}
