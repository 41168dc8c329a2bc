//! Accounts: made, found, disabled, given passwords.

use portcullis_service::accounts::{
    AccountStore, NewOneTime, ProfileChange, Purpose, SignUpRecord,
};
use portcullis_service::mail::{MailKind, NewMail};
use portcullis_service::{NewGrant, Store};
use portcullis_store::{Driver, Row, accounts};

use crate::support::{
    NOW_MS, TestStore, YEAR_2100_MS, add_user, audit_log, begin, count, done, event, new_session,
    new_user, query, store, store_with,
};

/// The rows of the first statement, which say whether a change took effect.
fn write(store: &TestStore, statements: Vec<portcullis_store::Statement>) -> Vec<Row> {
    done(store.driver().batch(statements)).unwrap().remove(0)
}

#[test]
fn an_account_is_found_by_its_address_with_its_hash_and_others_are_not() {
    let store = store_with(&["ann"]);
    let known = done(store.credential_by_email("ann@example.org"))
        .unwrap()
        .unwrap();
    assert_eq!(known.user, new_user("ann", &[]).user);
    assert_eq!(known.phc.as_deref(), Some("phc of ann"));
    assert!(
        done(store.credential_by_email("ANN@example.org"))
            .unwrap()
            .is_none()
    );
    assert!(
        done(store.credential_by_email("' OR 1 = 1 --"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn an_account_without_a_password_is_found_without_a_hash() {
    let store = store_with(&["ann"]);
    query(&store, "DELETE FROM password");
    let known = done(store.credential_by_email("ann@example.org"))
        .unwrap()
        .unwrap();
    assert_eq!(known.phc, None);
}

#[test]
fn a_first_account_is_made_only_in_a_database_without_accounts() {
    let store = store();
    assert_eq!(
        write(
            &store,
            accounts::add_user(&new_user("ann", &[("A", "")]), true)
        )
        .len(),
        1
    );
    assert!(
        write(
            &store,
            accounts::add_user(&new_user("bob", &[("A", "")]), true)
        )
        .is_empty()
    );
    assert_eq!(count(&store, "SELECT count(*) FROM user"), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM password"), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM role_grant"), 1);
}

#[test]
fn an_address_has_one_account_and_a_second_attempt_leaves_nothing() {
    let store = store_with(&["ann"]);
    let mut again = new_user("bob", &[("A", "")]);
    again.user.email = "ann@example.org".into();
    done(store.driver().batch(accounts::add_user(&again, false))).unwrap_err();
    assert_eq!(count(&store, "SELECT count(*) FROM user"), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM role_grant"), 0);
}

#[test]
fn a_new_password_ends_the_accounts_sessions_and_nobody_elses() {
    let store = store_with(&["ann", "bob"]);
    begin(&store, &new_session("anns", "ann"));
    begin(&store, &new_session("bobs", "bob"));
    let rows = write(
        &store,
        accounts::set_password("ann@example.org", "new", NOW_MS + 1),
    );
    assert_eq!(rows.len(), 1);
    let known = done(store.credential_by_email("ann@example.org"))
        .unwrap()
        .unwrap();
    assert_eq!(known.phc.as_deref(), Some("new"));
    let left = query(&store, "SELECT id FROM session");
    assert_eq!(
        left.iter()
            .map(|row| row.text("id").unwrap())
            .collect::<Vec<_>>(),
        ["bobs"]
    );
    assert!(
        write(
            &store,
            accounts::set_password("eve@example.org", "new", NOW_MS)
        )
        .is_empty()
    );
}

#[test]
fn disabling_ends_sessions_and_counts_the_epoch_up_and_enabling_brings_no_session_back() {
    let store = store_with(&["ann"]);
    begin(&store, &new_session("s1", "ann"));
    let user = || {
        done(store.credential_by_email("ann@example.org"))
            .unwrap()
            .unwrap()
            .user
    };
    assert_eq!(
        write(
            &store,
            accounts::set_disabled("ann@example.org", true, YEAR_2100_MS)
        )
        .len(),
        1
    );
    assert_eq!(
        (user().disabled_at_ms, user().epoch),
        (Some(YEAR_2100_MS), 1)
    );
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 0);
    assert_eq!(
        write(
            &store,
            accounts::set_disabled("ann@example.org", false, NOW_MS)
        )
        .len(),
        1
    );
    assert_eq!((user().disabled_at_ms, user().epoch), (None, 2));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 0);
    assert!(
        write(
            &store,
            accounts::set_disabled("eve@example.org", true, NOW_MS)
        )
        .is_empty()
    );
}

#[test]
fn a_role_is_granted_once_and_taken_back_and_each_change_counts_the_epoch_up() {
    let store = store_with(&["ann", "bob"]);
    let grants = || count(&store, "SELECT count(*) FROM role_grant");
    let epoch = || {
        let known = done(store.credential_by_email("ann@example.org")).unwrap();
        known.unwrap().user.epoch
    };
    let role = |id: &str, scope: &str| NewGrant {
        id: id.into(),
        role: "SUPERVISOR".into(),
        scope: scope.into(),
    };
    let ann = "ann@example.org";
    for id in ["g1", "g2"] {
        let rows = write(&store, accounts::grant(ann, &role(id, "team:t7"), NOW_MS));
        assert_eq!((rows.len(), grants()), (1, 1));
    }
    assert_eq!(epoch(), 2);
    for (email, scope, found, left) in [
        ("eve@example.org", "team:t7", 0, 1),
        ("bob@example.org", "team:t7", 1, 1),
        (ann, "team:t8", 1, 1),
        (ann, "", 1, 1),
        (ann, "team:t7", 1, 0),
    ] {
        let rows = write(&store, accounts::revoke(email, &role("", scope), NOW_MS));
        assert_eq!((rows.len(), grants()), (found, left), "{email} {scope}");
    }
    let rows = write(
        &store,
        accounts::grant("eve@example.org", &role("g3", ""), NOW_MS),
    );
    assert_eq!((rows.len(), grants()), (0, 0));
}

#[test]
fn accounts_are_listed_in_order_page_by_page_with_their_grants() {
    let store = store_with(&["cid", "bob"]);
    add_user(
        &store,
        &new_user("ann", &[("NATIONAL", ""), ("STATE", "state:ca")]),
    );
    let page = |after: &str| -> Vec<String> {
        let rows = done(store.driver().query(accounts::list_users(after, 2))).unwrap();
        rows.iter().map(|row| row.text("email").unwrap()).collect()
    };
    assert_eq!(page(""), ["ann@example.org", "bob@example.org"]);
    assert_eq!(page("bob@example.org"), ["cid@example.org"]);
    let rows = done(store.driver().query(accounts::list_users("", 1))).unwrap();
    assert_eq!(rows[0].text("grants").unwrap(), "NATIONAL STATE@state:ca");
}

#[test]
fn an_account_that_is_deleted_takes_its_password_sessions_and_grants_along() {
    let store = store();
    add_user(&store, &new_user("ann", &[("A", "")]));
    begin(&store, &new_session("s1", "ann"));
    query(&store, "DELETE FROM user");
    for sql in [
        "SELECT count(*) FROM password",
        "SELECT count(*) FROM session",
        "SELECT count(*) FROM role_grant",
    ] {
        assert_eq!(count(&store, sql), 0, "{sql}");
    }
    assert_eq!(
        count(&store, "SELECT count(*) FROM audit"),
        1,
        "what happened stays"
    );
}

/// Signing up as `id` with the address of `owner`, with a session, a link, and news for whoever has
/// the address already.
fn sign_up(id: &str, owner: &str) -> SignUpRecord {
    let mut user = new_user(id, &[]);
    user.user.email = format!("{owner}@example.org");
    let mail = |mail: &str, kind| NewMail {
        id: format!("{mail} of {id}"),
        kind,
        recipient: None,
        sealed: "sealed".into(),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + 1,
    };
    let value = NewOneTime {
        id: format!("value of {id}"),
        secret_hash: format!("hash for {id}"),
        purpose: Purpose::VerifyEmail,
        payload: user.user.email.clone(),
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + 1,
    };
    SignUpRecord {
        session: Some((new_session(id, id), event("auth.login", Some(id)))),
        verification: Some((value, mail("link", MailKind::VerifyEmail))),
        exists: Some(mail("news", MailKind::AccountExists)),
        made: event("account.create", Some(id)),
        refused: event("account.create.refused", None),
        user,
    }
}

fn actions(store: &TestStore) -> Vec<String> {
    audit_log(store).into_iter().map(|one| one.action).collect()
}

fn kinds(store: &TestStore) -> Vec<String> {
    let rows = query(store, "SELECT kind FROM mail ORDER BY kind");
    rows.iter().map(|row| row.text("kind").unwrap()).collect()
}

#[test]
fn signing_up_makes_an_account_with_its_session_its_link_and_its_records() {
    let store = store();
    assert!(done(store.sign_up(&sign_up("ann", "ann"))).unwrap());
    let known = done(store.credential_by_id("ann")).unwrap().unwrap();
    assert_eq!(known.user, new_user("ann", &[]).user);
    assert_eq!(known.phc.as_deref(), Some("phc of ann"));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 1);
    assert_eq!(kinds(&store), ["verify-email"]);
    assert_eq!(actions(&store), ["auth.login", "account.create"]);
}

#[test]
fn signing_up_with_an_address_that_is_taken_changes_nothing_and_tells_its_owner() {
    let store = store_with(&["ann"]);
    assert!(!done(store.sign_up(&sign_up("eve", "ann"))).unwrap());
    assert!(done(store.credential_by_id("eve")).unwrap().is_none());
    let known = done(store.credential_by_id("ann")).unwrap().unwrap();
    assert_eq!(known.phc.as_deref(), Some("phc of ann"));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 0);
    assert_eq!(count(&store, "SELECT count(*) FROM one_time"), 0);
    assert_eq!(kinds(&store), ["account-exists"]);
    assert_eq!(actions(&store), ["account.create.refused"]);
}

#[test]
fn a_profile_is_changed_member_by_member() {
    let store = store_with(&["ann"]);
    let change = |name: Option<&str>, image: Option<Option<&str>>| {
        let change = ProfileChange {
            user_id: "ann".into(),
            name: name.map(str::to_owned),
            image: image.map(|image| image.map(str::to_owned)),
            counts: name.is_some(),
            now_ms: NOW_MS + 1,
        };
        assert!(
            done(store.update_profile(&change, &event("account.update", Some("ann")))).unwrap()
        );
        let user = done(store.credential_by_id("ann")).unwrap().unwrap().user;
        (user.name, user.image, user.epoch)
    };
    assert_eq!(change(Some("Ann"), None), ("Ann".into(), None, 1));
    assert_eq!(
        change(None, Some(Some("/a.png"))),
        ("Ann".into(), Some("/a.png".into()), 1)
    );
    assert_eq!(change(Some("A"), Some(None)), ("A".into(), None, 2));
    let gone = ProfileChange {
        user_id: "eve".into(),
        name: Some("Eve".into()),
        image: None,
        counts: false,
        now_ms: NOW_MS,
    };
    assert!(!done(store.update_profile(&gone, &event("account.update", Some("eve")))).unwrap());
    assert_eq!(
        actions(&store).len(),
        3,
        "what didn't happen isn't recorded"
    );
}

#[test]
fn accounts_at_providers_are_listed_beside_the_password_and_the_last_way_in_stays() {
    let store = store_with(&["ann", "bob"]);
    query(
        &store,
        "INSERT INTO outside_account (id, user_id, provider, account_id, scope, created_at_ms, \
         updated_at_ms) VALUES ('o1', 'ann', 'github', '7', 'read:user, user:email', 1, 2), \
         ('o2', 'bob', 'github', '8', '', 1, 2)",
    );
    let listed = done(store.linked_accounts("ann")).unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].scopes, ["read:user", "user:email"]);
    assert_eq!(
        (listed[1].provider.as_str(), listed[1].id.as_str()),
        ("credential", "ann")
    );
    let unlink = |user: &str, id: &str| {
        done(store.unlink_account(user, id, &event("account.unlink", Some(user)))).unwrap()
    };
    assert!(!unlink("ann", "o2"), "another's");
    query(&store, "DELETE FROM password WHERE user_id = 'bob'");
    assert!(!unlink("bob", "o2"), "the last");
    assert!(unlink("ann", "o1"));
    assert!(!unlink("ann", "o1"));
    assert_eq!(actions(&store), ["account.unlink"]);
}
