//! Many uses of a key at once, each on a connection of its own: exactly as many succeed as may.

use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_service::api_keys::{ApiKeyStore, NewApiKey};
use portcullis_store::{Driver, accounts};

use crate::api_keys::{NOW_KEY, key};
use crate::parallel::{Database, winners};
use crate::support::{NOW_MS, done, event, new_user};

/// Uses that each of the 64 tries.
const EACH: usize = 5;

fn database_with(new: &NewApiKey) -> Database {
    let database = Database::new();
    let store = database.store();
    let user = accounts::add_user(&new_user("ann", &[]), false);
    done(store.driver().batch(user)).unwrap();
    done(store.add_api_key(new, &event("key.created", Some("ann")))).unwrap();
    database
}

fn successes(database: &Database) -> usize {
    let successes = AtomicUsize::new(0);
    winners(database, |store, number| {
        for turn in 0..EACH {
            let now_ms = NOW_MS + i64::try_from(number + turn).unwrap();
            if done(store.use_api_key("k1", NOW_KEY, now_ms))
                .unwrap()
                .is_some()
            {
                successes.fetch_add(1, Ordering::Relaxed);
            }
        }
        true
    });
    successes.into_inner()
}

#[test]
fn of_320_uses_at_once_exactly_the_100_that_are_left_succeed() {
    let mut new = key("k1", "ann");
    new.key.remaining = Some(100);
    let database = database_with(&new);
    assert_eq!(successes(&database), 100);
    let stored = done(database.store().api_key("k1")).unwrap().unwrap();
    assert_eq!(stored.remaining, Some(0));
}

#[test]
fn of_320_uses_at_once_exactly_as_many_succeed_as_the_window_has() {
    let mut new = key("k1", "ann");
    new.key.rate.is_on = true;
    new.key.rate.max = 100;
    let database = database_with(&new);
    assert_eq!(successes(&database), 100);
    let stored = done(database.store().api_key("k1")).unwrap().unwrap();
    assert_eq!(stored.rate.count, 100);
}
