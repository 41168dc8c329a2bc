//! Refresh tokens: used once, answered again within the window, and fatal after it.

use portcullis_service::session::{NewRefresh, Refresh, Refreshed, SessionStore};
use portcullis_service::{NewSession, SessionRef, Store};

use crate::support::{
    NOW_MS, TestStore, audit_log, begin, count, done, event, new_session, query, store_with,
};

const HOUR_MS: i64 = 3_600_000;
const GRACE_MS: i64 = 10_000;

fn refreshable(id: &str, user_id: &str) -> NewSession {
    let mut new = new_session(id, user_id);
    new.refresh = Some(NewRefresh {
        hash: "refresh 0".into(),
        generation: 0,
        token_expires_at_ms: NOW_MS + HOUR_MS,
    });
    new
}

/// Presents the refresh token of a generation at `now_ms`.
fn present(store: &TestStore, generation: i64, now_ms: i64) -> Refreshed {
    let asked = asked(generation, now_ms);
    done(store.refresh_session(&asked, &event("session.refresh.reuse", None))).unwrap()
}

fn asked(generation: i64, now_ms: i64) -> Refresh {
    let next = generation + 1;
    Refresh {
        session_id: "s1".into(),
        hash: format!("refresh {generation}"),
        generation,
        is_ours: true,
        next_token_hash: format!("token {next}"),
        next: NewRefresh {
            hash: format!("refresh {next}"),
            generation: next,
            token_expires_at_ms: now_ms + HOUR_MS,
        },
        now_ms,
        grace_ms: GRACE_MS,
        expires_at_ms: now_ms + 7 * 24 * HOUR_MS,
    }
}

fn hash_of(outcome: &Refreshed) -> Option<&str> {
    match outcome {
        Refreshed::Current { hash, .. } => Some(hash),
        Refreshed::Reused | Refreshed::Unknown => None,
    }
}

fn holds(store: &TestStore, hash: &str, now_ms: i64) -> bool {
    let key = SessionRef::TokenHash(hash.to_owned());
    done(store.caller(&key, now_ms)).unwrap().is_some()
}

fn reuses(store: &TestStore) -> usize {
    let log = audit_log(store);
    log.iter()
        .filter(|one| one.action == "session.refresh.reuse")
        .count()
}

#[test]
fn the_token_beside_a_refresh_token_ends_before_the_session() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    assert!(holds(&store, "hash of s1", NOW_MS + HOUR_MS - 1));
    assert!(!holds(&store, "hash of s1", NOW_MS + HOUR_MS));
    let by_id = SessionRef::Id("s1".into());
    let session = done(store.caller(&by_id, NOW_MS + HOUR_MS))
        .unwrap()
        .unwrap()
        .session;
    assert_eq!(
        session.refreshable.unwrap().token_expires_at_ms,
        NOW_MS + HOUR_MS
    );
    assert_eq!(session.token_ends_ms, NOW_MS + HOUR_MS);
}

#[test]
fn a_refresh_gives_new_tokens_and_moves_the_end_to_at_most_the_absolute_one() {
    let store = store_with(&["ann"]);
    let new = refreshable("s1", "ann");
    begin(&store, &new);
    let at = NOW_MS + 2 * HOUR_MS;
    let outcome = present(&store, 0, at);
    let Refreshed::Current { hash, caller } = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(hash, "refresh 1");
    assert_eq!(caller.session.expires_at_ms, at + 7 * 24 * HOUR_MS);
    assert!(holds(&store, "token 1", at));
    assert!(!holds(&store, "hash of s1", at), "it was over before");
    let mut now_ms = at;
    for generation in 1..=4 {
        now_ms += 6 * 24 * HOUR_MS;
        assert!(hash_of(&present(&store, generation, now_ms)).is_some());
    }
    let absolute_ms = new.session.absolute_expires_at_ms;
    assert!(holds(&store, "token 5", now_ms));
    assert!(hash_of(&present(&store, 5, absolute_ms)).is_none(), "over");
    assert!(hash_of(&present(&store, 5, absolute_ms - 1)).is_some());
    assert!(holds(&store, "token 6", absolute_ms - 1));
    assert!(!holds(&store, "token 6", absolute_ms));
}

#[test]
fn within_the_window_the_same_successor_is_told_and_no_second_step_is_made() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    for now_ms in [NOW_MS, NOW_MS + 1, NOW_MS + GRACE_MS - 1] {
        assert_eq!(hash_of(&present(&store, 0, now_ms)), Some("refresh 1"));
    }
    assert_eq!(
        query(&store, "SELECT refresh_generation FROM session")[0].integer("refresh_generation"),
        Ok(1)
    );
    assert_eq!(reuses(&store), 0);
    assert_eq!(
        hash_of(&present(&store, 1, NOW_MS + GRACE_MS)),
        Some("refresh 2")
    );
}

#[test]
fn after_the_window_a_used_token_ends_the_session_once_with_one_record() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    assert!(hash_of(&present(&store, 0, NOW_MS)).is_some());
    let late = NOW_MS + GRACE_MS;
    assert!(matches!(present(&store, 0, late), Refreshed::Reused));
    assert!(matches!(present(&store, 0, late), Refreshed::Unknown));
    assert!(matches!(present(&store, 1, late), Refreshed::Unknown));
    assert!(!holds(&store, "token 1", late));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 0);
    assert_eq!(reuses(&store), 1);
    let record = audit_log(&store).pop().unwrap();
    assert_eq!(record.user_id.as_deref(), Some("ann"));
}

#[test]
fn a_token_from_two_steps_back_ends_the_session_even_within_the_window() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    assert!(hash_of(&present(&store, 0, NOW_MS)).is_some());
    assert!(hash_of(&present(&store, 1, NOW_MS)).is_some());
    assert!(matches!(present(&store, 0, NOW_MS), Refreshed::Reused));
}

#[test]
fn without_a_window_the_second_use_ends_the_session() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    let strict = Refresh {
        grace_ms: 0,
        ..asked(0, NOW_MS)
    };
    let use_it =
        || done(store.refresh_session(&strict, &event("session.refresh.reuse", None))).unwrap();
    assert_eq!(hash_of(&use_it()), Some("refresh 1"));
    assert!(matches!(use_it(), Refreshed::Reused));
}

#[test]
fn a_token_that_nobody_issued_ends_nothing_and_gets_nothing() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    assert!(hash_of(&present(&store, 0, NOW_MS)).is_some());
    let late = NOW_MS + GRACE_MS;
    for generation in [0, 1, 2] {
        let forged = Refresh {
            hash: "made up".into(),
            is_ours: false,
            ..asked(generation, late)
        };
        let outcome = done(store.refresh_session(&forged, &event("session.refresh.reuse", None)));
        assert!(
            matches!(outcome.unwrap(), Refreshed::Unknown),
            "{generation}"
        );
    }
    assert!(holds(&store, "token 1", late));
    assert_eq!(reuses(&store), 0);
}

#[test]
fn an_old_secrets_current_token_still_works() {
    let store = store_with(&["ann"]);
    begin(&store, &refreshable("s1", "ann"));
    let untagged = Refresh {
        is_ours: false,
        ..asked(0, NOW_MS)
    };
    let outcome = done(store.refresh_session(&untagged, &event("session.refresh.reuse", None)));
    assert_eq!(hash_of(&outcome.unwrap()), Some("refresh 1"));
}

#[test]
fn a_disabled_accounts_token_gets_nothing_and_a_session_without_one_has_none() {
    let store = store_with(&["ann", "bob"]);
    begin(&store, &refreshable("s1", "ann"));
    query(
        &store,
        "UPDATE user SET disabled_at_ms = 1 WHERE id = 'ann'",
    );
    assert!(matches!(present(&store, 0, NOW_MS), Refreshed::Unknown));
    query(&store, "UPDATE user SET disabled_at_ms = NULL");
    assert!(
        hash_of(&present(&store, 0, NOW_MS)).is_some(),
        "nothing was used up"
    );
    query(&store, "DELETE FROM session");
    begin(&store, &new_session("s1", "bob"));
    assert!(matches!(present(&store, 0, NOW_MS), Refreshed::Unknown));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 1);
}

#[test]
fn a_session_is_looked_up_by_indexes_alone() {
    let store = store_with(&["ann"]);
    let sql = "EXPLAIN QUERY PLAN SELECT s.id FROM session s WHERE s.id = coalesce(\
               (SELECT id FROM session WHERE token_hash = 'h'), \
               (SELECT id FROM session WHERE old_token_hash = 'h' AND old_token_until_ms > 1))";
    let plan: Vec<_> = query(&store, sql)
        .iter()
        .map(|row| row.text("detail").unwrap())
        .collect();
    assert!(
        plan.iter().all(|step| !step.contains("SCAN session")),
        "{plan:?}"
    );
    assert!(
        plan.iter().any(|step| step.contains("session_old_token")),
        "{plan:?}"
    );
}
