//! Accounts that their owners delete.

use portcullis_service::accounts::{AccountStore, Deleted, Purpose, Use};

use super::given::{actions, ask, by, known};
use crate::support::{begin, count, done, event, named_store, new_session, store_with};

#[test]
fn an_account_is_deleted_with_what_is_its_own_and_its_value_works_once() {
    let store = store_with(&["ann", "bob"]);
    begin(&store, &new_session("s1", "ann"));
    assert!(ask(&store, "ann", "v1", Purpose::DeleteAccount, ""));
    assert!(ask(&store, "bob", "v2", Purpose::DeleteAccount, ""));
    let event = event("account.delete", Some("ann"));
    let delete =
        |attempt: Option<&Use>| done(store.delete_user("ann", attempt, &[], &event)).unwrap();
    let stolen = by("v2", "ann", Purpose::DeleteAccount);
    assert_eq!(delete(Some(&stolen)), Deleted::Gone);
    assert!(known(&store, "ann").is_some());
    let attempt = by("v1", "ann", Purpose::DeleteAccount);
    assert_eq!(delete(Some(&attempt)), Deleted::Done);
    assert!(known(&store, "ann").is_none());
    for sql in [
        "SELECT count(*) FROM session",
        "SELECT count(*) FROM mail WHERE user_id = 'ann'",
        "SELECT count(*) FROM one_time WHERE user_id = 'ann'",
    ] {
        assert_eq!(count(&store, sql), 0, "{sql}");
    }
    assert_eq!(
        actions(&store).last().map(String::as_str),
        Some("account.delete")
    );
    assert_eq!(delete(None), Deleted::Gone);
}

#[test]
fn the_last_owner_of_a_tenant_stays_whatever_the_tables_are_called() {
    for names in ["", "prefix=acme_"] {
        let tables = portcullis_store::Tables::parse(names).unwrap();
        let store = named_store(&tables, &["ann", "bob"]);
        let run = |sql: &str| {
            let prefix = if names.is_empty() { "" } else { "acme_" };
            let sql = sql.replace('#', prefix);
            let statement = portcullis_store::Statement::new(sql, Vec::new());
            done(portcullis_store::Driver::batch(
                store.driver(),
                vec![statement],
            ))
            .unwrap();
        };
        run(
            "INSERT INTO #tenant (id, name, slug, created_at_ms, updated_at_ms) \
             VALUES ('t1', 'T', 't', 0, 0)",
        );
        run(
            "INSERT INTO #tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) \
             VALUES ('m1', 't1', 'ann', 1, 0), ('m2', 't1', 'bob', 0, 0)",
        );
        let event = event("account.delete", Some("ann"));
        let delete = || done(store.delete_user("ann", None, &[], &event)).unwrap();
        assert_eq!(delete(), Deleted::LastOwner);
        assert!(known(&store, "ann").is_some());
        run("UPDATE #tenant_member SET is_owner = 1");
        assert_eq!(delete(), Deleted::Done);
    }
}
