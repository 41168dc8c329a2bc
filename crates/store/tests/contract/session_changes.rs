//! Sessions that go on: used, named, given new tokens, listed, ended by their owner.

use portcullis_service::session::{Extension, Rotation, SessionStore, Touch, Which};
use portcullis_service::{Caller, Session, SessionRef, Store};
use portcullis_store::{Driver, sessions};

use crate::support::{
    NOW_MS, TestStore, add_user, audit_log, begin, count, done, event, new_session, new_user,
    query, store_with,
};

const DAY_MS: i64 = 86_400_000;

fn by_hash(store: &TestStore, hash: &str, now_ms: i64) -> Option<Caller> {
    let key = SessionRef::TokenHash(hash.to_owned());
    done(store.caller(&key, now_ms)).unwrap()
}

fn by_id(store: &TestStore, id: &str, now_ms: i64) -> Session {
    let key = SessionRef::Id(id.to_owned());
    done(store.caller(&key, now_ms)).unwrap().unwrap().session
}

/// A use at `now_ms` that is written down at most once in 300 s.
fn touch(store: &TestStore, now_ms: i64, extension: Option<Extension>) -> Option<(i64, i64)> {
    let touch = Touch {
        session_id: "s1".into(),
        now_ms,
        active_before_ms: now_ms - 300_000,
        extension,
    };
    let touched = done(store.touch_session(&touch)).unwrap();
    touched.map(|it| (it.expires_at_ms, it.updated_at_ms))
}

/// Moves the end to `to_ms` if it is by `if_ends_by_ms`.
#[expect(clippy::unnecessary_wraps, reason = "as the member that it becomes")]
fn later(if_ends_by_ms: i64, expires_at_ms: i64) -> Option<Extension> {
    Some(Extension {
        if_ends_by_ms,
        expires_at_ms,
    })
}

fn rotation(token_hash: &str) -> Rotation {
    Rotation {
        session_id: "s1".into(),
        from_hash: None,
        token_hash: token_hash.into(),
        now_ms: NOW_MS,
        old_until_ms: NOW_MS + 10_000,
        authenticated_at_ms: None,
        refresh: None,
    }
}

fn rotate(store: &TestStore, rotation: &Rotation) -> bool {
    done(store.rotate_session(rotation, &event("session.rotate", Some("ann")))).unwrap()
}

fn actions(store: &TestStore) -> Vec<String> {
    let log = audit_log(store).into_iter();
    log.map(|event| event.action)
        .filter(|action| action != "auth.login")
        .collect()
}

#[test]
fn use_is_written_down_at_most_once_in_its_interval() {
    let store = store_with(&["ann"]);
    let new = new_session("s1", "ann");
    begin(&store, &new);
    assert_eq!(touch(&store, NOW_MS + 299_999, None), None);
    let end_ms = new.session.expires_at_ms;
    assert_eq!(
        touch(&store, NOW_MS + 300_000, None),
        Some((end_ms, NOW_MS))
    );
    assert_eq!(touch(&store, NOW_MS + 599_999, None), None);
    assert_eq!(
        by_id(&store, "s1", NOW_MS).last_active_at_ms,
        NOW_MS + 300_000
    );
}

#[test]
fn an_end_is_moved_only_while_the_session_holds_only_when_due_and_only_later() {
    let store = store_with(&["ann"]);
    let new = new_session("s1", "ann");
    begin(&store, &new);
    let end_ms = new.session.expires_at_ms;
    let at = NOW_MS + 1000;
    assert_eq!(
        touch(&store, end_ms, later(end_ms, end_ms + 1000)),
        None,
        "over"
    );
    assert_eq!(
        touch(&store, at, later(end_ms - 1, end_ms + 1000)),
        None,
        "not due"
    );
    assert_eq!(
        touch(&store, at, later(end_ms, end_ms)),
        None,
        "to the same end"
    );
    assert_eq!(
        touch(&store, at, later(end_ms, end_ms - 1)),
        None,
        "to an earlier end"
    );
    assert_eq!(by_id(&store, "s1", NOW_MS), new.session);
    let moved = touch(&store, at, later(end_ms, end_ms + 1000));
    assert_eq!(moved, Some((end_ms + 1000, at)));
    assert_eq!(
        touch(&store, at, later(end_ms, end_ms + 2000)),
        None,
        "of many, one moves it"
    );
    let session = by_id(&store, "s1", NOW_MS);
    assert_eq!(
        (
            session.expires_at_ms,
            session.updated_at_ms,
            session.created_at_ms
        ),
        (end_ms + 1000, at, NOW_MS)
    );
}

#[test]
fn no_use_moves_an_end_beyond_the_absolute_one() {
    let store = store_with(&["ann"]);
    let new = new_session("s1", "ann");
    begin(&store, &new);
    let absolute_ms = new.session.absolute_expires_at_ms;
    let mut now_ms = NOW_MS;
    while now_ms < absolute_ms {
        touch(
            &store,
            now_ms,
            later(now_ms + 6 * DAY_MS, now_ms + 7 * DAY_MS),
        );
        now_ms += DAY_MS;
    }
    assert_eq!(
        by_id(&store, "s1", absolute_ms - 1).expires_at_ms,
        absolute_ms
    );
    assert!(by_hash(&store, "hash of s1", absolute_ms).is_none());
}

#[test]
fn a_session_of_an_older_schema_without_absolute_end_holds_to_its_end_and_is_not_extended() {
    let store = store_with(&["ann"]);
    let sql = "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
               expires_at_ms, remember_me) VALUES ('s1', 'hash of s1', 'ann', 1795308739542, \
               1795308739542, 1795308740542, 1)";
    query(&store, sql);
    let end_ms = NOW_MS + 1000;
    let found = by_id(&store, "s1", NOW_MS);
    assert_eq!(
        (found.expires_at_ms, found.absolute_expires_at_ms),
        (end_ms, end_ms)
    );
    touch(&store, NOW_MS, later(end_ms, end_ms + DAY_MS));
    assert!(by_hash(&store, "hash of s1", end_ms - 1).is_some());
    assert!(by_hash(&store, "hash of s1", end_ms).is_none());
}

#[test]
fn after_a_rotation_the_old_token_holds_for_its_window_and_names_the_new_one() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    assert!(rotate(&store, &rotation("new")));
    let new = by_hash(&store, "new", NOW_MS).unwrap().session;
    assert_eq!(new.superseded_by, None);
    assert_eq!(new.token_ends_ms, new.expires_at_ms);
    let old = by_hash(&store, "hash of s1", NOW_MS + 9_999)
        .unwrap()
        .session;
    assert_eq!(old.superseded_by.as_deref(), Some("new"));
    assert_eq!(old.token_ends_ms, NOW_MS + 10_000);
    assert!(by_hash(&store, "hash of s1", NOW_MS + 10_000).is_none());
    assert_eq!(actions(&store), ["session.rotate"]);
    assert_eq!(audit_log(&store)[1].fields["session"], "s1");
}

#[test]
fn a_rotation_without_window_ends_the_old_token_at_once_and_the_one_before_as_well() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    assert!(rotate(&store, &rotation("second")));
    let mut last = rotation("third");
    last.old_until_ms = NOW_MS;
    assert!(rotate(&store, &last));
    for gone in ["hash of s1", "second"] {
        assert!(by_hash(&store, gone, NOW_MS).is_none(), "{gone}");
    }
    assert!(by_hash(&store, "third", NOW_MS).is_some());
}

#[test]
fn of_two_rotations_from_one_token_one_is_made() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let from = |to: &str| Rotation {
        from_hash: Some("hash of s1".into()),
        ..rotation(to)
    };
    assert!(rotate(&store, &from("one")));
    assert!(!rotate(&store, &from("two")));
    assert!(by_hash(&store, "one", NOW_MS).is_some());
    assert!(by_hash(&store, "two", NOW_MS).is_none());
    assert_eq!(
        actions(&store),
        ["session.rotate"],
        "what wasn't done isn't recorded"
    );
}

#[test]
fn a_rotation_takes_the_users_epoch_and_a_new_proof_but_no_session_that_is_over() {
    let store = store_with(&["ann"]);
    let new = new_session("s1", "ann");
    begin(&store, &new);
    query(&store, "UPDATE user SET epoch = 7");
    let mut proven = rotation("new");
    proven.authenticated_at_ms = Some(NOW_MS + 5);
    assert!(rotate(&store, &proven));
    let session = by_id(&store, "s1", NOW_MS);
    assert_eq!(
        (session.user_epoch, session.authenticated_at_ms),
        (7, NOW_MS + 5)
    );
    let mut late = rotation("late");
    late.now_ms = new.session.expires_at_ms;
    assert!(!rotate(&store, &late));
}

#[test]
fn a_rotation_in_a_batch_holds_only_if_its_condition_does() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    for (phc, is_made) in [("another", false), ("phc of ann", true)] {
        let condition = "EXISTS (SELECT 1 FROM password WHERE user_id = $1 AND phc = $2)";
        let values = ["ann".into(), phc.into()];
        let statements = sessions::rotate_statements_if(&rotation("new"), condition, values);
        let results = done(store.driver().batch(statements)).unwrap();
        assert_eq!(!results[0].is_empty(), is_made);
        assert_eq!(by_hash(&store, "new", NOW_MS).is_some(), is_made);
    }
}

#[test]
fn a_list_has_the_sessions_that_hold_of_one_user_the_last_used_first() {
    let store = store_with(&["ann", "bob"]);
    for (id, user, used_ms, ends_ms) in [
        ("old", "ann", 1, DAY_MS),
        ("over", "ann", 3, 0),
        ("new", "ann", 2, DAY_MS),
        ("bobs", "bob", 4, DAY_MS),
    ] {
        let mut new = new_session(id, user);
        new.session.expires_at_ms = NOW_MS + ends_ms;
        begin(&store, &new);
        let touch = Touch {
            session_id: id.into(),
            now_ms: NOW_MS - 10 + used_ms,
            active_before_ms: NOW_MS,
            extension: None,
        };
        done(store.touch_session(&touch)).unwrap();
    }
    let list = done(store.sessions_of("ann", NOW_MS)).unwrap();
    let ids: Vec<_> = list.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["new", "old"]);
    assert_eq!(list[0].device_name, "Ann's phone");
}

#[test]
fn a_user_ends_its_own_session_by_id_or_token_and_nobody_elses() {
    let store = store_with(&["ann", "bob"]);
    for (id, user) in [("a1", "ann"), ("a2", "ann"), ("b1", "bob")] {
        begin(&store, &new_session(id, user));
    }
    let revoke = |user: &str, id: &str, hash: &str| {
        done(store.revoke_session(user, id, hash, &event("session.revoke", Some(user)))).unwrap()
    };
    assert_eq!(revoke("ann", "b1", "hash of b1"), None);
    assert_eq!(revoke("ann", "a1", "no hash").as_deref(), Some("a1"));
    assert_eq!(revoke("ann", "no id", "hash of a2").as_deref(), Some("a2"));
    assert_eq!(revoke("ann", "a1", "hash of a1"), None);
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 1);
    assert_eq!(actions(&store), ["session.revoke", "session.revoke"]);
    let log = audit_log(&store);
    assert_eq!(log.last().unwrap().fields["session"], "a2");
}

#[test]
fn all_or_all_others_of_one_user_end_each_with_a_record() {
    let store = store_with(&["ann", "bob"]);
    for (id, user) in [("a1", "ann"), ("a2", "ann"), ("a3", "ann"), ("b1", "bob")] {
        begin(&store, &new_session(id, user));
    }
    let end =
        |which| done(store.revoke_sessions("ann", which, &event("session.revoke", None))).unwrap();
    assert_eq!(end(Which::Others("a2")), 2);
    assert!(by_hash(&store, "hash of a2", NOW_MS).is_some());
    assert_eq!(end(Which::All), 1);
    assert_eq!(end(Which::All), 0);
    assert!(by_hash(&store, "hash of b1", NOW_MS).is_some());
    let log = audit_log(&store);
    let ended: Vec<_> = log
        .iter()
        .filter(|event| event.action == "session.revoke")
        .map(|event| (event.user_id.as_deref(), event.fields["session"].clone()))
        .collect();
    assert_eq!(ended.len(), 3);
    assert!(ended.iter().all(|(user, _)| *user == Some("ann")));
}

#[test]
fn a_device_is_named_while_its_session_holds() {
    let store = store_with(&[]);
    add_user(&store, &new_user("ann", &[]));
    let new = new_session("s1", "ann");
    begin(&store, &new);
    let end_ms = new.session.expires_at_ms;
    assert!(!done(store.name_device("s1", "late", end_ms)).unwrap());
    assert!(!done(store.name_device("s2", "nobody's", NOW_MS)).unwrap());
    assert!(done(store.name_device("s1", "Work laptop", NOW_MS + 1)).unwrap());
    assert_eq!(by_id(&store, "s1", NOW_MS).device_name, "Work laptop");
}

#[test]
fn sessions_that_were_over_before_a_time_are_cleared_away_and_no_other() {
    let store = store_with(&["ann"]);
    for (id, ends_ms) in [("long over", -1), ("just over", 0), ("on", 1)] {
        let mut new = new_session(id, "ann");
        new.session.expires_at_ms = NOW_MS + ends_ms;
        begin(&store, &new);
    }
    assert_eq!(done(store.clear_sessions(NOW_MS)).unwrap(), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 2);
    assert_eq!(
        count(
            &store,
            "SELECT count(*) FROM session WHERE id = 'long over'"
        ),
        0
    );
}

#[test]
fn a_replaced_session_is_ended_by_its_old_token_only_in_its_window() {
    for (later_ms, is_ended) in [(9_999, true), (10_000, false)] {
        let store = store_with(&["ann"]);
        begin(&store, &new_session("s1", "ann"));
        assert!(rotate(&store, &rotation("new")));
        let mut next = new_session("s2", "ann");
        next.session.created_at_ms = NOW_MS + later_ms;
        next.replaces_token_hash = Some("hash of s1".into());
        begin(&store, &next);
        assert_eq!(by_hash(&store, "new", NOW_MS).is_none(), is_ended);
    }
}

#[test]
fn signing_out_with_the_old_token_in_its_window_ends_the_session_and_after_it_nothing() {
    for (later_ms, is_ended) in [(9_999, true), (10_000, false)] {
        let store = store_with(&["ann"]);
        begin(&store, &new_session("s1", "ann"));
        assert!(rotate(&store, &rotation("new")));
        let mut logout = event("auth.logout", None);
        logout.at_ms = NOW_MS + later_ms;
        let key = SessionRef::TokenHash("hash of s1".into());
        assert_eq!(done(store.end_session(&key, &logout)).unwrap(), is_ended);
        assert_eq!(by_hash(&store, "new", NOW_MS).is_none(), is_ended);
    }
}
