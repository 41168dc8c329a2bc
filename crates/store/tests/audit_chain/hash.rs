//! SHA-256 in SQL is SHA-256.

use portcullis_service::audit::chain::ChainRecord;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{add, in_memory, record, verify};

/// Text that is awkward for JSON, for UTF-8 and for lengths.
fn text(max: usize) -> impl Strategy<Value = String> {
    let awkward = prop_oneof![
        4 => prop::char::range(' ', '~'),
        1 => prop::char::range('\0', '\u{ff}'),
        1 => prop::sample::select(vec!['"', '\\', '\'', '/', '\u{7f}', '\u{2028}', '\u{fffd}', '🔑']),
        1 => any::<char>(),
    ];
    prop::collection::vec(awkward, 0..=max).prop_map(|all| all.into_iter().collect())
}

fn any_record() -> impl Strategy<Value = ChainRecord> {
    let numbers = (any::<i64>(), any::<i64>(), any::<bool>());
    let options = (prop::option::of(text(40)), prop::option::of(text(40)));
    (
        numbers,
        options,
        text(20),
        text(20),
        text(20),
        text(500),
        text(120),
    )
        .prop_map(
            |(
                (at_ms, latency_ms, is_ok),
                (user_id, scope),
                action,
                request_id,
                ip_address,
                user_agent,
                fields,
            )| {
                ChainRecord {
                    id: 0,
                    at_ms,
                    action,
                    status: if is_ok { "ok" } else { "fail" }.to_owned(),
                    user_id,
                    scope,
                    request_id,
                    latency_ms,
                    ip_address,
                    user_agent,
                    // An index reads it as JSON.
                    fields: serde_json::json!({ "a": fields, "b": [1.5, null] }).to_string(),
                }
            },
        )
}

#[test]
fn links_made_in_sql_are_sha_256_of_any_record() {
    let connection = in_memory();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&any_record(), |record| {
            add(&connection, &record);
            Ok(())
        })
        .unwrap();
    assert!(verify(&connection) > 0);
}

#[test]
fn links_made_in_sql_are_sha_256_at_every_length_around_a_block() {
    let connection = in_memory();
    for length in 0..=192 {
        let user_agent = "x".repeat(length);
        add(
            &connection,
            &ChainRecord {
                user_agent,
                ..record(1)
            },
        );
    }
    assert_eq!(verify(&connection), 193);
}

#[test]
fn records_of_one_statement_are_linked_one_by_one() {
    let connection = in_memory();
    let sql = "WITH n(n) AS (VALUES (1), (2), (3)) INSERT INTO audit (at_ms, action, status, request_id, \
               latency_ms) SELECT n, 'a', 'ok', 'r', 1 FROM n";
    connection.execute_batch(sql).unwrap();
    connection.execute_batch(sql).unwrap();
    assert_eq!(verify(&connection), 6);
}

#[test]
fn what_is_rolled_back_leaves_neither_a_record_nor_a_link_nor_a_gap() {
    let connection = in_memory();
    add(&connection, &record(1));
    connection.execute_batch("BEGIN").unwrap();
    add(&connection, &record(2));
    connection.execute_batch("ROLLBACK").unwrap();
    let refused = "INSERT INTO audit (at_ms, action, status, request_id, latency_ms) \
                   VALUES (1, 'a', 'ok', 'r', 1), (1, 'a', 'neither', 'r', 1)";
    assert!(connection.execute_batch(refused).is_err());
    add(&connection, &record(2));
    assert_eq!(verify(&connection), 2);
}
