//! Asking a local server whether it answers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

const CONNECT: Duration = Duration::from_millis(500);
/// The first request to a worker compiles its module.
const ANSWER: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// The status of `GET path` on 127.0.0.1, or `None` if nobody answers in time.
pub(crate) fn status(port: u16, path: &str) -> Option<u16> {
    let mut stream =
        TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), CONNECT).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    // To its end: a server whose client hangs up in the middle reports a broken pipe.
    let mut answer = Vec::new();
    stream
        .take(MAX_ANSWER_BYTES)
        .read_to_end(&mut answer)
        .ok()?;
    parse_status(answer.get(..12)?)
}

/// `HTTP/1.1 200` as 200.
fn parse_status(head: &[u8]) -> Option<u16> {
    std::str::from_utf8(head)
        .ok()?
        .strip_prefix("HTTP/1.1 ")?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_start_of_an_http_answer_has_a_status() {
        assert_eq!(parse_status(b"HTTP/1.1 200"), Some(200));
        assert_eq!(parse_status(b"HTTP/1.1 503"), Some(503));
        assert_eq!(parse_status(b"SSH-2.0-Open"), None);
    }
}
