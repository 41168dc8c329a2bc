//! Passwords: by a value, and from the one before.

use portcullis_service::accounts::{AccountStore, PasswordChange, Purpose};
use portcullis_service::mail::MailKind;
use portcullis_service::session::Rotation;
use portcullis_service::throttle::{Guess, Via};

use super::given::{HOUR_MS, actions, ask, by, is_open, mail, phc, reset, secrets};
use crate::support::{
    NOW_MS, audit_log, begin, count, done, event, new_session, query, store_with,
};

#[test]
fn a_value_sets_one_password_ends_the_sessions_and_voids_what_else_was_given_out() {
    let store = store_with(&["ann", "bob"]);
    begin(&store, &new_session("anns", "ann"));
    begin(&store, &new_session("bobs", "bob"));
    for (id, purpose) in [
        ("v1", Purpose::ResetPassword),
        ("v2", Purpose::ResetPassword),
        ("v3", Purpose::VerifyNewEmail),
        ("v4", Purpose::VerifyEmail),
    ] {
        assert!(ask(&store, "ann", id, purpose, ""));
    }
    assert!(ask(&store, "bob", "v5", Purpose::ResetPassword, ""));
    let attempt = by("v1", "ann", Purpose::ResetPassword);
    assert!(reset(&store, &attempt, "new"));
    assert_eq!(phc(&store, "ann").as_deref(), Some("new"));
    let sessions = query(&store, "SELECT id FROM session");
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].text("id").unwrap(), "bobs");
    let open: Vec<_> = ["v1", "v2", "v3", "v4", "v5"]
        .into_iter()
        .filter(|id| is_open(&store, id))
        .collect();
    assert_eq!(open, ["v4", "v5"]);

    let records = audit_log(&store).len();
    for id in ["v1", "v2"] {
        let again = by(id, "ann", Purpose::ResetPassword);
        assert!(!reset(&store, &again, "newer"), "{id}");
    }
    assert_eq!(phc(&store, "ann").as_deref(), Some("new"));
    assert_eq!(audit_log(&store).len(), records, "nothing is recorded");
}

#[test]
fn a_value_opens_until_the_millisecond_in_which_it_ends() {
    let store = store_with(&["ann"]);
    for (id, at_ms, opens) in [("v1", HOUR_MS - 1, true), ("v2", HOUR_MS, false)] {
        assert!(ask(&store, "ann", id, Purpose::ResetPassword, ""));
        let mut attempt = by(id, "ann", Purpose::ResetPassword);
        attempt.now_ms = NOW_MS + at_ms;
        assert_eq!(reset(&store, &attempt, id), opens, "{id}");
    }
}

#[test]
fn a_value_opens_nothing_for_another_purpose_or_account() {
    let store = store_with(&["ann", "bob"]);
    assert!(ask(
        &store,
        "ann",
        "v1",
        Purpose::VerifyEmail,
        "ann@example.org"
    ));
    assert!(ask(&store, "ann", "v2", Purpose::ResetPassword, ""));
    assert!(!reset(
        &store,
        &by("v1", "ann", Purpose::ResetPassword),
        "new"
    ));
    assert!(!reset(
        &store,
        &by("v2", "bob", Purpose::ResetPassword),
        "new"
    ));
    assert!(!reset(
        &store,
        &by("none", "ann", Purpose::ResetPassword),
        "new"
    ));
    assert!(is_open(&store, "v1") && is_open(&store, "v2"));
    assert_eq!(phc(&store, "bob").as_deref(), Some("phc of bob"));
}

#[test]
fn an_account_without_a_password_gets_one_by_a_value() {
    let store = store_with(&["ann"]);
    query(&store, "DELETE FROM password");
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    assert!(reset(
        &store,
        &by("v1", "ann", Purpose::ResetPassword),
        "new"
    ));
    assert_eq!(phc(&store, "ann").as_deref(), Some("new"));
}

fn password_change(from: &str, ends_others: bool) -> PasswordChange {
    PasswordChange {
        user_id: "ann".into(),
        from: from.into(),
        to: "new".into(),
        session_id: "s1".into(),
        rotation: Rotation {
            session_id: "s1".into(),
            from_hash: None,
            token_hash: "new token".into(),
            now_ms: NOW_MS + 1,
            old_until_ms: NOW_MS + 1,
            authenticated_at_ms: None,
            refresh: None,
        },
        ends_others,
        guess: Guess::new(&secrets(), "ann@example.org", Via::Session("s1")),
        notice: Some(mail("m1", MailKind::PasswordChanged, None)),
        now_ms: NOW_MS + 1,
        event: event("account.password.change", Some("ann")),
    }
}

#[test]
fn a_password_is_changed_from_the_one_that_was_compared_and_the_token_with_it() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    begin(&store, &new_session("s2", "ann"));
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    let change = |from, ends| done(store.change_password(&password_change(from, ends))).unwrap();
    let records = audit_log(&store).len();
    assert!(!change("another hash", true));
    assert_eq!(phc(&store, "ann").as_deref(), Some("phc of ann"));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 2);
    assert_eq!(audit_log(&store).len(), records);
    assert!(is_open(&store, "v1"));

    assert!(change("phc of ann", false));
    assert_eq!(phc(&store, "ann").as_deref(), Some("new"));
    let rows = query(&store, "SELECT token_hash FROM session ORDER BY id");
    let hashes: Vec<_> = rows
        .iter()
        .map(|row| row.text("token_hash").unwrap())
        .collect();
    assert_eq!(hashes, ["new token", "hash of s2"]);
    assert!(!is_open(&store, "v1"));
    assert_eq!(
        actions(&store).last().map(String::as_str),
        Some("account.password.change")
    );
    let told = "SELECT count(*) FROM mail WHERE kind = 'password-changed'";
    assert_eq!(count(&store, told), 1);
}

#[test]
fn a_change_of_the_password_ends_other_sessions_when_that_is_asked_for() {
    let store = store_with(&["ann", "bob"]);
    for (id, user) in [("s1", "ann"), ("s2", "ann"), ("s3", "bob")] {
        begin(&store, &new_session(id, user));
    }
    assert!(done(store.change_password(&password_change("phc of ann", true))).unwrap());
    let rows = query(&store, "SELECT id FROM session ORDER BY id");
    let ids: Vec<_> = rows.iter().map(|row| row.text("id").unwrap()).collect();
    assert_eq!(ids, ["s1", "s3"]);
}

#[test]
fn a_password_is_not_changed_by_a_session_that_has_ended() {
    let store = store_with(&["ann"]);
    assert!(!done(store.change_password(&password_change("phc of ann", false))).unwrap());
    assert_eq!(phc(&store, "ann").as_deref(), Some("phc of ann"));
}
