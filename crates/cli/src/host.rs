//! Clock, randomness, threads and log of an ordinary process.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_issue::Entropy;
use portcullis_service::{Host, OutgoingRequest};
use tokio::sync::Semaphore;

/// How long the receiver of a webhook may take.
const POST_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// This process.
#[derive(Debug)]
pub(crate) struct Process {
    heavy: Semaphore,
    agent: ureq::Agent,
}

impl Process {
    /// A host that runs at most `heavy` hashes at once, each with its memory.
    pub(crate) fn new(heavy: usize) -> Self {
        Self {
            heavy: Semaphore::new(heavy.max(1)),
            // Server-side request forgery (CWE-918): a redirect could lead into the network that we are in.
            agent: ureq::Agent::config_builder()
                .timeout_global(Some(POST_WITHIN))
                .max_redirects(0)
                .http_status_as_error(false)
                .build()
                .into(),
        }
    }
}

impl Host for Process {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn fill_random(&self, out: &mut [u8]) {
        SystemEntropy.fill(out);
    }

    async fn run_heavy<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let permit = self.heavy.acquire().await;
        let result = tokio::task::spawn_blocking(work).await;
        drop(permit);
        match result {
            Ok(value) => value,
            // The work panicked: so does this request, and no other.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    async fn post(&self, request: OutgoingRequest) -> Result<u16, String> {
        let agent = self.agent.clone();
        let sent = tokio::task::spawn_blocking(move || {
            let outgoing = request
                .headers
                .into_iter()
                .fold(agent.post(&request.url), |outgoing, (name, value)| {
                    outgoing.header(name, value)
                });
            outgoing
                .send(request.body)
                .map(|response| response.status().as_u16())
                .map_err(|error| error.to_string())
        });
        sent.await.map_err(|error| error.to_string())?
    }

    fn log(&self, line: &str) {
        // A closed standard output must not stop the server.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

/// The system's time in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the host")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

/// The system's generator.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Without randomness there are no secrets: stop rather than go on.
            eprintln!("portcullis: the system gives no random bytes");
            std::process::abort();
        }
    }
}
