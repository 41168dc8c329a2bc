//! Sessions: begun, found, extended, ended.

use portcullis_core::decide::Grant;
use portcullis_service::{AuditStatus, Caller, Rehash, SessionRef, Store};
use portcullis_store::{Driver, accounts};

use crate::support::{
    NOW_MS, TestStore, YEAR_2100_MS, add_user, audit_log, begin, count, done, event, new_session,
    new_user, query, store_with,
};

fn by_hash(store: &TestStore, session_id: &str, now_ms: i64) -> Option<Caller> {
    let key = SessionRef::TokenHash(format!("hash of {session_id}"));
    done(store.caller(&key, now_ms)).unwrap()
}

fn sessions(store: &TestStore) -> i64 {
    count(store, "SELECT count(*) FROM session")
}

fn disable(store: &TestStore, email: &str) {
    let statements = accounts::set_disabled(email, true, NOW_MS);
    assert_eq!(done(store.driver().batch(statements)).unwrap()[0].len(), 1);
}

fn phc(store: &TestStore, email: &str) -> Option<String> {
    done(store.credential_by_email(email)).unwrap().unwrap().phc
}

#[test]
fn a_session_that_was_begun_is_found_by_its_hash_and_by_its_id_with_its_user_and_grants() {
    let store = store_with(&[]);
    let grants = [("NATIONAL_ADMIN", ""), ("SUPERVISOR", "state:ca/team:t7")];
    add_user(&store, &new_user("ann", &grants));
    let new = new_session("s1", "ann");
    begin(&store, &new);
    for key in [
        SessionRef::Id("s1".into()),
        SessionRef::TokenHash("hash of s1".into()),
    ] {
        let caller = done(store.caller(&key, NOW_MS)).unwrap().unwrap();
        assert_eq!(caller.session, new.session);
        assert_eq!(caller.user, new_user("ann", &[]).user);
        let texts = ["NATIONAL_ADMIN", "SUPERVISOR@state:ca/team:t7"];
        assert_eq!(caller.grants, texts.map(Grant::parse));
    }
}

#[test]
fn neither_kind_of_key_finds_a_session_by_the_other_kind() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    for key in [
        SessionRef::Id("hash of s1".into()),
        SessionRef::TokenHash("s1".into()),
    ] {
        assert!(done(store.caller(&key, NOW_MS)).unwrap().is_none());
    }
}

#[test]
fn a_disabled_account_gets_no_session_and_no_audit_record_of_one() {
    let store = store_with(&["ann"]);
    disable(&store, "ann@example.org");
    let begun = done(store.begin_session(&new_session("s1", "ann"), &event("auth.login", None)));
    assert!(!begun.unwrap());
    assert_eq!(sessions(&store), 0);
    assert!(audit_log(&store).is_empty());
}

#[test]
fn an_account_that_is_gone_gets_no_session_and_no_audit_record_of_one() {
    let store = store_with(&["ann"]);
    let begun = done(store.begin_session(&new_session("s1", "bob"), &event("auth.login", None)));
    assert!(!begun.unwrap());
    assert_eq!((sessions(&store), audit_log(&store).len()), (0, 0));
}

#[test]
fn a_refused_session_leaves_the_old_one_and_the_stored_hash_as_they_are() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let sql = "UPDATE user SET disabled_at_ms = 1";
    query(&store, sql);
    let mut new = new_session("s2", "ann");
    new.replaces_token_hash = Some("hash of s1".into());
    new.rehash = Some(Rehash {
        from: "phc of ann".into(),
        to: "stronger".into(),
    });
    assert!(!done(store.begin_session(&new, &event("auth.login", None))).unwrap());
    assert_eq!(sessions(&store), 1);
    assert_eq!(phc(&store, "ann@example.org").unwrap(), "phc of ann");
}

#[test]
fn signing_in_records_the_event_in_the_same_batch() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let log = audit_log(&store);
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].action.as_str(), log[0].status),
        ("auth.login", AuditStatus::Ok)
    );
    assert_eq!(log[0].user_id.as_deref(), Some("ann"));
}

#[test]
fn a_sign_in_whose_token_is_taken_changes_nothing() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let mut new = new_session("s2", "ann");
    new.token_hash = "hash of s1".into();
    done(store.begin_session(&new, &event("auth.login", Some("ann")))).unwrap_err();
    assert_eq!((sessions(&store), audit_log(&store).len()), (1, 1));
}

#[test]
fn a_sign_in_ends_the_callers_own_session_and_nobody_elses() {
    let store = store_with(&["ann", "bob"]);
    begin(&store, &new_session("anns", "ann"));
    begin(&store, &new_session("bobs", "bob"));
    let mut new = new_session("s3", "ann");
    new.replaces_token_hash = Some("hash of bobs".into());
    begin(&store, &new);
    assert!(by_hash(&store, "bobs", NOW_MS).is_some());
    let mut new = new_session("s4", "ann");
    new.replaces_token_hash = Some("hash of anns".into());
    begin(&store, &new);
    assert!(by_hash(&store, "anns", NOW_MS).is_none());
    assert!(by_hash(&store, "s3", NOW_MS).is_some());
}

#[test]
fn a_password_hash_is_brought_up_to_date_only_while_it_is_the_one_that_was_checked() {
    let store = store_with(&["ann", "bob"]);
    for (id, from, expected) in [
        ("s1", "changed since", "phc of ann"),
        ("s2", "phc of ann", "stronger"),
    ] {
        let mut new = new_session(id, "ann");
        new.rehash = Some(Rehash {
            from: from.into(),
            to: "stronger".into(),
        });
        begin(&store, &new);
        assert_eq!(phc(&store, "ann@example.org").unwrap(), expected);
    }
    assert_eq!(phc(&store, "bob@example.org").unwrap(), "phc of bob");
}

#[test]
fn a_session_holds_until_the_millisecond_before_its_end() {
    let store = store_with(&["ann"]);
    let new = new_session("s1", "ann");
    begin(&store, &new);
    let end_ms = new.session.expires_at_ms;
    assert!(by_hash(&store, "s1", end_ms - 1).is_some());
    assert!(by_hash(&store, "s1", end_ms).is_none());
}

#[test]
fn a_disabled_accounts_session_finds_nobody_even_if_its_row_is_there() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    query(&store, "UPDATE user SET disabled_at_ms = 1");
    assert_eq!(sessions(&store), 1);
    assert!(by_hash(&store, "s1", NOW_MS).is_none());
}

#[test]
fn a_session_ends_once_and_is_recorded_once_under_its_user() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let end = || {
        done(store.end_session(
            &SessionRef::TokenHash("hash of s1".into()),
            &event("auth.logout", None),
        ))
        .unwrap()
    };
    assert!(end());
    assert!(!end());
    assert!(by_hash(&store, "s1", NOW_MS).is_none());
    let logouts: Vec<_> = audit_log(&store)
        .into_iter()
        .filter(|event| event.action == "auth.logout")
        .collect();
    assert_eq!(logouts.len(), 1);
    assert_eq!(logouts[0].user_id.as_deref(), Some("ann"));
}

#[test]
fn a_session_is_ended_by_its_id_as_well_and_not_by_the_id_of_another() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let end = |id: &str| {
        let session = SessionRef::Id(id.to_owned());
        done(store.end_session(&session, &event("auth.logout", None))).unwrap()
    };
    assert!(!end("hash of s1"));
    assert!(end("s1"));
    assert!(by_hash(&store, "s1", NOW_MS).is_none());
    let last = audit_log(&store).pop().unwrap();
    assert_eq!(
        (last.action.as_str(), last.user_id.as_deref()),
        ("auth.logout", Some("ann"))
    );
}

#[test]
fn ending_one_session_leaves_the_users_others() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    begin(&store, &new_session("s2", "ann"));
    assert!(
        done(store.end_session(
            &SessionRef::TokenHash("hash of s1".into()),
            &event("auth.logout", None)
        ))
        .unwrap()
    );
    assert!(by_hash(&store, "s2", NOW_MS).is_some());
}

#[test]
fn a_session_of_the_year_2100_is_stored_and_read_whole() {
    let store = store_with(&["ann"]);
    let mut new = new_session("s1", "ann");
    new.session.created_at_ms = YEAR_2100_MS;
    new.session.updated_at_ms = YEAR_2100_MS;
    new.session.expires_at_ms = YEAR_2100_MS + 1;
    new.session.absolute_expires_at_ms = YEAR_2100_MS + 1;
    new.session.last_active_at_ms = YEAR_2100_MS;
    new.session.authenticated_at_ms = YEAR_2100_MS;
    new.session.token_ends_ms = YEAR_2100_MS + 1;
    begin(&store, &new);
    assert_eq!(
        by_hash(&store, "s1", YEAR_2100_MS).unwrap().session,
        new.session
    );
    assert!(by_hash(&store, "s1", YEAR_2100_MS + 1).is_none());
}
