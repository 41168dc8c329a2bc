//! The audit log: added to, read in pages, never changed.

use portcullis_service::{AuditEvent, AuditStatus, Store};
use portcullis_store::{Driver, Statement};
use serde_json::json;

use crate::support::{NOW_MS, YEAR_2100_MS, audit_log, done, event, store};

#[test]
fn an_event_is_read_as_it_was_recorded_with_a_number() {
    let store = store();
    let fields = json!({ "reason": "wrong_password", "tries": 3, "quote": "a\"]\\\n" });
    let recorded = AuditEvent {
        status: AuditStatus::Fail,
        scope: Some("state:ca/team:t7".into()),
        at_ms: YEAR_2100_MS,
        fields: fields.as_object().unwrap().clone(),
        ..event("auth.login", Some("ann"))
    };
    done(store.record(&recorded)).unwrap();
    done(store.record(&event("auth.login", None))).unwrap();
    let log = audit_log(&store);
    assert_eq!(log[0], AuditEvent { id: 1, ..recorded });
    assert_eq!(
        log[1],
        AuditEvent {
            id: 2,
            ..event("auth.login", None)
        }
    );
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let store = store();
    for number in 0..5 {
        done(store.record(&event(&format!("a.{number}"), None))).unwrap();
    }
    let page = |after| done(store.audit_page(after, 2)).unwrap();
    let (mut seen, mut after) = (Vec::new(), 0);
    while let Some(last) = page(after).last() {
        seen.extend(page(after).into_iter().map(|event| event.action));
        after = last.id;
    }
    assert_eq!(seen, ["a.0", "a.1", "a.2", "a.3", "a.4"]);
    assert!(page(5).is_empty());
}

#[test]
fn a_record_cannot_be_changed() {
    let store = store();
    done(store.record(&event("auth.login", None))).unwrap();
    for sql in [
        "UPDATE audit SET status = 'fail'",
        "UPDATE audit SET at_ms = 0 WHERE id = 1",
        "INSERT INTO audit (id, at_ms, action, status, request_id, latency_ms) \
         VALUES (1, 1, 'a', 'ok', 'r', 1) ON CONFLICT (id) DO UPDATE SET action = 'b'",
        "INSERT OR REPLACE INTO audit (id, at_ms, action, status, request_id, latency_ms) \
         VALUES (1, 1, 'a', 'ok', 'r', 1)",
    ] {
        let error = done(store.driver().batch(vec![Statement::new(sql, Vec::new())])).unwrap_err();
        // D1 says more around it.
        let message = error.to_string();
        assert!(
            message.contains("audit records are never changed"),
            "{sql}: {message}"
        );
    }
    assert_eq!(audit_log(&store)[0].at_ms, NOW_MS);
}

#[test]
fn a_record_cannot_be_deleted() {
    let store = store();
    done(store.record(&event("auth.login", None))).unwrap();
    let delete = Statement::new("DELETE FROM audit", Vec::new());
    let error = done(store.driver().batch(vec![delete])).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("audit records are never deleted"),
        "{message}"
    );
    assert_eq!(audit_log(&store).len(), 1);
}
