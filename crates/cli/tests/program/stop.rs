//! Stopping in order: what is under way is finished, nothing new is begun.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{EMAIL, PASSWORD, Place, Server};

const SOON: Duration = Duration::from_secs(5);
/// Eight seconds are the promise.
const AT_LAST: Duration = Duration::from_secs(12);

/// Sends a sign-in but for its last byte, and returns the connection and that byte.
fn half_a_sign_in(port: u16) -> (TcpStream, [u8; 1]) {
    let body = format!(r#"{{"email":"{EMAIL}","password":"{PASSWORD}"}}"#);
    let request = format!(
        "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (last, rest) = request.as_bytes().split_last().unwrap();
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(SOON)).unwrap();
    connection.write_all(rest).unwrap();
    // The server has the head by then and waits for the body; later would do as well.
    sleep(Duration::from_millis(200));
    (connection, [*last])
}

fn wait_until_it_listens_no_more(port: u16) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(began.elapsed() < SOON, "the server still takes connections");
        sleep(Duration::from_millis(10));
    }
}

fn logins(place: &Place) -> usize {
    let log = place.audit();
    log.iter()
        .filter(|event| event["action"] == "auth.login")
        .count()
}

#[test]
fn a_sign_in_under_way_is_finished_before_the_server_stops() {
    let place = Place::new();
    let mut server = Server::start(&place);
    let (mut connection, last) = half_a_sign_in(server.port);
    server.terminate();
    wait_until_it_listens_no_more(server.port);
    assert!(
        server.ended(Duration::from_millis(200)).is_none(),
        "it waits for the request"
    );
    connection.write_all(&last).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("better-auth.session_token="), "{answer}");
    assert_eq!(server.ended(SOON).unwrap().code(), Some(0));
    assert!(
        server
            .log()
            .ends_with("{\"level\":\"info\",\"msg\":\"stopped\"}\n"),
        "{}",
        server.log()
    );
    assert_eq!(logins(&place), 1, "and it is in the audit log");
}

#[test]
fn connections_without_a_request_do_not_keep_the_server_from_stopping() {
    let place = Place::new();
    let mut server = Server::start(&place);
    let silent = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut kept = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    kept.write_all(b"GET /api/auth/ok HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        .unwrap();
    let mut first = [0; 12];
    kept.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    server.terminate();
    assert_eq!(server.ended(SOON).unwrap().code(), Some(0));
    drop(silent);
}

#[test]
fn a_client_that_never_finishes_its_request_holds_the_server_for_eight_seconds_at_most() {
    let place = Place::new();
    let mut server = Server::start(&place);
    let mut half_a_head = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    half_a_head
        .write_all(b"GET /api/auth/ok HTTP/1.1\r\nhost: ")
        .unwrap();
    let (half_a_body, _last) = half_a_sign_in(server.port);
    server.terminate();
    assert!(
        server.ended(SOON).is_none(),
        "unfinished requests get their time"
    );
    assert_eq!(server.ended(AT_LAST).unwrap().code(), Some(0));
    drop((half_a_head, half_a_body));
}

#[test]
fn a_stopped_server_leaves_one_file_with_everything_in_it() {
    let place = Place::new();
    let mut server = Server::start(&place);
    assert_eq!(server.sign_in().unwrap().0, 200);
    server.terminate();
    assert!(server.ended(SOON).is_some());
    assert!(!place.file("portcullis.sqlite-wal").exists());
    assert_eq!(logins(&place), 1);
}
