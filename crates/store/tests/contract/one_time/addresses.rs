//! Addresses: confirmed, changed, agreed to.

use portcullis_service::accounts::{AccountStore, Audience, EmailChange, Purpose};
use portcullis_service::mail::MailKind;

use super::given::{ask, ask_with, by, is_open, known, mail, value};
use crate::support::{done, event, query, store_with};

#[test]
fn an_address_is_confirmed_once_and_only_while_it_is_the_accounts() {
    let store = store_with(&["ann"]);
    let confirm = |id, email| {
        let attempt = by(id, "ann", Purpose::VerifyEmail);
        let event = event("account.email.verify", Some("ann"));
        done(store.verify_email(&attempt, email, &event)).unwrap()
    };
    for id in ["v1", "v2"] {
        assert!(ask(
            &store,
            "ann",
            id,
            Purpose::VerifyEmail,
            "ann@example.org"
        ));
    }
    assert!(!confirm("v1", "old@example.org"));
    assert!(is_open(&store, "v1"), "it wasn't used up");
    assert!(confirm("v1", "ann@example.org"));
    assert!(!confirm("v1", "ann@example.org"));
    let user = known(&store, "ann").unwrap().user;
    assert_eq!((user.email_verified, user.epoch), (true, 1));
    assert!(confirm("v2", "ann@example.org"));
    assert_eq!(known(&store, "ann").unwrap().user.epoch, 1, "no change");
}

#[test]
fn an_address_is_changed_once_unless_it_is_taken_and_old_links_open_nothing() {
    let store = store_with(&["ann", "bob"]);
    let change = |id: &str, to: &str| {
        let attempt = by(id, "ann", Purpose::VerifyNewEmail);
        let event = event("account.email.change", Some("ann"));
        done(store.change_email(&attempt, "ann@example.org", to, None, &event)).unwrap()
    };
    assert!(ask(&store, "ann", "v1", Purpose::VerifyNewEmail, ""));
    assert!(ask(&store, "ann", "v2", Purpose::ResetPassword, ""));
    assert_eq!(change("v1", "bob@example.org"), EmailChange::Taken);
    assert!(is_open(&store, "v1"));
    assert_eq!(change("v1", "new@example.org"), EmailChange::Done);
    let user = known(&store, "ann").unwrap().user;
    assert_eq!(user.email, "new@example.org");
    assert!(user.email_verified);
    assert!(!is_open(&store, "v2"), "it went to the old address");
    assert_eq!(change("v1", "newer@example.org"), EmailChange::Gone);
    assert!(ask_with(
        &store,
        "new@example.org",
        Audience::Anybody,
        value("v3", Purpose::VerifyNewEmail, "")
    ));
    assert_eq!(
        change("v3", "newer@example.org"),
        EmailChange::Gone,
        "not from there"
    );
}

#[test]
fn agreeing_to_a_new_address_gives_out_the_next_value_once_and_no_mail_to_an_owner_of_it() {
    let store = store_with(&["ann", "bob"]);
    let agree = |id: &str, next: &str, to: &str| {
        let attempt = by(id, "ann", Purpose::ConfirmEmailChange);
        let next = value(next, Purpose::VerifyNewEmail, "");
        let letter = mail(&format!("to {to}"), MailKind::VerifyNewEmail, Some(to));
        let event = event("account.email.change.agree", Some("ann"));
        done(store.confirm_email_change(&attempt, &next, &letter, &event)).unwrap()
    };
    assert!(ask(&store, "ann", "v1", Purpose::ConfirmEmailChange, ""));
    assert!(agree("v1", "n1", "new@example.org"));
    assert!(!agree("v1", "n2", "new@example.org"));
    assert!(is_open(&store, "n1") && !is_open(&store, "n2"));
    assert!(ask(&store, "ann", "v2", Purpose::ConfirmEmailChange, ""));
    assert!(agree("v2", "n3", "bob@example.org"));
    let rows = query(
        &store,
        "SELECT recipient FROM mail WHERE kind = 'verify-new-email'",
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].text("recipient").unwrap(), "new@example.org");
}
