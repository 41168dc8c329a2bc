//! `kill -9`: what was answered is kept, what was half done leaves no trace.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::support::{EMAIL, Place, Server, sign_in};

const ROUNDS: u64 = 5;
const CLIENTS: usize = 4;

fn integrity(place: &Place) -> String {
    let connection = Connection::open(place.db()).unwrap();
    connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap()
}

fn count(place: &Place, sql: &str) -> i64 {
    let connection = Connection::open(place.db()).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_session_and_its_audit_record_survive_kill_nine() {
    let place = Place::new();
    let server = Server::start(&place);
    let (status, begun) = server.sign_in().unwrap();
    assert_eq!(status, 200);
    let token = begun["token"].as_str().unwrap().to_owned();
    server.kill_nine();
    assert!(
        place.file("portcullis.sqlite-wal").exists(),
        "nothing was tidied up"
    );

    let server = Server::start(&place);
    let (_, session) = server.get("/api/auth/get-session", &token).unwrap();
    assert_eq!(session["user"]["email"], EMAIL);
    let logins: Vec<_> = place
        .audit()
        .into_iter()
        .filter(|event| event["fields"]["session"] == session["session"]["id"])
        .collect();
    assert_eq!(logins.len(), 1);
    assert_eq!(
        (&logins[0]["action"], &logins[0]["status"]),
        (&"auth.login".into(), &"ok".into())
    );
    server.kill_nine();
    assert_eq!(integrity(&place), "ok");
}

#[test]
fn every_sign_in_that_was_answered_survives_kill_nine_amid_others() {
    let place = Place::new();
    let mut answered = Vec::new();
    for round in 0..ROUNDS {
        let server = Server::start(&place);
        answered.extend(hammer_then_kill(
            server,
            Duration::from_millis(300 + 70 * round),
        ));
        assert_eq!(integrity(&place), "ok", "round {round}");
    }
    assert!(
        answered.len() >= 10,
        "too few sign-ins to tell: {}",
        answered.len()
    );
    let server = Server::start(&place);
    for token in &answered {
        let (_, session) = server.get("/api/auth/get-session", token).unwrap();
        assert_eq!(
            session["user"]["email"],
            EMAIL,
            "of {} sign-ins one is lost",
            answered.len()
        );
    }
    // One batch each: a session without its record, or a record without its session, would show.
    let sessions = count(&place, "SELECT count(*) FROM session");
    let records = count(
        &place,
        "SELECT count(*) FROM audit WHERE action = 'auth.login' AND status = 'ok' \
         AND json_extract(fields, '$.session') IN (SELECT id FROM session)",
    );
    let all_records = count(
        &place,
        "SELECT count(*) FROM audit WHERE action = 'auth.login'",
    );
    assert_eq!((sessions, sessions), (records, all_records));
}

/// Lets clients sign in one after the other, kills the server, and returns the tokens that they
/// were given.
fn hammer_then_kill(server: Server, after: Duration) -> Vec<String> {
    let port = server.port;
    let goes_on = AtomicBool::new(true);
    let tokens = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while goes_on.load(Ordering::Relaxed) {
                    if let Some((200, begun)) = sign_in(port) {
                        tokens
                            .lock()
                            .unwrap()
                            .push(begun["token"].as_str().unwrap().to_owned());
                    }
                }
            });
        }
        thread::sleep(after);
        server.kill_nine();
        goes_on.store(false, Ordering::Relaxed);
    });
    tokens.into_inner().unwrap()
}
