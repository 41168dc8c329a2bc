//! Receivers of audit records: told in order, one host at a time, and never past what they have.

use portcullis_service::Store;
use portcullis_service::audit::{AuditLog, SettledBatch};

use crate::support::{NOW_MS, TestStore, done, event, store};

const UNTIL_MS: i64 = NOW_MS + 30_000;

fn filled() -> TestStore {
    let store = store();
    for number in 0..5 {
        done(store.record(&event(&format!("a.{number}"), None))).unwrap();
    }
    store
}

fn take(store: &TestStore, holder: &str, now_ms: i64) -> Option<Vec<i64>> {
    let taken = done(store.take_audit("syslog", holder, now_ms, now_ms + 30_000, 2)).unwrap();
    taken.map(|batch| batch.events.iter().map(|event| event.id).collect())
}

fn settle(store: &TestStore, holder: &str, settled: &SettledBatch) {
    done(store.settle_audit("syslog", holder, settled)).unwrap();
}

fn done_upto(upto: i64) -> SettledBatch {
    SettledBatch::Done {
        upto,
        at_ms: NOW_MS,
    }
}

#[test]
fn batches_follow_each_other_until_there_is_nothing_new() {
    let store = filled();
    for ids in [vec![1, 2], vec![3, 4], vec![5]] {
        assert!(done(store.has_news("syslog", NOW_MS)).unwrap());
        assert_eq!(take(&store, "a", NOW_MS), Some(ids.clone()));
        settle(&store, "a", &done_upto(*ids.last().unwrap()));
    }
    assert!(!done(store.has_news("syslog", NOW_MS)).unwrap());
    assert!(done(store.has_news("collector", NOW_MS)).unwrap());
    done(store.record(&event("a.5", None))).unwrap();
    assert!(done(store.has_news("syslog", NOW_MS)).unwrap());
    assert_eq!(take(&store, "a", NOW_MS), Some(vec![6]));
}

#[test]
fn one_host_at_a_time_and_another_once_its_time_is_over() {
    let store = filled();
    assert_eq!(take(&store, "a", NOW_MS), Some(vec![1, 2]));
    assert!(!done(store.has_news("syslog", UNTIL_MS - 1)).unwrap());
    assert_eq!(take(&store, "b", UNTIL_MS - 1), None);
    assert_eq!(take(&store, "b", UNTIL_MS), Some(vec![1, 2]));
    // The first comes back late: what it says counts no more.
    settle(&store, "a", &done_upto(2));
    let sinks = done(store.audit_sinks()).unwrap();
    assert_eq!(sinks[0].upto, 0);
    settle(&store, "b", &done_upto(2));
    assert_eq!(done(store.audit_sinks()).unwrap()[0].upto, 2);
}

#[test]
fn a_failure_keeps_the_place_and_waits() {
    let store = filled();
    take(&store, "a", NOW_MS);
    let later = SettledBatch::Later {
        next_at_ms: NOW_MS + 1_000,
        problem: "no answer".into(),
    };
    settle(&store, "a", &later);
    let sinks = done(store.audit_sinks()).unwrap();
    let sink = &sinks[0];
    assert_eq!((sink.upto, sink.attempts, sink.newest), (0, 1, 5));
    assert_eq!(sink.problem.as_deref(), Some("no answer"));
    assert_eq!(sink.waiting_since_ms, Some(NOW_MS));
    assert!(!done(store.has_news("syslog", NOW_MS + 999)).unwrap());
    assert_eq!(take(&store, "a", NOW_MS + 999), None);
    assert_eq!(take(&store, "a", NOW_MS + 1_000), Some(vec![1, 2]));
    settle(&store, "a", &done_upto(2));
    let sinks = done(store.audit_sinks()).unwrap();
    assert_eq!((sinks[0].attempts, sinks[0].problem.as_deref()), (0, None));
}

#[test]
fn a_place_never_goes_back() {
    let store = filled();
    take(&store, "a", NOW_MS);
    settle(&store, "a", &done_upto(4));
    take(&store, "b", NOW_MS);
    settle(&store, "b", &done_upto(2));
    assert_eq!(done(store.audit_sinks()).unwrap()[0].upto, 4);
}
