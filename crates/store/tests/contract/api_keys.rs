//! Keys: made within limits, used exactly as often as may be, replaced with an overlap, gone when they
//! are deleted; and never a change without its record.

use portcullis_service::api_keys::{
    ApiKeyRecord, ApiKeyStore, KeyChange, KeyPage, KeyRate, NewApiKey, Outcome, Owner, Previous,
    Refill, Rotation, Sort,
};
use portcullis_store::{Driver, accounts};

use crate::support::{NOW_MS, TestStore, audit_log, count, done, event, query, store_with};

/// What [`key`] is known by.
pub(crate) const NOW_KEY: &str = "hash of k1";
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const TENANT: &str = "INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) \
    VALUES ('t', 'T', 't', 1, 1)";

/// A key without limits: `k1` is known by `hash of k1`.
pub(crate) fn key(id: &str, user_id: &str) -> NewApiKey {
    NewApiKey {
        key: ApiKeyRecord {
            id: id.to_owned(),
            user_id: user_id.to_owned(),
            tenant_id: None,
            name: Some(format!("key {id}")),
            prefix: "pk_".to_owned(),
            start: "pk_abc".to_owned(),
            scopes: vec!["doc:read".to_owned(), "doc:write".to_owned()],
            metadata: Some(serde_json::Map::from_iter([("a".to_owned(), 1.into())])),
            enabled: true,
            expires_at_ms: None,
            rate: KeyRate {
                is_on: false,
                max: 3,
                window_ms: MINUTE_MS,
                count: 0,
                began_at_ms: None,
            },
            remaining: None,
            refill: None,
            last_refill_at_ms: None,
            last_used_at_ms: None,
            created_at_ms: NOW_MS,
            updated_at_ms: NOW_MS,
            previous: None,
        },
        hash: format!("hash of {id}"),
        user_epoch: 0,
        max_keys: 3,
    }
}

fn add(store: &TestStore, new: &NewApiKey) -> Outcome {
    done(store.add_api_key(new, &event("key.created", Some(&new.key.user_id)))).unwrap()
}

fn store_with_key(change: impl FnOnce(&mut ApiKeyRecord)) -> TestStore {
    let store = store_with(&["ann"]);
    let mut new = key("k1", "ann");
    change(&mut new.key);
    assert_eq!(add(&store, &new), Outcome::Made);
    store
}

fn stored(store: &TestStore) -> ApiKeyRecord {
    done(store.api_key("k1")).unwrap().unwrap()
}

fn use_at(store: &TestStore, now_ms: i64) -> Option<ApiKeyRecord> {
    use_with(store, NOW_KEY, now_ms)
}

fn use_with(store: &TestStore, hash: &str, now_ms: i64) -> Option<ApiKeyRecord> {
    done(store.use_api_key("k1", hash, now_ms)).unwrap()
}

fn change(store: &TestStore, change: &KeyChange) -> Option<ApiKeyRecord> {
    done(store.change_api_key("k1", change, &event("key.updated", Some("ann")))).unwrap()
}

fn rotate(store: &TestStore, hash: &str, old_until_ms: i64) -> Option<ApiKeyRecord> {
    let rotation = Rotation {
        id: "k1",
        hash,
        start: "pk_new",
        old_until_ms,
        now_ms: NOW_MS,
    };
    done(store.rotate_api_key(&rotation, &event("key.rotated", Some("ann")))).unwrap()
}

fn actions(store: &TestStore) -> Vec<String> {
    audit_log(store).into_iter().map(|one| one.action).collect()
}

#[test]
fn a_key_is_read_back_as_it_was_made_and_recorded() {
    let store = store_with_key(|key| {
        key.expires_at_ms = Some(NOW_MS + HOUR_MS);
        key.remaining = Some(5);
        key.refill = Some(Refill {
            amount: 5,
            interval_ms: HOUR_MS,
        });
    });
    let mut expected = key("k1", "ann").key;
    expected.expires_at_ms = Some(NOW_MS + HOUR_MS);
    expected.remaining = Some(5);
    expected.refill = Some(Refill {
        amount: 5,
        interval_ms: HOUR_MS,
    });
    assert_eq!(stored(&store), expected);
    assert_eq!(actions(&store), ["key.created"]);
    let kept = query(&store, "SELECT key_hash FROM api_key")[0].text("key_hash");
    assert_eq!(kept.unwrap(), NOW_KEY);
}

#[test]
fn an_owner_has_no_more_keys_than_may_be_and_the_refusal_leaves_no_record() {
    let store = store_with(&["ann", "bob"]);
    for id in ["k1", "k2", "k3"] {
        assert_eq!(add(&store, &key(id, "ann")), Outcome::Made);
    }
    assert_eq!(add(&store, &key("k4", "ann")), Outcome::Limit);
    assert_eq!(add(&store, &key("k4", "bob")), Outcome::Made);
    assert_eq!(count(&store, "SELECT count(*) FROM audit"), 4);
}

#[test]
fn keys_of_a_tenant_are_counted_by_themselves_and_go_with_it() {
    let store = store_with(&["ann"]);
    query(&store, TENANT);
    for id in ["k1", "k2", "k3"] {
        assert_eq!(add(&store, &key(id, "ann")), Outcome::Made);
    }
    let mut of_tenant = key("k4", "ann");
    of_tenant.key.tenant_id = Some("t".to_owned());
    assert_eq!(add(&store, &of_tenant), Outcome::Made);
    let mut of_none = key("k5", "ann");
    of_none.key.tenant_id = Some("u".to_owned());
    assert_eq!(add(&store, &of_none), Outcome::Stale);
    let page = KeyPage {
        limit: 10,
        offset: 0,
        sort: Sort::CreatedAt,
        is_descending: false,
    };
    let (keys, total) = done(store.api_keys(Owner::Tenant("t"), page)).unwrap();
    assert_eq!((keys.len(), total, keys[0].id.as_str()), (1, 1, "k4"));
    assert_eq!(done(store.api_keys(Owner::User("ann"), page)).unwrap().1, 3);
    query(&store, "DELETE FROM tenant");
    assert!(done(store.api_key("k4")).unwrap().is_none());
    assert!(done(store.api_key("k1")).unwrap().is_some());
}

#[test]
fn a_user_who_changed_since_the_rights_were_asked_gets_no_key() {
    let store = store_with(&["ann", "bob"]);
    let mut new = key("k1", "ann");
    new.user_epoch = 1;
    assert_eq!(add(&store, &new), Outcome::Stale);
    let disabled = accounts::set_disabled("bob@example.org", true, NOW_MS);
    done(store.driver().batch(disabled)).unwrap();
    let mut new = key("k1", "bob");
    new.user_epoch = 1;
    assert_eq!(add(&store, &new), Outcome::Stale);
    assert_eq!(add(&store, &key("k1", "nobody")), Outcome::Stale);
    assert_eq!(count(&store, "SELECT count(*) FROM audit"), 0);
}

#[test]
fn a_holder_is_the_user_with_all_that_the_user_holds() {
    let store = store_with_key(|_| {});
    query(
        &store,
        "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
         VALUES ('g', 'ann', 'READER', 'org:o', 1)",
    );
    let holder = done(store.api_key_holder(NOW_KEY, NOW_MS))
        .unwrap()
        .unwrap();
    assert_eq!(holder.key, stored(&store));
    assert!(!holder.is_old);
    assert_eq!(holder.caller.user.email, "ann@example.org");
    let grants: Vec<_> = holder
        .caller
        .grants
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(grants, ["READER@org:o"]);
    assert!(holder.caller.rev > 0);
    assert!(
        done(store.api_key_holder("other", NOW_MS))
            .unwrap()
            .is_none()
    );
}

#[test]
fn uses_that_are_left_run_out_and_grow_back_after_the_interval() {
    let store = store_with_key(|key| {
        key.remaining = Some(2);
        key.refill = Some(Refill {
            amount: 3,
            interval_ms: HOUR_MS,
        });
    });
    let left = |now_ms| use_at(&store, now_ms).map(|key| key.remaining);
    assert_eq!(left(NOW_MS), Some(Some(1)));
    assert_eq!(left(NOW_MS), Some(Some(0)));
    assert_eq!(left(NOW_MS + HOUR_MS), None, "the interval isn't over yet");
    assert!(!stored(&store).is_refilled(NOW_MS + HOUR_MS));
    assert!(stored(&store).is_refilled(NOW_MS + HOUR_MS + 1));
    assert_eq!(left(NOW_MS + HOUR_MS + 1), Some(Some(2)));
    assert_eq!(stored(&store).last_refill_at_ms, Some(NOW_MS + HOUR_MS + 1));
    assert_eq!(left(NOW_MS + HOUR_MS + 1), Some(Some(1)));
}

#[test]
fn without_a_refill_the_last_use_is_the_last() {
    let store = store_with_key(|key| key.remaining = Some(1));
    assert!(use_at(&store, NOW_MS).is_some());
    assert!(use_at(&store, NOW_MS + 1000 * HOUR_MS).is_none());
    assert_eq!(stored(&store).last_used_at_ms, Some(NOW_MS));
}

#[test]
fn a_window_has_room_for_so_many_and_the_next_begins_after_it() {
    let store = store_with_key(|key| key.rate.is_on = true);
    for used in 1..=3 {
        let key = use_at(&store, NOW_MS + used).unwrap();
        assert_eq!(key.rate.count, used);
        assert_eq!(key.rate.began_at_ms, Some(NOW_MS + 1));
    }
    assert!(use_at(&store, NOW_MS + 1 + MINUTE_MS).is_none());
    let wait_ms = stored(&store).wait_ms(NOW_MS + 1 + MINUTE_MS);
    assert_eq!(wait_ms, Some(1));
    let next = use_at(&store, NOW_MS + 2 + MINUTE_MS).unwrap();
    assert_eq!(next.rate.count, 1);
    assert_eq!(next.wait_ms(NOW_MS + 2 + MINUTE_MS), None);
}

#[test]
fn a_refused_use_takes_nothing_from_the_other_count() {
    let store = store_with_key(|key| {
        key.rate.is_on = true;
        key.rate.max = 1;
        key.remaining = Some(5);
    });
    assert!(use_at(&store, NOW_MS).is_some());
    assert!(use_at(&store, NOW_MS).is_none());
    assert_eq!(stored(&store).remaining, Some(4));
}

#[test]
fn a_key_that_is_disabled_over_or_another_is_not_used() {
    let store = store_with_key(|key| key.expires_at_ms = Some(NOW_MS + 10));
    assert!(use_at(&store, NOW_MS + 9).is_some());
    assert!(use_at(&store, NOW_MS + 10).is_none());
    assert!(use_with(&store, "hash of k2", NOW_MS).is_none());
    let disabled = KeyChange {
        enabled: Some(false),
        ..KeyChange::default()
    };
    assert!(!change(&store, &disabled).unwrap().enabled);
    assert!(use_at(&store, NOW_MS).is_none());
}

#[test]
fn a_change_changes_what_it_names_and_nothing_else() {
    let store = store_with_key(|key| key.remaining = Some(7));
    let before = stored(&store);
    let changed = change(
        &store,
        &KeyChange {
            name: Some("other".to_owned()),
            expires_at_ms: Some(Some(NOW_MS + HOUR_MS)),
            metadata: Some(None),
            scopes: Some(vec!["doc:read".to_owned()]),
            rate_is_on: Some(true),
            rate_max: Some(9),
            rate_window_ms: Some(HOUR_MS),
            remaining: Some(None),
            refill: Some(Some(Refill {
                amount: 1,
                interval_ms: 2,
            })),
            ..KeyChange::default()
        },
    )
    .unwrap();
    let expected = ApiKeyRecord {
        name: Some("other".to_owned()),
        expires_at_ms: Some(NOW_MS + HOUR_MS),
        metadata: None,
        scopes: vec!["doc:read".to_owned()],
        rate: KeyRate {
            is_on: true,
            max: 9,
            window_ms: HOUR_MS,
            ..before.rate
        },
        remaining: None,
        refill: Some(Refill {
            amount: 1,
            interval_ms: 2,
        }),
        last_refill_at_ms: Some(NOW_MS),
        ..before
    };
    assert_eq!(changed, expected);
    assert_eq!(stored(&store), expected);
    let (none, told) = (KeyChange::default(), event("key.updated", None));
    assert!(
        done(store.change_api_key("k9", &none, &told))
            .unwrap()
            .is_none()
    );
    assert_eq!(actions(&store), ["key.created", "key.updated"]);
}

#[test]
fn after_a_rotation_both_keys_hold_for_the_overlap_and_each_use_of_the_old_one_is_seen() {
    let store = store_with_key(|_| {});
    let ends_at_ms = NOW_MS + HOUR_MS;
    let rotated = rotate(&store, "hash 2", ends_at_ms).unwrap();
    let unused = Previous {
        ends_at_ms,
        last_used_at_ms: None,
    };
    assert_eq!(
        (rotated.start.as_str(), rotated.previous),
        ("pk_new", Some(unused))
    );
    let holder = |hash, now_ms| done(store.api_key_holder(hash, now_ms)).unwrap();
    assert!(!holder("hash 2", NOW_MS).unwrap().is_old);
    assert!(holder(NOW_KEY, ends_at_ms - 1).unwrap().is_old);
    assert!(holder(NOW_KEY, ends_at_ms).is_none());
    done(store.note_api_key_use("k1", "hash 2", NOW_MS + 1)).unwrap();
    assert_eq!(
        stored(&store).previous,
        Some(unused),
        "the new one was used"
    );
    done(store.note_api_key_use("k1", NOW_KEY, NOW_MS + 2)).unwrap();
    done(store.note_api_key_use("k1", NOW_KEY, ends_at_ms)).unwrap();
    let used = stored(&store);
    assert_eq!(used.last_used_at_ms, Some(NOW_MS + 2));
    assert_eq!(used.previous.unwrap().last_used_at_ms, Some(NOW_MS + 2));
    assert!(use_with(&store, NOW_KEY, ends_at_ms - 1).is_some());
    assert!(use_with(&store, NOW_KEY, ends_at_ms).is_none());
    assert_eq!(actions(&store), ["key.created", "key.rotated"]);
}

#[test]
fn without_an_overlap_or_after_another_rotation_an_old_key_is_gone() {
    let store = store_with_key(|_| {});
    assert_eq!(rotate(&store, "hash 2", NOW_MS).unwrap().previous, None);
    assert!(
        done(store.api_key_holder(NOW_KEY, NOW_MS))
            .unwrap()
            .is_none()
    );
    rotate(&store, "hash 3", NOW_MS + HOUR_MS).unwrap();
    rotate(&store, "hash 4", NOW_MS + HOUR_MS).unwrap();
    let is_known = |hash| done(store.api_key_holder(hash, NOW_MS)).unwrap().is_some();
    assert!(!is_known("hash 2") && is_known("hash 3") && is_known("hash 4"));
    let ends = KeyChange {
        ends_previous: true,
        ..KeyChange::default()
    };
    assert_eq!(change(&store, &ends).unwrap().previous, None);
    assert!(!is_known("hash 3") && is_known("hash 4"));
}

#[test]
fn a_deleted_key_is_gone_and_deleting_it_again_leaves_no_record() {
    let store = store_with_key(|_| {});
    let deleted = |id| {
        let event = event("key.deleted", Some("ann"));
        done(store.delete_api_key(id, &event)).unwrap()
    };
    assert!(deleted("k1"));
    assert!(!deleted("k1"));
    assert!(
        done(store.api_key_holder(NOW_KEY, NOW_MS))
            .unwrap()
            .is_none()
    );
    assert_eq!(actions(&store), ["key.created", "key.deleted"]);
}

#[test]
fn keys_whose_end_has_come_are_deleted_each_with_a_record_under_its_user() {
    let store = store_with(&["ann", "bob"]);
    for (id, user, ends) in [("k1", "ann", 10), ("k2", "bob", 9), ("k3", "bob", 11)] {
        let mut new = key(id, user);
        new.key.expires_at_ms = Some(NOW_MS + ends);
        assert_eq!(add(&store, &new), Outcome::Made);
    }
    assert_eq!(add(&store, &key("k4", "ann")), Outcome::Made);
    let event = event("key.deleted", None);
    let deleted = store.delete_expired_api_keys(NOW_MS + 10, &event);
    assert_eq!(done(deleted).unwrap(), 2);
    let records = audit_log(&store);
    let mut told: Vec<_> = records
        .iter()
        .filter(|one| one.action == "key.deleted")
        .map(|one| (one.user_id.clone().unwrap(), one.fields["key"].clone()))
        .collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        told,
        [("ann".into(), "k1".into()), ("bob".into(), "k2".into())]
    );
    assert_eq!(count(&store, "SELECT count(*) FROM api_key"), 2);
}

#[test]
fn keys_are_listed_in_every_order_page_by_page_with_their_number() {
    let store = store_with(&["ann"]);
    for (id, name, at) in [("k1", "c", 2), ("k2", "a", 3), ("k3", "b", 1)] {
        let mut new = key(id, "ann");
        new.key.name = Some(name.to_owned());
        new.key.created_at_ms = NOW_MS + at;
        new.key.expires_at_ms = (id != "k2").then_some(NOW_MS + 10 * at);
        assert_eq!(add(&store, &new), Outcome::Made);
    }
    let ids = |sort, is_descending, limit, offset| {
        let page = KeyPage {
            limit,
            offset,
            sort,
            is_descending,
        };
        let (keys, total) = done(store.api_keys(Owner::User("ann"), page)).unwrap();
        assert_eq!(total, 3);
        keys.into_iter().map(|key| key.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(Sort::CreatedAt, false, 10, 0), ["k3", "k1", "k2"]);
    assert_eq!(ids(Sort::CreatedAt, true, 10, 0), ["k2", "k1", "k3"]);
    assert_eq!(ids(Sort::Name, false, 10, 0), ["k2", "k3", "k1"]);
    assert_eq!(ids(Sort::ExpiresAt, false, 10, 0), ["k2", "k3", "k1"]);
    assert_eq!(ids(Sort::LastUsed, false, 10, 0), ["k1", "k2", "k3"]);
    assert_eq!(ids(Sort::UpdatedAt, true, 2, 0), ["k2", "k1"]);
    assert_eq!(ids(Sort::Name, false, 2, 2), ["k1"]);
    assert_eq!(ids(Sort::Name, false, 2, 3), [""; 0]);
    let page = KeyPage {
        limit: 1,
        offset: 0,
        sort: Sort::Name,
        is_descending: false,
    };
    let none = done(store.api_keys(Owner::User("bob"), page)).unwrap();
    assert_eq!((none.0.len(), none.1), (0, 0));
}
