//! Links to chat identities: a code is used once, an identity is one user's, a session ends with its
//! link.

use portcullis_service::identity_links::{
    Begun, Identity, IdentityLink, IdentityLinkStore, NewCode, NewLink, Redeemed, ServiceSession,
};
use portcullis_service::{Caller, SessionRef, Store};
use portcullis_store::{Driver, accounts};

use crate::support::{NOW_MS, TestStore, audit_log, count, done, event, store_with};

const TTL_MS: i64 = 600_000;
const SESSION_MS: i64 = 300_000;
const DAY_MS: i64 = 86_400_000;

fn identity(id: &str) -> Identity {
    Identity::new("discord", id).unwrap()
}

fn give_code(store: &TestStore, user_id: &str, hash: &str) -> bool {
    let new = NewCode {
        user_id,
        code_hash: hash,
        created_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + TTL_MS,
    };
    done(store.put_link_code(&new, &event("identity.code", Some(user_id)))).unwrap()
}

fn redeem_at(store: &TestStore, id: &str, hash: &str, identity: &Identity, at_ms: i64) -> Redeemed {
    let new = NewLink {
        id,
        code_hash: hash,
        identity,
        display_name: Some("Ann"),
        service: "bot",
        at_ms,
        max_links: 3,
    };
    done(store.redeem_link_code(&new, &event("identity.link", None))).unwrap()
}

fn redeem(store: &TestStore, id: &str, hash: &str, external_id: &str) -> Redeemed {
    redeem_at(store, id, hash, &identity(external_id), NOW_MS)
}

fn is_new(redeemed: &Redeemed) -> bool {
    matches!(redeemed, Redeemed::Linked { is_new: true, .. })
}

fn linked(store: &TestStore, user_id: &str, external_id: &str) {
    let hash = format!("hash of {user_id} {external_id}");
    assert!(give_code(store, user_id, &hash));
    assert!(is_new(&redeem(
        store,
        &format!("l-{external_id}"),
        &hash,
        external_id
    )));
}

fn links(store: &TestStore, user_id: &str) -> Vec<IdentityLink> {
    done(store.identity_links(user_id)).unwrap()
}

fn sign_in(store: &TestStore, external_id: &str, session_id: &str, at_ms: i64) -> Begun {
    let identity = identity(external_id);
    let new = ServiceSession {
        identity: &identity,
        service: "bot",
        session_id,
        token_hash: &format!("hash of {session_id}"),
        at_ms,
        expires_at_ms: at_ms + SESSION_MS,
        absolute_expires_at_ms: at_ms + DAY_MS,
        ip_address: "192.0.2.7",
    };
    done(store.begin_service_session(&new, &event("auth.service", None))).unwrap()
}

fn session(id: &str) -> Begun {
    let id = id.to_owned();
    Begun::Session { id }
}

fn caller(store: &TestStore, session_id: &str, now_ms: i64) -> Option<Caller> {
    done(store.caller(&SessionRef::Id(session_id.to_owned()), now_ms)).unwrap()
}

fn disable(store: &TestStore, user_id: &str) {
    let statements = accounts::set_disabled(&format!("{user_id}@example.org"), true, NOW_MS);
    done(store.driver().batch(statements)).unwrap();
}

fn recorded(store: &TestStore, action: &str) -> Vec<Option<String>> {
    let log = audit_log(store);
    let found = log.into_iter().filter(|event| event.action == action);
    found.map(|event| event.user_id).collect()
}

#[test]
fn a_code_links_the_identity_to_its_user_and_is_recorded_under_that_user() {
    let store = store_with(&["ann"]);
    assert!(give_code(&store, "ann", "h1"));
    let Redeemed::Linked { link, is_new: true } = redeem(&store, "l1", "h1", "1234") else {
        panic!("not linked")
    };
    assert_eq!(
        link,
        IdentityLink {
            id: "l1".into(),
            user_id: "ann".into(),
            network: "discord".into(),
            external_id: "1234".into(),
            display_name: Some("Ann".into()),
            linked_by: "bot".into(),
            created_at_ms: NOW_MS,
            last_used_at_ms: None,
        }
    );
    assert_eq!(links(&store, "ann"), [link]);
    assert_eq!(recorded(&store, "identity.link"), [Some("ann".to_owned())]);
    assert_eq!(recorded(&store, "identity.code"), [Some("ann".to_owned())]);
}

#[test]
fn a_used_code_gives_the_same_link_to_the_same_identity_and_nothing_to_another() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    let again = redeem(&store, "l-again", "hash of ann 1", "1");
    let Redeemed::Linked { link, is_new } = again else {
        panic!("a repeated request fails")
    };
    assert_eq!((link.id.as_str(), is_new), ("l-1", false));
    let other = redeem(&store, "l-other", "hash of ann 1", "2");
    assert_eq!(other, Redeemed::InvalidCode);
    assert_eq!(links(&store, "ann").len(), 1);
    assert_eq!(recorded(&store, "identity.link").len(), 1);
}

#[test]
fn of_64_uses_of_a_code_by_different_identities_exactly_one_wins() {
    let store = store_with(&["ann"]);
    give_code(&store, "ann", "h1");
    let results: Vec<Redeemed> = std::thread::scope(|scope| {
        let uses: Vec<_> = (0..64)
            .map(|number| {
                let store = &store;
                scope.spawn(move || redeem(store, &format!("l{number}"), "h1", &number.to_string()))
            })
            .collect();
        uses.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|one| is_new(one)).count(), 1);
    let refused = results.iter().filter(|one| **one == Redeemed::InvalidCode);
    assert_eq!(refused.count(), 63);
    assert_eq!(links(&store, "ann").len(), 1);
    assert_eq!(recorded(&store, "identity.link").len(), 1);
}

#[test]
fn a_code_counts_until_its_end_and_not_at_it() {
    let store = store_with(&["ann"]);
    give_code(&store, "ann", "h1");
    let end_ms = NOW_MS + TTL_MS;
    let late = redeem_at(&store, "l1", "h1", &identity("1"), end_ms);
    assert_eq!(late, Redeemed::InvalidCode);
    assert!(is_new(&redeem_at(
        &store,
        "l1",
        "h1",
        &identity("1"),
        end_ms - 1
    )));
    // Nor does a used one any longer.
    let late = redeem_at(&store, "l2", "h1", &identity("1"), end_ms);
    assert_eq!(late, Redeemed::InvalidCode);
}

#[test]
fn a_new_code_ends_the_one_before_and_an_unknown_one_is_like_it() {
    let store = store_with(&["ann"]);
    give_code(&store, "ann", "h1");
    give_code(&store, "ann", "h2");
    assert_eq!(redeem(&store, "l1", "h1", "1"), Redeemed::InvalidCode);
    assert_eq!(redeem(&store, "l1", "unknown", "1"), Redeemed::InvalidCode);
    assert!(is_new(&redeem(&store, "l1", "h2", "1")));
}

#[test]
fn an_identity_of_another_user_stays_with_that_user_and_the_code_stays_good() {
    let store = store_with(&["ann", "bob"]);
    linked(&store, "bob", "1");
    give_code(&store, "ann", "h1");
    assert_eq!(redeem(&store, "l1", "h1", "1"), Redeemed::Taken);
    assert_eq!(links(&store, "bob").len(), 1);
    assert!(is_new(&redeem(&store, "l1", "h1", "2")));
}

#[test]
fn an_identity_that_is_the_users_already_is_linked_again_without_another_link() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    give_code(&store, "ann", "h2");
    let again = redeem(&store, "l2", "h2", "1");
    assert!(matches!(again, Redeemed::Linked { is_new: false, .. }));
    assert_eq!(links(&store, "ann").len(), 1);
    assert_eq!(redeem(&store, "l3", "h2", "2"), Redeemed::InvalidCode);
}

#[test]
fn a_disabled_account_neither_gets_a_code_nor_a_link() {
    let store = store_with(&["ann", "bob"]);
    give_code(&store, "bob", "h1");
    disable(&store, "ann");
    disable(&store, "bob");
    assert!(!give_code(&store, "ann", "h2"));
    assert_eq!(redeem(&store, "l1", "h1", "1"), Redeemed::InvalidCode);
    assert_eq!(count(&store, "SELECT count(*) FROM identity_link"), 0);
    assert_eq!(recorded(&store, "identity.code").len(), 1);
}

#[test]
fn an_account_has_so_many_links_and_not_one_more() {
    let store = store_with(&["ann"]);
    for number in 0..3 {
        linked(&store, "ann", &number.to_string());
    }
    give_code(&store, "ann", "h4");
    assert_eq!(redeem(&store, "l4", "h4", "4"), Redeemed::Limit);
    let gone = done(store.remove_identity_link("ann", "l-0", &event("identity.unlink", None)));
    assert!(gone.unwrap().is_some());
    assert!(is_new(&redeem(&store, "l4", "h4", "4")));
}

#[test]
fn a_service_gets_a_session_of_the_linked_user_that_nobody_else_can_use() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    assert_eq!(sign_in(&store, "1", "s1", NOW_MS), session("s1"));
    let caller = caller(&store, "s1", NOW_MS).unwrap();
    assert_eq!(caller.user.id, "ann");
    assert_eq!(caller.session.user_agent, "service:bot");
    assert_eq!(caller.session.ip_address, "192.0.2.7");
    assert_eq!(caller.session.methods, ["service"]);
    assert!(!caller.session.remember_me);
    assert_eq!(caller.session.expires_at_ms, NOW_MS + SESSION_MS);
    assert_eq!(recorded(&store, "auth.service"), [Some("ann".to_owned())]);
    assert_eq!(links(&store, "ann")[0].last_used_at_ms, Some(NOW_MS));
}

#[test]
fn a_service_that_signs_in_again_extends_its_session_and_makes_no_second() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    sign_in(&store, "1", "s1", NOW_MS);
    let later_ms = NOW_MS + SESSION_MS - 1;
    assert_eq!(sign_in(&store, "1", "s2", later_ms), session("s1"));
    assert!(caller(&store, "s1", later_ms + SESSION_MS - 1).is_some());
    assert!(caller(&store, "s1", later_ms + SESSION_MS).is_none());
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 1);
}

#[test]
fn a_session_that_is_over_or_was_ended_is_replaced_by_another_one() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    sign_in(&store, "1", "s1", NOW_MS);
    let over_ms = NOW_MS + SESSION_MS;
    assert_eq!(sign_in(&store, "1", "s2", over_ms), session("s2"));
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 1);
    let ended = SessionRef::Id("s2".into());
    assert!(done(store.end_session(&ended, &event("session.revoke", None))).unwrap());
    // Tokens of the session that was ended must not hold again.
    assert_eq!(sign_in(&store, "1", "s3", over_ms + 1), session("s3"));
    assert!(caller(&store, "s2", over_ms + 1).is_none());
}

#[test]
fn a_session_is_not_extended_beyond_its_absolute_end() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    let step_ms = SESSION_MS - 1;
    let mut at_ms = NOW_MS;
    while at_ms + SESSION_MS <= NOW_MS + DAY_MS {
        assert_eq!(sign_in(&store, "1", "s1", at_ms), session("s1"), "{at_ms}");
        at_ms += step_ms;
    }
    assert_eq!(sign_in(&store, "1", "s2", at_ms), session("s2"));
}

#[test]
fn an_identity_that_is_linked_to_nobody_or_to_a_disabled_account_gets_no_session() {
    let store = store_with(&["ann"]);
    linked(&store, "ann", "1");
    assert_eq!(sign_in(&store, "2", "s1", NOW_MS), Begun::NotLinked);
    disable(&store, "ann");
    let user_id = "ann".to_owned();
    assert_eq!(
        sign_in(&store, "1", "s1", NOW_MS),
        Begun::Disabled { user_id }
    );
    assert_eq!(count(&store, "SELECT count(*) FROM session"), 0);
    assert!(recorded(&store, "auth.service").is_empty());
    assert_eq!(links(&store, "ann")[0].last_used_at_ms, None);
}

#[test]
fn with_a_link_its_session_ends_and_it_can_be_ended_by_its_user_alone() {
    let store = store_with(&["ann", "bob"]);
    linked(&store, "ann", "1");
    sign_in(&store, "1", "s1", NOW_MS);
    let unlink = |user: &str| {
        let record = event("identity.unlink", Some(user));
        done(store.remove_identity_link(user, "l-1", &record)).unwrap()
    };
    assert_eq!(unlink("bob"), None);
    assert!(caller(&store, "s1", NOW_MS).is_some());
    assert_eq!(unlink("ann").unwrap().external_id, "1");
    assert!(caller(&store, "s1", NOW_MS).is_none());
    assert_eq!(unlink("ann"), None);
    assert_eq!(
        recorded(&store, "identity.unlink"),
        [Some("ann".to_owned())]
    );
    assert_eq!(sign_in(&store, "1", "s2", NOW_MS), Begun::NotLinked);
}
