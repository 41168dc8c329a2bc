//! The audit log's links: made with their records, never changed, signed, sealed.

use portcullis_service::audit::chain::{
    AuditChain, ChainRecord, NO_LINK, NewCheckpoint, NewSegment, link, link_old, link_text,
};
use portcullis_service::{AuditEvent, Store};
use portcullis_store::{Driver, Statement};
use serde_json::json;

use crate::support::{TestStore, YEAR_2100_MS, audit_log, count, done, event, query, store};

/// A store with this many records.
fn filled(records: usize) -> TestStore {
    let store = store();
    for number in 0..records {
        done(store.record(&event(&format!("a.{number}"), None))).unwrap();
    }
    store
}

/// Links computed in Rust, after those up to a record.
fn links_after(store: &TestStore, after: i64, mut last: [u8; 32]) -> Vec<(i64, String)> {
    let records: Vec<ChainRecord> = done(store.chain_records(after, 1000)).unwrap();
    let links = records.iter().map(|record| {
        last = link(&last, &record.canonical());
        (record.id, link_text(&last))
    });
    links.collect()
}

fn stored(store: &TestStore) -> Vec<(i64, String)> {
    let rows = query(store, "SELECT id, hash FROM audit_chain ORDER BY id");
    let links = rows
        .iter()
        .map(|row| (row.integer("id").unwrap(), row.text("hash").unwrap()));
    links.collect()
}

fn refused(store: &TestStore, sql: &'static str, says: &str) {
    let error = done(store.driver().batch(vec![Statement::new(sql, Vec::new())])).unwrap_err();
    // D1 says more around it.
    assert!(error.to_string().contains(says), "{sql}: {error}");
}

fn checkpoint_of(store: &TestStore) -> NewCheckpoint {
    let head = done(store.chain_head()).unwrap();
    NewCheckpoint {
        upto: head.upto,
        hash: head.hash.clone(),
        records: head.claims(0).count,
        at_ms: YEAR_2100_MS,
        jwk: "{}".into(),
        jws: "a.b.c".into(),
    }
}

#[test]
fn a_link_is_made_with_each_record_and_is_its_hash() {
    let store = store();
    let fields = json!({ "quote": "a\"]\\\n", "name": "Zoë 🔑", "n": 3 });
    let odd = AuditEvent {
        at_ms: YEAR_2100_MS,
        user_id: Some("null".into()),
        scope: Some("state:ca/team:t7".into()),
        user_agent: "é'\u{7f}".repeat(50),
        fields: fields.as_object().unwrap().clone(),
        ..event("auth.login", None)
    };
    for length in 0..70 {
        let request_id = "r".repeat(length);
        done(store.record(&AuditEvent {
            request_id,
            ..odd.clone()
        }))
        .unwrap();
        done(store.record(&event("a", None))).unwrap();
    }
    let links = stored(&store);
    assert_eq!(links.len(), 140);
    assert_eq!(links, links_after(&store, 0, NO_LINK));
}

#[test]
fn a_batch_that_fails_leaves_neither_a_record_nor_a_link() {
    let store = filled(1);
    let add = portcullis_store::audit::add(&event("a", None));
    let fails = Statement::new("INSERT INTO audit (action) VALUES ('a')", Vec::new());
    done(store.driver().batch(vec![add, fails])).unwrap_err();
    done(store.record(&event("b", None))).unwrap();
    let links = stored(&store);
    assert_eq!(links.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(links, links_after(&store, 0, NO_LINK));
}

#[test]
fn links_and_checkpoints_are_never_changed_replaced_or_deleted() {
    let store = filled(2);
    assert!(done(store.add_checkpoint(&checkpoint_of(&store))).unwrap());
    for sql in [
        "UPDATE audit_chain SET hash = lower(hash)",
        "INSERT OR REPLACE INTO audit_chain SELECT * FROM audit_chain WHERE id = 1",
    ] {
        refused(&store, sql, "links of the audit log are never changed");
    }
    for sql in [
        "DELETE FROM audit_chain",
        "DELETE FROM audit_chain WHERE id = 2",
        "DELETE FROM audit_chain WHERE id = 1",
    ] {
        refused(&store, sql, "links of the audit log are never deleted");
    }
    for sql in [
        "UPDATE audit_checkpoint SET at_ms = 0",
        "INSERT OR REPLACE INTO audit_checkpoint SELECT * FROM audit_checkpoint",
    ] {
        refused(
            &store,
            sql,
            "checkpoints of the audit log are never changed",
        );
    }
    let sql = "DELETE FROM audit_checkpoint";
    refused(
        &store,
        sql,
        "checkpoints of the audit log are never deleted",
    );
}

#[test]
fn a_checkpoint_is_kept_once_and_only_for_a_link_that_is_there() {
    let store = filled(3);
    let new = checkpoint_of(&store);
    assert_eq!((new.upto, new.records), (3, 3));
    let other = NewCheckpoint {
        hash: link_text(&NO_LINK),
        ..new.clone()
    };
    assert!(!done(store.add_checkpoint(&other)).unwrap());
    assert!(done(store.add_checkpoint(&new)).unwrap());
    assert!(
        !done(store.add_checkpoint(&new)).unwrap(),
        "another was first"
    );
    let head = done(store.chain_head()).unwrap();
    assert_eq!(head.fresh, 0);
    done(store.record(&event("b", None))).unwrap();
    let next = checkpoint_of(&store);
    assert_eq!((next.upto, next.records), (4, 4));
    assert!(done(store.add_checkpoint(&next)).unwrap());
}

/// A store as a database of an earlier version is after the migration: records without links.
fn without_links(records: usize) -> TestStore {
    let store = store();
    let trigger = query(
        &store,
        "SELECT sql FROM sqlite_schema WHERE name = 'audit_is_chained'",
    );
    let trigger = trigger[0].text("sql").unwrap();
    query(&store, "DROP TRIGGER audit_is_chained");
    for number in 0..records {
        done(store.record(&event(&format!("a.{number}"), None))).unwrap();
    }
    done(
        store
            .driver()
            .batch(vec![Statement::new(trigger, Vec::new())]),
    )
    .unwrap();
    store
}

#[test]
fn old_records_get_their_links_and_newer_ones_wait_for_them() {
    let store = without_links(700);
    done(store.record(&event("newer", None))).unwrap();
    assert!(stored(&store).is_empty());
    let first = done(link_old(&store, 1)).unwrap();
    assert_eq!((first.upto, first.newest), (500, 701));
    let claims = checkpoint_of(&store);
    assert!(
        !done(store.add_checkpoint(&claims)).unwrap(),
        "the first one covers everything"
    );
    let all = done(link_old(&store, 9)).unwrap();
    assert_eq!((all.upto, all.newest), (701, 701));
    done(store.record(&event("newest", None))).unwrap();
    let links = stored(&store);
    assert_eq!(links.len(), 702);
    assert_eq!(links, links_after(&store, 0, NO_LINK));
}

#[test]
fn links_are_made_only_after_the_newest_one_and_never_after_a_checkpoint() {
    let store = without_links(4);
    let links = links_after(&store, 0, NO_LINK);
    let (first, rest) = links.split_at(2);
    let add = |after, hash: &str, links| done(store.add_links(after, hash, links)).unwrap();
    assert!(add(0, &link_text(&NO_LINK), first));
    assert!(!add(0, &link_text(&NO_LINK), first), "they are there");
    assert!(
        !add(2, &link_text(&NO_LINK), rest),
        "the link before is another"
    );
    assert!(!add(1, &first[0].1, rest), "there is a newer one");
    assert!(add(2, &first[1].1, rest));
    assert!(done(store.add_checkpoint(&checkpoint_of(&store))).unwrap());
    let more = [(5, links[0].1.clone())];
    assert!(!add(4, &links[3].1, &more), "a checkpoint ends this");
}

#[test]
fn a_record_gets_its_link_after_a_checkpoint_even_if_somebody_took_the_one_before() {
    let store = filled(3);
    assert!(done(store.add_checkpoint(&checkpoint_of(&store))).unwrap());
    query(&store, "DROP TRIGGER audit_chain_is_not_deleted");
    query(&store, "DELETE FROM audit_chain WHERE id = 3");
    done(store.record(&event("b", None))).unwrap();
    let ids: Vec<_> = stored(&store).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [1, 2, 4], "the gap stays to be found");
}

fn segment(store: &TestStore, first_id: i64, last_id: i64) -> NewSegment {
    let links = stored(store);
    let hash = |id| links.iter().find(|(of, _)| *of == id).unwrap().1.clone();
    NewSegment {
        first_id,
        last_id,
        start_hash: if first_id == 1 {
            link_text(&NO_LINK)
        } else {
            hash(first_id - 1)
        },
        end_hash: hash(last_id),
        at_ms: YEAR_2100_MS,
        jwk: "{}".into(),
        jws: "a.b.c".into(),
    }
}

#[test]
fn records_are_deleted_up_to_a_sealed_segments_end_and_no_further() {
    let store = filled(5);
    let never = "audit records are never deleted";
    refused(&store, "DELETE FROM audit WHERE id = 1", never);
    let one = segment(&store, 1, 3);
    done(store.add_segment(&one, true, &event("audit.seal", None))).unwrap();
    let ids: Vec<_> = audit_log(&store).iter().map(|event| event.id).collect();
    assert_eq!(ids, [4, 5, 6]);
    let ids: Vec<_> = stored(&store).into_iter().map(|(id, _)| id).collect();
    assert_eq!(
        ids,
        [3, 4, 5, 6],
        "the next record stands on the link at the end"
    );
    refused(&store, "DELETE FROM audit WHERE id = 4", never);
    let sql = "DELETE FROM audit_chain WHERE id = 3";
    refused(&store, sql, "links of the audit log are never deleted");
    let last = portcullis_service::audit::chain::parse_link(&one.end_hash).unwrap();
    assert_eq!(stored(&store)[1..], links_after(&store, 3, last));
    for sql in [
        "DELETE FROM audit_segment",
        "UPDATE audit_segment SET last_id = 9",
    ] {
        refused(&store, sql, "segments of the audit log are never");
    }
}

#[test]
fn everything_may_be_sealed_and_the_next_record_goes_on() {
    let store = filled(2);
    let all = segment(&store, 1, 2);
    done(store.add_segment(&all, true, &event("audit.seal", None))).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM audit"), 1);
    let last = portcullis_service::audit::chain::parse_link(&all.end_hash).unwrap();
    assert_eq!(stored(&store)[1..], links_after(&store, 2, last));
}

#[test]
fn a_segment_takes_up_where_the_one_before_it_ended() {
    let store = filled(6);
    let seal = |new: &NewSegment| done(store.add_segment(new, false, &event("audit.seal", None)));
    let says = "a segment of the audit log begins where the one before it ended";
    let fails = |new: &NewSegment| {
        let error = seal(new).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    fails(&segment(&store, 2, 3));
    fails(&NewSegment {
        end_hash: link_text(&NO_LINK),
        ..segment(&store, 1, 2)
    });
    seal(&segment(&store, 1, 2)).unwrap();
    fails(&segment(&store, 1, 3));
    fails(&segment(&store, 4, 5));
    seal(&segment(&store, 3, 4)).unwrap();
    let log = audit_log(&store);
    let seals = log
        .iter()
        .filter(|event| event.action == "audit.seal")
        .count();
    assert_eq!(seals, 2, "one that was refused isn't recorded");
    assert_eq!(log.len(), 8);
}
