//! What a new tenant has, and what sessions find of tenants.

use crate::support::{NOW_MS, audit_log, begin, count, done, new_session, store_with};
use portcullis_service::Store;
use portcullis_service::tenants::{Condition, Outcome, Record, TenantStore, Write};
use portcullis_store::Driver;

use super::{
    ALL, assign, caller, change, epoch, held, is_done, known, member, owner, remove, set_owner,
    tenant, update, with_tenant,
};

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
