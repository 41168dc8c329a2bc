//! For whom a value is made.

use portcullis_service::accounts::{AccountStore, Audience, Purpose};

use super::given::{HOUR_MS, ask, ask_with, by, is_open, phc, reset, value};
use crate::support::{NOW_MS, audit_log, count, done, query, store_with};

#[test]
fn a_value_is_made_for_an_account_with_its_mail_and_its_record() {
    let store = store_with(&["ann"]);
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    let found = done(store.one_time("hash of v1")).unwrap().unwrap();
    assert_eq!(
        (found.purpose, found.user_id.as_str(), found.expires_at_ms),
        (Purpose::ResetPassword, "ann", NOW_MS + HOUR_MS)
    );
    let taken = done(store.take_mail(NOW_MS, NOW_MS + 1, 9)).unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].recipient, "ann@example.org");
    assert_eq!(taken[0].sealed, "sealed mail of v1");
    assert_eq!(audit_log(&store)[0].user_id.as_deref(), Some("ann"));
}

#[test]
fn for_an_unknown_address_there_is_a_record_and_nothing_else() {
    let store = store_with(&["ann"]);
    assert!(!ask(&store, "eve", "v1", Purpose::ResetPassword, ""));
    assert_eq!(count(&store, "SELECT count(*) FROM one_time"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 0);
    assert_eq!(audit_log(&store)[0].user_id, None);
}

#[test]
fn a_disabled_account_gets_no_value_and_one_that_it_has_opens_nothing() {
    let store = store_with(&["ann"]);
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    query(&store, "UPDATE user SET disabled_at_ms = 1");
    assert!(!ask(&store, "ann", "v2", Purpose::ResetPassword, ""));
    assert!(!is_open(&store, "v1"));
    assert!(!reset(
        &store,
        &by("v1", "ann", Purpose::ResetPassword),
        "new"
    ));
    assert_eq!(phc(&store, "ann").as_deref(), Some("phc of ann"));
}

#[test]
fn a_confirmed_address_is_not_asked_to_be_confirmed_again() {
    let store = store_with(&["ann"]);
    let unverified = |id| {
        let value = value(id, Purpose::VerifyEmail, "ann@example.org");
        ask_with(&store, "ann@example.org", Audience::Unverified, value)
    };
    assert!(unverified("v1"));
    query(&store, "UPDATE user SET email_verified = 1");
    assert!(!unverified("v2"));
}

#[test]
fn five_values_of_a_purpose_are_made_in_an_hour_and_not_a_sixth() {
    let store = store_with(&["ann"]);
    for id in ["v1", "v2", "v3", "v4", "v5"] {
        assert!(ask(&store, "ann", id, Purpose::ResetPassword, ""));
    }
    assert!(!ask(&store, "ann", "v6", Purpose::ResetPassword, ""));
    assert!(ask(&store, "ann", "v7", Purpose::DeleteAccount, ""));
    let mut later = value("v8", Purpose::ResetPassword, "");
    later.created_at_ms = NOW_MS + HOUR_MS - 1;
    let email = "ann@example.org";
    assert!(!ask_with(&store, email, Audience::Anybody, later.clone()));
    later.created_at_ms = NOW_MS + HOUR_MS;
    assert!(ask_with(&store, email, Audience::Anybody, later));
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 7);
}
