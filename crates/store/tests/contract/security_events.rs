//! What an owner sees of an account: a view of the audit log, through an index of its own.

use portcullis_service::Store;
use portcullis_service::security_events::SecurityEventStore;
use portcullis_store::{Driver, Row, Statement, security_events};

use crate::support::{TestStore, done, event, query, store};

fn actions(store: &TestStore, user: &str, before: i64, limit: u32) -> Vec<String> {
    let events = done(store.security_events(user, before, limit)).unwrap();
    events.into_iter().map(|event| event.action).collect()
}

#[test]
fn only_records_about_the_account_are_seen_and_only_by_its_owner() {
    let store = store();
    for (action, user) in [
        ("auth.login", Some("ann")),
        ("pin.reveal", Some("ann")),
        ("auth.login", Some("bob")),
        ("auth.login", None),
        ("account.password.change", Some("ann")),
        ("authz.check", Some("ann")),
        ("rbac.role.create", Some("ann")),
        ("session.revoke", Some("ann")),
        ("identity.link", Some("ann")),
        ("key.use", Some("ann")),
        ("user.disable", Some("ann")),
        ("role.grant", Some("ann")),
    ] {
        done(store.record(&event(action, user))).unwrap();
    }
    assert_eq!(
        actions(&store, "ann", 1 << 53, 100),
        [
            "role.grant",
            "user.disable",
            "key.use",
            "identity.link",
            "session.revoke",
            "account.password.change",
            "auth.login"
        ]
    );
    assert_eq!(actions(&store, "bob", 1 << 53, 100), ["auth.login"]);
    assert!(actions(&store, "", 1 << 53, 100).is_empty());
}

#[test]
fn an_event_has_the_address_and_the_client_of_its_request() {
    let store = store();
    done(store.record(&event("auth.login", Some("ann")))).unwrap();
    let found = done(store.security_events("ann", 2, 1)).unwrap();
    assert_eq!(found[0].ip_address, "192.0.2.1");
    assert_eq!(found[0].user_agent, "a browser");
    assert_eq!(found[0].id, 1);
}

#[test]
fn pages_follow_each_other_latest_first_without_gap_or_overlap() {
    let store = store();
    for number in 0..5 {
        done(store.record(&event(&format!("auth.{number}"), Some("ann")))).unwrap();
        done(store.record(&event("pin.reveal", Some("ann")))).unwrap();
    }
    let (mut seen, mut before) = (Vec::new(), 1 << 53);
    loop {
        let page = done(store.security_events("ann", before, 2)).unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        seen.extend(page.into_iter().map(|event| event.action));
    }
    assert_eq!(seen, ["auth.4", "auth.3", "auth.2", "auth.1", "auth.0"]);
}

#[test]
fn a_page_is_read_through_its_index_and_nothing_is_sorted() {
    let store = store();
    let page = security_events::page("ann", 7, 50);
    let explain = Statement::new(
        format!("EXPLAIN QUERY PLAN {}", page.sql()),
        page.params().to_vec(),
    );
    let plan: Vec<Row> = done(store.driver().query(explain)).unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.text("detail").unwrap()).collect();
    assert_eq!(
        plan,
        ["SEARCH audit USING INDEX audit_account (user_id=? AND id<?)"]
    );
}

#[test]
fn the_index_holds_no_record_that_no_owner_sees() {
    let store = store();
    for action in ["pin.reveal", "auth.login"] {
        done(store.record(&event(action, Some("ann")))).unwrap();
        done(store.record(&event(action, None))).unwrap();
    }
    let rows = query(
        &store,
        "SELECT count(*) FROM audit INDEXED BY audit_account WHERE user_id IS NOT NULL \
         AND substr(action, 1, instr(action, '.')) IN (\
         'account.', 'auth.', 'identity.', 'key.', 'role.', 'session.', 'user.')",
    );
    assert_eq!(rows[0].integer("count(*)").unwrap(), 1);
}
