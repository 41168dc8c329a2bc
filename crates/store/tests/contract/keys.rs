//! The ring of signing keys: two hosts change it at the same time and one of them holds.

use portcullis_issue::keyring::{GeneratedKey, KeyRecord, KeyState};
use portcullis_issue::secret::Secrets;
use portcullis_service::{RingChange, Store};

use crate::support::{Seeded, TestStore, YEAR_2100_MS, done, store};

const NOW_SECS: u64 = 1_795_308_739;

fn key(seed: u64, state: KeyState) -> KeyRecord {
    let secrets = Secrets::parse("a secret of the tests that is long enough").unwrap();
    let key = GeneratedKey::generate(&mut Seeded(seed)).unwrap();
    key.into_record(state, NOW_SECS, &secrets, &mut Seeded(seed + 1000))
        .unwrap()
}

fn active(seed: u64) -> KeyRecord {
    key(
        seed,
        KeyState::Active {
            since_secs: NOW_SECS,
        },
    )
}

fn add(record: &KeyRecord) -> RingChange {
    RingChange::Add(Box::new(record.clone()))
}

fn change(store: &TestStore, changes: &[RingChange]) {
    done(store.change_ring(changes, NOW_SECS + 60)).unwrap();
}

/// The ring as `(kid, state)`, in the order of the kids.
fn ring(store: &TestStore) -> Vec<(String, KeyState)> {
    let mut ring: Vec<_> = done(store.signing_keys())
        .unwrap()
        .into_iter()
        .map(|record| (record.kid().to_owned(), record.state))
        .collect();
    ring.sort_by(|one, other| one.0.cmp(&other.0));
    ring
}

fn state_of(store: &TestStore, record: &KeyRecord) -> Option<KeyState> {
    let ring = ring(store);
    ring.into_iter()
        .find(|(kid, _)| kid == record.kid())
        .map(|(_, state)| state)
}

#[test]
fn a_key_is_read_as_it_was_stored_also_after_2038() {
    let store = store();
    let since_secs = YEAR_2100_MS.cast_unsigned() / 1000;
    let record = KeyRecord {
        created_secs: since_secs,
        ..key(1, KeyState::Retired { since_secs })
    };
    change(&store, &[add(&record)]);
    let stored = done(store.signing_keys()).unwrap().remove(0);
    assert_eq!(stored.public, record.public);
    assert_eq!(stored.state, record.state);
    assert_eq!(stored.sealed_private, record.sealed_private);
    assert_eq!(stored.created_secs, record.created_secs);
}

#[test]
fn of_two_hosts_that_make_the_first_active_key_one_keeps_it() {
    let store = store();
    let (first, second) = (active(1), active(2));
    change(&store, &[add(&first)]);
    change(&store, &[add(&second)]);
    assert_eq!(ring(&store), [(first.kid().to_owned(), first.state)]);
}

#[test]
fn of_two_hosts_that_make_the_next_key_one_keeps_it() {
    let store = store();
    let (first, second) = (key(1, KeyState::Next), key(2, KeyState::Next));
    change(&store, &[add(&first), add(&second)]);
    assert_eq!(ring(&store), [(first.kid().to_owned(), KeyState::Next)]);
}

#[test]
fn any_number_of_retired_keys_fits() {
    let store = store();
    let since_secs = NOW_SECS;
    for seed in 1..=3 {
        change(&store, &[add(&key(seed, KeyState::Retired { since_secs }))]);
    }
    assert_eq!(ring(&store).len(), 3);
}

#[test]
fn a_promotion_retires_the_active_key_and_puts_the_next_one_in_its_place() {
    let store = store();
    let (old, next) = (active(1), key(2, KeyState::Next));
    change(&store, &[add(&old), add(&next)]);
    let promote = RingChange::Promote {
        next: next.kid().into(),
        retire: Some(old.kid().into()),
    };
    // A second host does the same a moment later: nothing more happens.
    change(&store, std::slice::from_ref(&promote));
    change(&store, &[promote]);
    let since_secs = NOW_SECS + 60;
    assert_eq!(
        state_of(&store, &old),
        Some(KeyState::Retired { since_secs })
    );
    assert_eq!(
        state_of(&store, &next),
        Some(KeyState::Active { since_secs })
    );
}

#[test]
fn a_promotion_of_a_key_that_is_gone_leaves_the_active_one_active() {
    let store = store();
    let old = active(1);
    change(&store, &[add(&old)]);
    let promote = RingChange::Promote {
        next: "gone".into(),
        retire: Some(old.kid().into()),
    };
    change(&store, &[promote]);
    assert_eq!(state_of(&store, &old), Some(old.state));
}

#[test]
fn a_promotion_that_knows_another_active_key_changes_nothing() {
    let store = store();
    let (now_active, next) = (active(1), key(2, KeyState::Next));
    change(&store, &[add(&now_active), add(&next)]);
    for retire in [Some("one that was active before".to_owned()), None] {
        let promote = RingChange::Promote {
            next: next.kid().into(),
            retire,
        };
        change(&store, &[promote]);
        assert_eq!(state_of(&store, &now_active), Some(now_active.state));
        assert_eq!(state_of(&store, &next), Some(KeyState::Next));
    }
}

#[test]
fn a_promotion_into_a_ring_without_an_active_key_needs_none_to_retire() {
    let store = store();
    let next = key(1, KeyState::Next);
    change(&store, &[add(&next)]);
    let promote = RingChange::Promote {
        next: next.kid().into(),
        retire: None,
    };
    change(&store, &[promote]);
    let since_secs = NOW_SECS + 60;
    assert_eq!(
        state_of(&store, &next),
        Some(KeyState::Active { since_secs })
    );
}

#[test]
fn only_an_active_key_is_retired_and_only_one_that_is_not_active_is_dropped() {
    let store = store();
    let (now_active, next) = (active(1), key(2, KeyState::Next));
    change(&store, &[add(&now_active), add(&next)]);
    let retire = |record: &KeyRecord| RingChange::Retire {
        kid: record.kid().into(),
    };
    let drop_key = |record: &KeyRecord| RingChange::Drop {
        kid: record.kid().into(),
    };
    change(&store, &[retire(&next), drop_key(&now_active)]);
    assert_eq!(state_of(&store, &next), Some(KeyState::Next));
    assert_eq!(state_of(&store, &now_active), Some(now_active.state));
    change(&store, &[retire(&now_active), drop_key(&next)]);
    let since_secs = NOW_SECS + 60;
    assert_eq!(
        ring(&store),
        [(
            now_active.kid().to_owned(),
            KeyState::Retired { since_secs }
        )]
    );
    change(&store, &[drop_key(&now_active)]);
    assert!(ring(&store).is_empty());
}

#[test]
fn a_private_part_is_sealed_again_only_while_the_one_that_was_opened_is_stored() {
    let store = store();
    let record = active(1);
    change(&store, &[add(&record)]);
    let reseal = |from: &str, to: &str| RingChange::Reseal {
        kid: record.kid().into(),
        from: from.into(),
        to: to.into(),
    };
    let sealed = || done(store.signing_keys()).unwrap().remove(0).sealed_private;
    change(&store, &[reseal("another", "lost")]);
    assert_eq!(sealed(), record.sealed_private);
    change(&store, &[reseal(&record.sealed_private, "first")]);
    change(&store, &[reseal(&record.sealed_private, "second")]);
    assert_eq!(sealed(), "first");
}

#[test]
fn a_ring_change_is_done_whole_or_not_at_all() {
    use portcullis_store::{Driver, Statement};
    let store = store();
    let good = Statement::new("INSERT INTO scope VALUES ('a', 'a', '', 1)", Vec::new());
    let bad = Statement::new("INSERT INTO signing_key (kid) VALUES ('k')", Vec::new());
    done(store.driver().batch(vec![good, bad])).unwrap_err();
    assert!(
        done(store.scopes_within(&[String::new()], None, 10))
            .unwrap()
            .is_empty()
    );
}
