//! What is recorded, listed and told, under whatever names of tables.

use crate::support::{
    NOW_MS, YEAR_2100_MS, audit_log, begin, count, done, named_store, new_session,
};
use portcullis_service::tenants::{Outcome, Page, Settled, TenantStore, Write};
use portcullis_store::{Driver, Statement, Tables};

use super::{
    ALL, assign, caller, change, changed, fill, is_done, owner, remove, role, set_owner, unassign,
    update, with_tenant,
};

#[test]
fn every_change_is_recorded_once_and_a_refused_one_never() {
    let store = with_tenant();
    let actions: Vec<_> = audit_log(&store)
        .into_iter()
        .map(|one| one.action)
        .collect();
    assert_eq!(
        actions,
        [
            "rbac.tenant.create",
            "rbac.member.create",
            "rbac.role.create"
        ]
    );
    change(&store, "t", &owner("bob"), &role("x", &[]));
    change(&store, "t", &owner("ann"), &role("r", &[]));
    assert_eq!(audit_log(&store).len(), 3);
}

#[test]
fn lists_come_page_by_page_in_order_of_their_keys() {
    let store = with_tenant();
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &role("a", &["x:y"])
    )));
    let page = |after, limit| done(store.roles("t", Page { after, limit })).unwrap();
    assert_eq!(page("", 1)[0].name, "Role a");
    assert_eq!(page("Role a", 9)[0].name, "Role r");
    assert!(page("Role r", 9).is_empty());
    let members = done(store.members(
        "t",
        Page {
            after: "bob as member",
            limit: 9,
        },
    ))
    .unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].id, "owner of t");
    let mine = done(store.tenants_of("bob", ALL)).unwrap();
    assert_eq!(
        mine.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
        ["t"]
    );
    assert!(done(store.tenants_of("eve", ALL)).unwrap().is_empty());
}

#[test]
fn what_is_told_waits_until_it_was_and_two_hosts_never_take_it_at_once() {
    let store = with_tenant();
    assert!(
        done(store.take_changes(YEAR_2100_MS, YEAR_2100_MS, 9))
            .unwrap()
            .is_empty()
    );
    let told = changed(&store, "t", &owner("ann"), &role("x", &["a:b"]), true);
    let Outcome::Done(made) = told else {
        panic!("it wasn't made")
    };
    let take = |now_ms: i64| done(store.take_changes(now_ms, now_ms + 100, 9)).unwrap();
    assert!(take(NOW_MS + 4).is_empty(), "not before its time");
    let taken = take(NOW_MS + 5);
    assert_eq!(taken.len(), 1);
    assert_eq!((&taken[0].change, taken[0].attempts), (&*made, 1));
    assert!(take(NOW_MS + 104).is_empty(), "another host has it");
    assert_eq!(take(NOW_MS + 105)[0].attempts, 2, "the other host is gone");
    let later = Settled::Later {
        id: made.id.clone(),
        next_at_ms: NOW_MS + 900,
        problem: "status 500".into(),
    };
    done(store.settle_changes(&[later])).unwrap();
    assert!(take(NOW_MS + 899).is_empty());
    assert_eq!(take(NOW_MS + 900)[0].attempts, 3);
    let dead = Settled::Dead {
        id: made.id.clone(),
        at_ms: NOW_MS + 901,
        problem: "status 500".into(),
    };
    done(store.settle_changes(&[dead])).unwrap();
    assert!(take(YEAR_2100_MS).is_empty());
    assert_eq!(
        count(&store, "SELECT count(*) FROM tenant_change"),
        1,
        "it stays to be seen"
    );
    done(store.settle_changes(&[Settled::Done {
        id: made.id.clone(),
    }]))
    .unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM tenant_change"), 0);
}

#[test]
fn text_from_outside_is_never_sql() {
    let store = with_tenant();
    let evil = "'; DROP TABLE tenant; --{tenant}?1\"";
    let write = Write::CreateRole {
        id: evil.into(),
        name: evil.into(),
        description: evil.into(),
        permissions: vec![evil.into()],
        max_roles: 9,
    };
    assert!(is_done(&change(&store, "t", &owner("ann"), &write)));
    let found = done(store.role("t", evil)).unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.permissions.join("")),
        (evil, evil.to_owned())
    );
}

#[test]
fn everything_works_under_other_names_of_tables() {
    let tables = Tables::parse("prefix=acme_,tenant=order").unwrap();
    let store = named_store(&tables, &["ann", "bob", "eve"]);
    fill(&store);
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "r")
    )));
    begin(&store, &new_session("s", "bob"));
    assert_eq!(caller(&store, "s").tenants.len(), 1);
    for write in [
        update("r", &["a:z"], 0),
        unassign("bob as member", "r"),
        set_owner("bob as member", true),
        remove("bob as member"),
        Write::UpdateTenant { name: "New".into() },
        Write::DeleteRole {
            role_id: "r".into(),
            revision: 1,
        },
    ] {
        let outcome = changed(&store, "t", &owner("ann"), &write, true);
        assert!(is_done(&outcome), "{write:?}: {outcome:?}");
    }
    assert_eq!(
        done(store.take_changes(YEAR_2100_MS, YEAR_2100_MS, 9))
            .unwrap()
            .len(),
        6
    );
    let names = Statement::new(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'tenant%'",
        Vec::new(),
    );
    let rows = done(store.driver().query(names)).unwrap();
    assert_eq!(rows[0].integer("count(*)").unwrap(), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM \"order\""), 1);
}
