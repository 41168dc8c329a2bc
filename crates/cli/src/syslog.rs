//! Audit records to a syslog receiver: RFC 5424 lines over TCP (RFC 6587) or TLS (RFC 5425).
//!
//! Syslog has no acknowledgement. So each batch has a connection of its own: we write it, close our
//! side and wait until the receiver closes its own, which it does once it has read to the end. A
//! receiver that goes away with records unread resets the connection instead, and hears them again.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_service::audit::{Sink, SyslogTo, to_rfc5424};
use portcullis_service::{AuditEvent, Settings};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long connecting may take, and each write and read.
const STEP_WITHIN: Duration = Duration::from_secs(5);
/// How long a batch may take in all: less than it is kept from other hosts.
const ALL_WITHIN: Duration = Duration::from_secs(18);
/// The least time in which a reset may follow what looked like an end.
const SETTLE: Duration = Duration::from_millis(20);

/// A receiver.
#[derive(Clone)]
pub(crate) struct Syslog {
    to: SyslogTo,
    hostname: String,
    enterprise: u32,
    tls: Option<Arc<ClientConfig>>,
}

impl Syslog {
    /// The receiver that the settings name.
    ///
    /// # Errors
    /// A sentence: the file with certificates can't be used, or the system has none.
    pub(crate) fn new(settings: &Settings) -> Result<Option<Self>, String> {
        let Some(to) = &settings.audit.syslog else {
            return Ok(None);
        };
        let tls = to.is_tls.then(|| configuration(to.ca_file.as_deref()));
        Ok(Some(Self {
            to: to.clone(),
            hostname: settings.audit.hostname(&settings.origin).to_owned(),
            enterprise: settings.audit.enterprise,
            tls: tls.transpose()?,
        }))
    }
}

impl Sink for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    async fn tell(&self, events: &[AuditEvent]) -> Result<(), String> {
        let mut frames = Vec::new();
        for event in events {
            let line = to_rfc5424(event, &self.hostname, self.enterprise);
            // Octet counting (RFC 6587 section 3.4.1): nothing in a record can begin another.
            frames.extend_from_slice(format!("{} ", line.len()).as_bytes());
            frames.extend_from_slice(line.as_bytes());
        }
        let own = self.clone();
        let told = tokio::task::spawn_blocking(move || own.deliver(&frames)).await;
        told.map_err(|error| error.to_string())?
    }
}

impl Syslog {
    fn deliver(&self, frames: &[u8]) -> Result<(), String> {
        let began = now();
        let stream = self.connect()?;
        let round_trip = began.elapsed();
        let told = |error: std::io::Error| format!("`{}`: {error}", self.to.host);
        if let Some(tls) = &self.tls {
            let name = ServerName::try_from(self.to.host.clone())
                .map_err(|_| format!("`{}` isn't a name that TLS knows", self.to.host))?;
            let connection = ClientConnection::new(Arc::clone(tls), name)
                .map_err(|error| format!("`{}`: {error}", self.to.host))?;
            let mut secured = StreamOwned::new(connection, stream);
            secured.write_all(frames).map_err(told)?;
            secured.conn.send_close_notify();
            secured.flush().map_err(told)?;
            secured.sock.shutdown(Shutdown::Write).map_err(told)?;
            until_closed(&mut secured, began).map_err(told)?;
            settled(&secured.sock, round_trip).map_err(told)
        } else {
            let mut stream = stream;
            stream.write_all(frames).map_err(told)?;
            still_there(&stream).map_err(told)?;
            stream.shutdown(Shutdown::Write).map_err(told)?;
            until_closed(&mut stream, began).map_err(told)?;
            settled(&stream, round_trip).map_err(told)
        }
    }

    fn connect(&self) -> Result<TcpStream, String> {
        let place = (self.to.host.as_str(), self.to.port);
        let told = |error: std::io::Error| format!("`{}`: {error}", self.to.host);
        let mut problem = format!("`{}` has no address", self.to.host);
        for address in place.to_socket_addrs().map_err(told)?.take(4) {
            match TcpStream::connect_timeout(&address, STEP_WITHIN / 4) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(STEP_WITHIN)).map_err(told)?;
                    stream.set_write_timeout(Some(STEP_WITHIN)).map_err(told)?;
                    return Ok(stream);
                }
                Err(error) => problem = told(error),
            }
        }
        Err(problem)
    }
}

/// Who vouches for the receiver: the certificates of a file, or the system's.
fn configuration(ca_file: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca_file {
        let told = |error: &dyn core::fmt::Display| {
            format!("PORTCULLIS_AUDIT_SYSLOG_CA: `{path}`: {error}")
        };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| told(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| told(&error))?;
            roots.add(certificate).map_err(|error| told(&error))?;
        }
        if roots.is_empty() {
            return Err(told(&"there is no certificate in it"));
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "PORTCULLIS_AUDIT_SYSLOG: the system trusts no certificate; name a file in \
                        PORTCULLIS_AUDIT_SYSLOG_CA"
                    .to_owned(),
            );
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(
        builder.with_root_certificates(roots).with_no_client_auth(),
    ))
}

/// An end that came before ours says that the receiver went away.
fn still_there(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    match seen {
        Ok(0) => Err(std::io::Error::new(
            ErrorKind::ConnectionAborted,
            "it closed the connection before it had everything",
        )),
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}

/// Reads until the receiver has closed its side, whatever it says.
fn until_closed(stream: &mut impl Read, began: Instant) -> std::io::Result<()> {
    let mut ignored = [0; 1024];
    loop {
        match stream.read(&mut ignored) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Many end TLS without saying so; a reset is another error.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(std::io::Error::new(
                    ErrorKind::TimedOut,
                    "it didn't close the connection after the last record",
                ));
            }
            Err(error) => return Err(error),
        }
        if began.elapsed() > ALL_WITHIN {
            return Err(ErrorKind::TimedOut.into());
        }
    }
}

/// An end that was sent before our last bytes arrived is followed by a reset, a round trip later.
fn settled(stream: &TcpStream, round_trip: Duration) -> std::io::Result<()> {
    std::thread::sleep(SETTLE.max(round_trip * 2).min(STEP_WITHIN / 5));
    match stream.take_error()? {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the host")]
    let now = Instant::now();
    now
}
