//! One-time values and what they open; mail on its way.

use std::sync::atomic::{AtomicU32, Ordering};

use portcullis_issue::secret::Secrets;
use portcullis_service::accounts::{
    AccountStore, Ask, Audience, Deleted, EmailChange, NewHash, NewOneTime, PasswordChange,
    Purpose, Use, Whom,
};
use portcullis_service::mail::{MailKind, NewMail, SettledMail};
use portcullis_service::session::Rotation;
use portcullis_service::throttle::{Guess, Via, account_key};
use portcullis_service::{Credential, Store};

use crate::support::{
    NOW_MS, TestStore, YEAR_2100_MS, audit_log, begin, count, done, event, named_store,
    new_session, query, store_with,
};

const HOUR_MS: i64 = 3_600_000;

fn value(id: &str, purpose: Purpose, payload: &str) -> NewOneTime {
    NewOneTime {
        id: id.to_owned(),
        secret_hash: format!("hash of {id}"),
        purpose,
        payload: payload.to_owned(),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + HOUR_MS,
    }
}

fn mail(id: &str, kind: MailKind, recipient: Option<&str>) -> NewMail {
    NewMail {
        id: id.to_owned(),
        kind,
        recipient: recipient.map(str::to_owned),
        sealed: format!("sealed {id}"),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + HOUR_MS,
    }
}

fn ask_with(store: &TestStore, email: &str, audience: Audience, value: NewOneTime) -> bool {
    let ask = Ask {
        whom: Whom::Email(email),
        audience,
        mail: mail(
            &format!("mail of {}", value.id),
            MailKind::ResetPassword,
            None,
        ),
        value,
        event: event("account.password.reset.ask", None),
    };
    done(store.ask(&ask)).unwrap()
}

/// Gives out a value for an account: `ann`'s is asked for by her address.
fn ask(store: &TestStore, user: &str, id: &str, purpose: Purpose, payload: &str) -> bool {
    let email = format!("{user}@example.org");
    ask_with(
        store,
        &email,
        Audience::Anybody,
        value(id, purpose, payload),
    )
}

/// An attempt of its own.
fn by(id: &str, user: &str, purpose: Purpose) -> Use {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    let attempt = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    Use {
        secret_hash: format!("hash of {id}"),
        purpose,
        user_id: user.to_owned(),
        use_id: format!("attempt {attempt}"),
        now_ms: NOW_MS + 1,
    }
}

fn secrets() -> Secrets {
    Secrets::parse("a secret for tests alone, 32 bytes long").unwrap()
}

fn reset(store: &TestStore, by: &Use, phc: &str) -> bool {
    let new = NewHash {
        phc: phc.to_owned(),
        guesses: account_key(&secrets(), "ann@example.org"),
    };
    let event = event("account.password.reset", Some(&by.user_id));
    done(store.reset_password(by, &new, None, &event)).unwrap()
}

fn known(store: &TestStore, user: &str) -> Option<Credential> {
    done(store.credential_by_id(user)).unwrap()
}

fn phc(store: &TestStore, user: &str) -> Option<String> {
    known(store, user).unwrap().phc
}

fn is_open(store: &TestStore, id: &str) -> bool {
    let found = done(store.one_time(&format!("hash of {id}"))).unwrap();
    found.is_some()
}

fn actions(store: &TestStore) -> Vec<String> {
    audit_log(store).into_iter().map(|one| one.action).collect()
}

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

#[test]
fn mail_is_taken_by_one_host_at_a_time_and_its_secret_goes_when_it_is_given_up_and_over() {
    let store = store_with(&["ann"]);
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    let take = |at_ms: i64| done(store.take_mail(at_ms, at_ms + 100, 9)).unwrap();
    let first = take(NOW_MS);
    assert_eq!((first.len(), first[0].attempts), (1, 1));
    assert_eq!(take(NOW_MS + 99).len(), 0);
    assert_eq!(take(NOW_MS + 100)[0].attempts, 2);
    let id = first[0].id.clone();
    let settle = |settled: SettledMail| done(store.settle_mail(&settled)).unwrap();
    settle(SettledMail::Later {
        id: id.clone(),
        next_at_ms: YEAR_2100_MS,
        problem: "status 500".into(),
    });
    assert_eq!(take(YEAR_2100_MS - 1).len(), 0);
    assert_eq!(take(YEAR_2100_MS).len(), 1);
    // Before its link is over an operator may have it handed on again.
    for (at_ms, is_kept) in [(NOW_MS + HOUR_MS - 1, true), (NOW_MS + HOUR_MS, false)] {
        settle(SettledMail::Dead {
            id: id.clone(),
            at_ms,
            problem: "it is over".into(),
        });
        assert_eq!(take(i64::MAX / 4).len(), 0);
        let row = &query(&store, "SELECT * FROM mail")[0];
        assert_eq!(row.optional_text("sealed").unwrap().is_some(), is_kept);
        assert_eq!(row.text("last_error").unwrap(), "it is over");
    }
    done(store.prune_accounts(NOW_MS + HOUR_MS)).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 1);
    done(store.prune_accounts(NOW_MS + HOUR_MS + 1)).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 0);
}

#[test]
fn delivered_mail_leaves_no_trace_and_values_that_are_over_are_forgotten() {
    let store = store_with(&["ann"]);
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    let taken = done(store.take_mail(NOW_MS, NOW_MS + 1, 9)).unwrap();
    let id = taken[0].id.clone();
    done(store.settle_mail(&SettledMail::Done { id })).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 0);
    assert!(ask(&store, "ann", "v2", Purpose::ResetPassword, ""));
    let left = || {
        let of = |sql| count(&store, sql);
        (
            of("SELECT count(*) FROM one_time"),
            of("SELECT count(*) FROM mail"),
        )
    };
    done(store.prune_accounts(NOW_MS + HOUR_MS)).unwrap();
    assert_eq!(left(), (2, 1));
    done(store.prune_accounts(NOW_MS + HOUR_MS + 1)).unwrap();
    assert_eq!(left(), (0, 0));
    assert!(
        done(store.credential_by_email("ann@example.org"))
            .unwrap()
            .is_some()
    );
}
