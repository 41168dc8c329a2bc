//! `portcullis mail`.

use std::process::Output;

use crate::support::{Place, Server, run, said};

/// One mail that waits, one that was given up with its link still open, and one that is over.
fn place() -> Place {
    let place = Place::new();
    let server = Server::start(&place);
    server.terminate();
    drop(server);
    let connection = rusqlite::Connection::open(place.db()).unwrap();
    let sql = "INSERT INTO mail (id, kind, user_id, recipient, sealed, created_at_ms, expires_at_ms, \
         attempts, next_at_ms, dead_at_ms, last_error) SELECT ?1, 'reset-password', id, email, ?2, 1, ?3, 16, \
         4107542400000, ?4, 'status 500' FROM user LIMIT 1";
    let open: i64 = 4_107_542_400_000;
    for (id, sealed, expires, dead) in [
        ("waiting", Some("s"), open, None),
        ("dead", Some("s"), open, Some(5)),
        ("over", None, 2, Some(5)),
    ] {
        connection
            .execute(sql, rusqlite::params![id, sealed, expires, dead])
            .unwrap();
    }
    place
}

fn mail(place: &Place, args: &[&str]) -> Output {
    let db = place.db();
    let args: Vec<&str> = ["mail"]
        .iter()
        .chain(args)
        .copied()
        .chain(["--db", db.as_str()])
        .collect();
    run(&args)
}

fn due(place: &Place) -> Vec<String> {
    let connection = rusqlite::Connection::open(place.db()).unwrap();
    let sql = "SELECT id FROM mail WHERE dead_at_ms IS NULL AND attempts = 0 ORDER BY id";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn mail_is_listed_with_why_it_was_given_up_and_without_what_it_says() {
    let place = place();
    let all = said(&mail(&place, &["list"]));
    for part in ["waiting\twaiting", "dead\tdead", "over\tover", "status 500"] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let dead = said(&mail(&place, &["list", "--dead", "--json"]));
    assert_eq!(dead.lines().count(), 2, "{dead}");
    assert!(!dead.contains("sealed"), "{dead}");
}

#[test]
fn what_still_opens_something_is_handed_on_again_once_and_the_rest_is_not() {
    let place = place();
    let output = mail(&place, &["retry", "over"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("there is no mail `over`"));
    assert!(mail(&place, &["retry", "dead"]).status.success());
    assert_eq!(due(&place), ["dead"]);
    assert!(said(&mail(&place, &["retry", "--all"])).contains("2 are handed on"));
    assert_eq!(due(&place), ["dead", "waiting"]);
    let records = place.audit();
    let retries = records.iter().filter(|one| one["action"] == "mail.retry");
    assert_eq!(retries.count(), 2, "what did nothing left no record");
}
