//! `portcullis audit verify`, `checkpoint` and `seal`, as an operator runs them.

use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Place, Server, run, said};

/// A database with this many records, one a day since 2020-01-01.
fn place_with(records: i64) -> Place {
    let place = Place::new();
    assert!(
        run(&["migrate", "apply", "--db", &place.db()])
            .status
            .success()
    );
    add(&place, records);
    place
}

fn add(place: &Place, records: i64) {
    let connection = open(place);
    for _ in 0..records {
        let sql = "INSERT INTO audit (at_ms, action, status, request_id, latency_ms, fields) \
                   SELECT 1577836800000 + 86400000 * (coalesce(max(id), 0)), 'auth.login', 'ok', 'r', 1, \
                   '{\"a\":\"é\"}' FROM audit";
        connection.execute_batch(sql).unwrap();
    }
}

fn open(place: &Place) -> Connection {
    Connection::open(place.file("portcullis.sqlite")).unwrap()
}

/// Does what only somebody who can write the file can.
fn tamper(place: &Place, sql: &str) {
    let connection = open(place);
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'";
    let names: Vec<String> = connection
        .prepare(triggers)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for name in names {
        connection
            .execute_batch(&format!("DROP TRIGGER {name}"))
            .unwrap();
    }
    connection.execute_batch(sql).unwrap();
}

fn audit(place: &Place, args: &[&str]) -> Output {
    let db = place.db();
    let (command, rest) = args.split_first().unwrap();
    let mut all = vec!["audit", command, "--db", &db];
    all.extend(rest);
    run(&all)
}

/// Verifies and reads the report, which must end with this exit code.
#[track_caller]
fn verify(place: &Place, args: &[&str], code: i32) -> Value {
    let mut all = vec!["verify", "--json"];
    all.extend(args);
    let output = audit(place, &all);
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The newest checkpoint, signed if there are new records.
fn checkpoint(place: &Place) -> Value {
    let output = audit(place, &["checkpoint"]);
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn file(place: &Place, name: &str) -> (PathBuf, String) {
    let path = place.file(name);
    let text = path.to_str().unwrap().to_owned();
    (path, text)
}

#[test]
fn a_log_that_nobody_touched_is_whole() {
    let place = place_with(20);
    let report = verify(&place, &[], 0);
    assert_eq!(
        (&report["records"], &report["lastId"]),
        (&20.into(), &20.into())
    );
    assert_eq!(report["whole"], true);
    checkpoint(&place);
    add(&place, 5);
    let report = verify(&place, &[], 0);
    assert_eq!(
        (&report["records"], &report["checkpoints"]),
        (&25.into(), &1.into())
    );
    let told = said(&audit(&place, &["verify"]));
    assert!(
        told.starts_with("whole: 25 records up to 25, 1 checkpoints"),
        "{told}"
    );
    assert!(told.contains("not pinned"), "{told}");
}

#[test]
fn an_altered_record_is_named_with_exit_code_1() {
    let place = place_with(20);
    tamper(&place, "UPDATE audit SET user_id = 'mallory' WHERE id = 7");
    let report = verify(&place, &[], 1);
    assert_eq!(report["findings"][0]["id"], 7);
    assert_eq!(report["findings"][0]["kind"], "record_altered");
    assert_eq!(report["found"], 1);
    let told = said(&audit(&place, &["verify"]));
    assert!(
        told.starts_with("record 7: the record was altered\n1 finding: "),
        "{told}"
    );
}

#[test]
fn an_end_that_was_cut_off_is_found_by_the_checkpoint() {
    let place = place_with(20);
    checkpoint(&place);
    let sql = "DELETE FROM audit WHERE id > 15; DELETE FROM audit_chain WHERE id > 15; \
               UPDATE sqlite_sequence SET seq = 15 WHERE name = 'audit'";
    tamper(&place, sql);
    let report = verify(&place, &[], 1);
    let finding = &report["findings"][0];
    assert_eq!((&finding["id"], &finding["upto"]), (&16.into(), &20.into()));
    assert_eq!(finding["kind"], "truncated");
}

#[test]
fn a_log_written_anew_with_its_checkpoints_is_found_by_a_copy() {
    let place = place_with(20);
    let copy = checkpoint(&place);
    let (path, copies) = file(&place, "checkpoints.jsonl");
    std::fs::write(&path, format!("{copy}\n")).unwrap();
    verify(&place, &["--checkpoints", &copies], 0);
    // Other records, other links, a new first checkpoint by the server's own key.
    let sql = "DELETE FROM audit; DELETE FROM audit_chain; DELETE FROM audit_checkpoint; \
               DELETE FROM sqlite_sequence";
    tamper(&place, sql);
    let other = place_with(0);
    let triggers = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'";
    let triggers: String = open(&other)
        .query_row(triggers, [], |row| row.get(0))
        .unwrap();
    open(&place).execute_batch(&triggers).unwrap();
    let forged = "INSERT INTO audit (at_ms, action, status, request_id, latency_ms) \
                  WITH n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 25) \
                  SELECT n, 'forged', 'ok', 'r', 1 FROM n";
    open(&place).execute_batch(forged).unwrap();
    checkpoint(&place);
    verify(&place, &[], 0);
    let report = verify(&place, &["--checkpoints", &copies], 1);
    assert_eq!(report["findings"][0]["id"], 20);
    assert_eq!(report["findings"][0]["kind"], "rewritten");
}

#[test]
fn keys_that_are_named_alone_may_sign() {
    let place = place_with(3);
    let signed = checkpoint(&place);
    let jwk: Value = serde_json::from_str(signed["jwk"].as_str().unwrap()).unwrap();
    let kid = jwk["kid"].as_str().unwrap();
    let report = verify(&place, &["--trusted-key", kid], 0);
    assert_eq!(
        (&report["pinned"], &report["keys"][0]),
        (&true.into(), &kid.into())
    );
    let other = "DOvxvJiAdIqVWIkFt5hDtCunXLF0BV4-JGv4f-ALSm0";
    let report = verify(&place, &["--trusted-key", other], 1);
    assert_eq!(report["findings"][0]["kind"], "untrusted_key");
}

#[test]
fn sealed_records_leave_the_database_and_both_parts_verify() {
    let place = place_with(20);
    let (path, segment) = file(&place, "2020.jsonl");
    // Eleven days: records 1 to 10.
    let seal = ["seal", "--before", "2020-01-11", "--to", &segment];
    let output = audit(&place, &seal);
    assert!(output.status.success(), "{}", said(&output));
    let left: (i64, i64) = open(&place)
        .query_row("SELECT min(id), count(*) FROM audit", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(
        left,
        (11, 11),
        "10 that are left, and the record of the sealing"
    );
    let report = verify(&place, &["--segment", &segment], 0);
    assert_eq!(
        (&report["records"], &report["segments"]),
        (&21.into(), &1.into())
    );
    let report = verify(&place, &["--segment", &segment, "--segments-only"], 0);
    assert_eq!(report["records"], 10);
    let again = said(&audit(
        &place,
        &["seal", "--before", "2020-01-15", "--to", &segment],
    ));
    assert!(
        again.contains("2020.jsonl"),
        "a file that is there isn't written over: {again}"
    );
    let (_, next) = file(&place, "next.jsonl");
    let output = audit(&place, &["seal", "--before", "2020-01-15", "--to", &next]);
    assert!(output.status.success(), "{}", said(&output));
    let report = verify(&place, &["--segment", &segment, "--segment", &next], 0);
    assert_eq!(report["files"], 2);
    verify(&place, &[], 0);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("[7,", "[7,1", 1)).unwrap();
    let report = verify(&place, &["--segment", &segment], 1);
    assert_eq!(
        (&report["findings"][0]["id"], report["found"].as_i64()),
        (&7.into(), Some(1))
    );
}

#[test]
fn a_segment_without_its_end_or_another_than_the_databases_is_found() {
    let place = place_with(9);
    let (path, segment) = file(&place, "a.jsonl");
    assert!(
        audit(
            &place,
            &["seal", "--before", "2020-01-06", "--to", &segment]
        )
        .status
        .success()
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let cut: Vec<_> = text.lines().take(4).collect();
    std::fs::write(&path, cut.join("\n")).unwrap();
    let report = verify(&place, &["--segment", &segment], 1);
    assert_eq!(report["findings"][0]["kind"], "truncated");
    let other = place_with(9);
    let (_, of_other) = file(&other, "b.jsonl");
    assert!(
        audit(
            &other,
            &["seal", "--before", "2020-01-05", "--to", &of_other]
        )
        .status
        .success()
    );
    let report = verify(&place, &["--segment", &of_other], 1);
    assert_eq!(report["findings"][0]["kind"], "signed_altered");
}

#[test]
fn what_was_tampered_with_is_not_sealed_nor_deleted() {
    let place = place_with(9);
    tamper(&place, "UPDATE audit SET action = 'forged' WHERE id = 3");
    let (path, segment) = file(&place, "a.jsonl");
    let output = audit(
        &place,
        &["seal", "--before", "2020-01-08", "--to", &segment],
    );
    assert_eq!(output.status.code(), Some(1));
    let told = said(&output);
    assert!(
        told.contains("the audit log isn't whole, and was left as it is"),
        "{told}"
    );
    assert!(!path.exists());
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        open(&place).query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("audit"), count("audit_segment")), (9, 0));
}

#[test]
fn what_a_receiver_has_not_been_told_is_not_deleted() {
    let place = place_with(9);
    let sink = "INSERT INTO audit_sink (name, upto) VALUES ('syslog', 4)";
    open(&place).execute_batch(sink).unwrap();
    let (path, segment) = file(&place, "a.jsonl");
    let seal = |before: &str| audit(&place, &["seal", "--before", before, "--to", &segment]);
    let output = seal("2020-01-06");
    assert_eq!(output.status.code(), Some(1));
    let told = said(&output);
    assert!(
        told.contains("the receiver `syslog` has records up to 4 alone"),
        "{told}"
    );
    assert!(!path.exists());
    assert!(seal("2020-01-05").status.success(), "records 1 to 4");
}

#[test]
fn a_server_signs_its_log_by_itself_and_kill_nine_leaves_it_whole() {
    let place = Place::new();
    for round in 1..=3 {
        let server = Server::start(&place);
        assert_eq!(server.sign_in().unwrap().0, 200);
        // While it runs, with records that its first look can't have signed.
        let report = verify(&place, &[], 0);
        server.kill_nine();
        let after = verify(&place, &[], 0);
        let records = |report: &Value| report["records"].as_i64().unwrap();
        assert!(records(&report) >= round && records(&after) >= records(&report));
    }
    let server = Server::start(&place);
    let began = Instant::now();
    let is_signed = || verify(&place, &[], 0)["checkpoints"].as_i64().unwrap() > 0;
    while !is_signed() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{}",
            server.said()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What `wrangler d1 export` writes: tables and rows first, then what would act on them.
fn dump(place: &Place) -> String {
    let connection = open(place);
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut lines =
        texts("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    for table in [
        "audit",
        "audit_chain",
        "audit_checkpoint",
        "audit_segment",
        "sqlite_sequence",
    ] {
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let quoted: Vec<_> = columns
            .iter()
            .map(|name| format!("quote({name})"))
            .collect();
        lines.extend(texts(&format!(
            "SELECT 'INSERT INTO {table} ({}) VALUES (' || {} || ')' FROM {table}",
            columns.join(", "),
            quoted.join(" || ',' || ")
        )));
    }
    lines.extend(texts(
        "SELECT sql FROM sqlite_schema WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL",
    ));
    lines.join(";\n") + ";\n"
}

#[test]
fn a_dump_of_d1_verifies_as_the_database_does() {
    let place = place_with(12);
    checkpoint(&place);
    let (path, text) = file(&place, "dump.sql");
    std::fs::write(&path, dump(&place)).unwrap();
    let report = verify(&place, &["--dump", &text], 0);
    assert_eq!(
        (&report["records"], &report["checkpoints"]),
        (&12.into(), &1.into())
    );
    tamper(&place, "UPDATE audit SET latency_ms = 2 WHERE id = 4");
    std::fs::write(&path, dump(&place)).unwrap();
    let report = verify(&place, &["--dump", &text], 1);
    assert_eq!(report["findings"][0]["id"], 4);
}

#[test]
fn a_log_that_cannot_be_read_is_exit_code_2() {
    let place = Place::new();
    let output = audit(&place, &["verify"]);
    assert_eq!(output.status.code(), Some(2));
    let told = said(&output);
    assert!(told.contains("there is no database"), "{told}");
}
