//! Permissions made at run time.

use crate::support::{begin, done, new_session, store_with};
use portcullis_service::tenants::{Condition, Outcome, Record, TenantStore, Write};

use super::{
    assign, caller, change, epoch, is_done, known, owner, permission, update, with_tenant,
};

#[test]
fn a_permission_made_at_run_time_goes_with_its_roles_through_a_new_name_and_out_of_them_when_deleted()
 {
    let store = with_tenant();
    let ann = || known("ann", epoch(&store, "ann"));
    assert_eq!(done(store.run_time_permissions()).unwrap(), (0, Vec::new()));
    assert!(is_done(&change(
        &store,
        "",
        &ann(),
        &permission("p", "n:v")
    )));
    let outcome = change(&store, "", &ann(), &permission("q", "n:v"));
    assert_eq!(outcome, Outcome::Refused(Condition::NameTaken));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &update("r", &["n:v"], 0)
    )));
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "r")
    )));
    let before = epoch(&store, "bob");
    let rename = Write::UpdatePermission {
        id: "p".into(),
        name: Some("n:w".into()),
        description: None,
    };
    assert!(is_done(&change(&store, "", &ann(), &rename)));
    let carried = || done(store.role("t", "r")).unwrap().unwrap().permissions;
    assert_eq!(
        (carried(), epoch(&store, "bob")),
        (vec!["n:w".to_owned()], before + 1)
    );
    let delete = Write::DeletePermission { id: "p".into() };
    let Outcome::Done(made) = change(&store, "", &ann(), &delete) else {
        panic!("it wasn't deleted")
    };
    assert!(matches!(&made.record, Record::Permission(was) if was.name == "n:w"));
    assert_eq!((carried(), epoch(&store, "bob")), (Vec::new(), before + 2));
    assert_eq!(done(store.run_time_permissions()).unwrap(), (3, Vec::new()));
    begin(&store, &new_session("s", "bob"));
    assert_eq!(caller(&store, "s").policy_epoch, 3);
    let outcome = change(&store, "", &ann(), &delete);
    assert_eq!(outcome, Outcome::Refused(Condition::NoPermission));
}

#[test]
fn there_are_as_many_permissions_made_at_run_time_as_there_may_be() {
    let store = store_with(&["ann"]);
    for id in ["a", "b"] {
        let write = permission(id, &format!("n:{id}"));
        assert!(is_done(&change(&store, "", &known("ann", 0), &write)));
    }
    let outcome = change(&store, "", &known("ann", 0), &permission("c", "n:c"));
    assert_eq!(outcome, Outcome::Refused(Condition::Limit));
}
