//! Tenants, members, roles made at run time, and what is told of them.

use portcullis_core::decide::{Membership, TenantRole};
use portcullis_service::tenants::{
    Authority, Condition, Ground, NewChange, Outcome, Page, Record, Role, Settled, TenantStore,
    Write,
};
use portcullis_service::{Caller, SessionRef, Store};
use portcullis_store::{Driver, Statement, Tables};

use crate::support::{
    NOW_MS, TestStore, YEAR_2100_MS, audit_log, begin, count, done, event, named_store,
    new_session, query, store_with,
};

const ALL: Page<'_> = Page {
    after: "",
    limit: 1000,
};

fn owner(user: &str) -> Authority {
    Authority {
        user_id: user.to_owned(),
        ground: Ground::Owner,
    }
}

fn known(user: &str, epoch: i64) -> Authority {
    Authority {
        user_id: user.to_owned(),
        ground: Ground::Epoch(epoch),
    }
}

/// Makes a change whose id is its number in the log and that is told to nobody.
fn change(store: &TestStore, tenant: &str, authority: &Authority, write: &Write) -> Outcome {
    changed(store, tenant, authority, write, false)
}

fn changed(
    store: &TestStore,
    tenant: &str,
    authority: &Authority,
    write: &Write,
    is_told: bool,
) -> Outcome {
    let event = event(write.kind().as_str(), Some(&authority.user_id));
    let id = format!("change {}", audit_log(store).len());
    done(store.change(&NewChange {
        id: &id,
        tenant_id: (!tenant.is_empty()).then_some(tenant),
        authority,
        write,
        at_ms: NOW_MS + 5,
        is_told,
        event: &event,
    }))
    .unwrap()
}

fn tenant(id: &str) -> Write {
    Write::CreateTenant {
        id: id.to_owned(),
        name: format!("Tenant {id}"),
        slug: format!("slug-{id}"),
        member_id: format!("owner of {id}"),
        scope: format!("org:{id}"),
        max_owned: 3,
    }
}

fn role(id: &str, permissions: &[&str]) -> Write {
    Write::CreateRole {
        id: id.to_owned(),
        name: format!("Role {id}"),
        description: String::new(),
        permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
        max_roles: 3,
    }
}

fn member(user: &str) -> Write {
    Write::AddMember {
        id: format!("{user} as member"),
        user: user.to_owned(),
        owner: false,
        max_memberships: 3,
    }
}

fn assign(member: &str, role: &str) -> Write {
    Write::Assign {
        member_id: member.to_owned(),
        role_id: role.to_owned(),
        revision: 0,
        max_roles: 2,
    }
}

fn unassign(member: &str, role: &str) -> Write {
    Write::Unassign {
        member_id: member.to_owned(),
        role_id: role.to_owned(),
        revision: 0,
    }
}

fn set_owner(member: &str, owner: bool) -> Write {
    Write::SetOwner {
        member_id: member.to_owned(),
        owner,
    }
}

fn remove(member: &str) -> Write {
    Write::RemoveMember {
        member_id: member.to_owned(),
    }
}

fn update(role: &str, permissions: &[&str], revision: i64) -> Write {
    Write::UpdateRole {
        role_id: role.to_owned(),
        name: None,
        description: None,
        permissions: Some(permissions.iter().map(|one| (*one).to_owned()).collect()),
        revision,
    }
}

fn permission(id: &str, name: &str) -> Write {
    Write::CreatePermission {
        id: id.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        max_permissions: 2,
    }
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_))
}

fn is_unchanged(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unchanged(_))
}

fn epoch(store: &TestStore, user: &str) -> i64 {
    let email = format!("{user}@example.org");
    let known = done(store.credential_by_email(&email)).unwrap().unwrap();
    known.user.epoch
}

fn caller(store: &TestStore, session: &str) -> Caller {
    let key = SessionRef::Id(session.to_owned());
    done(store.caller(&key, NOW_MS)).unwrap().unwrap()
}

fn held(id: &str, owner: bool, roles: &[(&str, &[&str])]) -> Membership {
    Membership {
        id: id.to_owned(),
        owner,
        roles: roles
            .iter()
            .map(|(name, permissions)| TenantRole {
                name: (*name).to_owned(),
                permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
            })
            .collect(),
    }
}

/// Ann owns the tenant `t`, Bob is a member, and there is the role `r` with `a:b` and `a:c`.
fn with_tenant() -> TestStore {
    let store = store_with(&["ann", "bob", "eve"]);
    fill(&store);
    store
}

fn fill(store: &TestStore) {
    for write in [tenant("t"), member("bob"), role("r", &["a:b", "a:c"])] {
        let authority = match write {
            Write::CreateTenant { .. } => known("ann", 0),
            _ => owner("ann"),
        };
        let outcome = change(store, "t", &authority, &write);
        assert!(is_done(&outcome), "{outcome:?}");
    }
}

#[test]
fn a_new_tenant_has_its_maker_as_owner_a_scope_an_audit_record_and_raised_epochs() {
    let store = store_with(&["ann"]);
    let Outcome::Done(made) = change(&store, "t", &known("ann", 0), &tenant("t")) else {
        panic!("it wasn't made")
    };
    let Record::Tenant(record) = &made.record else {
        panic!("not a tenant")
    };
    assert_eq!(
        (record.name.as_str(), record.slug.as_str()),
        ("Tenant t", "slug-t")
    );
    assert_eq!(done(store.tenant("t")).unwrap().unwrap().name, "Tenant t");
    let members = done(store.members("t", ALL)).unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(
        (members[0].user_id.as_str(), members[0].owner),
        ("ann", true)
    );
    assert_eq!(members[0].email, "ann@example.org");
    let scopes = done(store.scopes_within(&[String::new()], None, 9)).unwrap();
    assert_eq!(scopes, ["org:t"]);
    let log = audit_log(&store);
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].action, "rbac.tenant.create");
    assert_eq!(epoch(&store, "ann"), 1);
    assert_eq!(
        count(&store, "SELECT count(*) FROM tenant WHERE epoch = 1"),
        1
    );
    assert_eq!(count(&store, "SELECT count(*) FROM tenant_change"), 0);
}

#[test]
fn a_slug_is_taken_once_and_a_refused_tenant_leaves_nothing() {
    let store = store_with(&["ann", "bob"]);
    assert!(is_done(&change(
        &store,
        "t",
        &known("ann", 0),
        &tenant("t")
    )));
    let mut again = tenant("u");
    if let Write::CreateTenant { slug, .. } = &mut again {
        *slug = "slug-t".into();
    }
    let outcome = change(&store, "u", &known("bob", 0), &again);
    assert_eq!(outcome, Outcome::Refused(Condition::NameTaken));
    for sql in [
        "SELECT count(*) FROM tenant",
        "SELECT count(*) FROM tenant_member",
        "SELECT count(*) FROM scope",
        "SELECT count(*) FROM audit",
    ] {
        assert_eq!(count(&store, sql), 1, "{sql}");
    }
    assert_eq!(epoch(&store, "bob"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM tenant_change"), 0);
}

#[test]
fn a_user_owns_as_many_tenants_as_it_may_and_no_more() {
    let store = store_with(&["ann"]);
    for (epoch, id) in (0..).zip(["a", "b", "c"]) {
        assert!(is_done(&change(
            &store,
            id,
            &known("ann", epoch),
            &tenant(id)
        )));
    }
    let outcome = change(&store, "d", &known("ann", 3), &tenant("d"));
    assert_eq!(outcome, Outcome::Refused(Condition::Limit));
}

#[test]
fn a_session_finds_what_its_user_is_in_tenants_as_it_is_in_this_moment() {
    let store = with_tenant();
    begin(&store, &new_session("s", "bob"));
    assert_eq!(caller(&store, "s").tenants, [held("t", false, &[])]);
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &assign("bob as member", "r")
    )));
    let roles: &[(&str, &[&str])] = &[("Role r", &["a:b", "a:c"])];
    assert_eq!(caller(&store, "s").tenants, [held("t", false, roles)]);
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &update("r", &["a:c", "a:d"], 0)
    )));
    let roles: &[(&str, &[&str])] = &[("Role r", &["a:c", "a:d"])];
    assert_eq!(caller(&store, "s").tenants, [held("t", false, roles)]);
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &set_owner("bob as member", true)
    )));
    assert_eq!(caller(&store, "s").tenants, [held("t", true, roles)]);
    assert!(is_done(&change(
        &store,
        "t",
        &owner("ann"),
        &remove("bob as member")
    )));
    assert_eq!(caller(&store, "s").tenants, []);
}

#[test]
fn a_session_finds_the_attributes_of_its_account() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s", "ann"));
    assert!(caller(&store, "s").attributes.is_empty());
    let attributes = r#"{"clearance":3,"teams":["a","b"]}"#;
    let statements =
        portcullis_store::accounts::set_attributes("ann@example.org", attributes, NOW_MS);
    assert_eq!(done(store.driver().batch(statements)).unwrap()[0].len(), 1);
    let found = caller(&store, "s");
    assert_eq!(
        serde_json::Value::Object(found.attributes).to_string(),
        attributes
    );
    assert_eq!(found.user.epoch, 1);
}

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

#[test]
fn a_user_is_in_as_many_tenants_as_it_may_and_no_more() {
    let store = store_with(&["ann", "bob"]);
    let makers: [(&str, &str, i64); 4] = [
        ("a", "ann", 0),
        ("b", "ann", 1),
        ("c", "ann", 2),
        ("d", "bob", 0),
    ];
    for (id, maker, epoch) in makers {
        assert!(is_done(&change(
            &store,
            id,
            &known(maker, epoch),
            &tenant(id)
        )));
    }
    let mut ann = member("ann");
    if let Write::AddMember { id, .. } = &mut ann {
        *id = "ann in d".into();
    }
    let outcome = change(&store, "d", &owner("bob"), &ann);
    assert_eq!(outcome, Outcome::Refused(Condition::Limit));
}

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
