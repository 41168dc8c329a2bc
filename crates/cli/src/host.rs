//! Clock, randomness, threads and log of an ordinary process.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_issue::Entropy;
use portcullis_issue::keyring::GeneratedKey;
use portcullis_issue::password::{HashMemory, Job, Outcome};
use portcullis_service::{Host, OutgoingRequest};
use tokio::sync::Semaphore;

use crate::hashing::HashThreads;

/// How long the receiver of a webhook may take.
const POST_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// Memory for hashes when nothing else is said: six of Better Auth's, twelve of our own, and a
/// fraction of what an ordinary machine has.
const HASH_MEMORY_MIB: u32 = 256;

/// This process.
#[derive(Debug)]
pub(crate) struct Process {
    cores: Arc<Semaphore>,
    /// One permit a KiB.
    memory: Arc<Semaphore>,
    memory_kib: u32,
    threads: HashThreads,
    agent: ureq::Agent,
    queue: Arc<HashQueue>,
}

/// Hashes of passwords that run, and those that wait for a core or for memory.
#[derive(Debug, Default)]
pub(crate) struct HashQueue {
    /// Waiting.
    pub(crate) waiting: AtomicU64,
    /// Running.
    pub(crate) running: AtomicU64,
}

/// One that is counted until it is dropped, also when its request is broken off.
struct Counted<F: Fn(&HashQueue) -> &AtomicU64>(Arc<HashQueue>, F);

impl<F: Fn(&HashQueue) -> &AtomicU64> Counted<F> {
    fn new(queue: &Arc<HashQueue>, which: F) -> Self {
        which(queue).fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(queue), which)
    }
}

impl<F: Fn(&HashQueue) -> &AtomicU64> Drop for Counted<F> {
    fn drop(&mut self) {
        (self.1)(&self.0).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Process {
    /// A host that runs at most `cores` hashes at once, and no more than there is memory for:
    /// `PORTCULLIS_HASH_MEMORY_MIB`, 256 by default.
    ///
    /// # Errors
    /// A sentence about the setting.
    pub(crate) fn new(cores: usize) -> Result<Self, String> {
        let name = "PORTCULLIS_HASH_MEMORY_MIB";
        let set = std::env::var(name).ok().filter(|text| !text.is_empty());
        let mib = match set {
            None => HASH_MEMORY_MIB,
            Some(text) => text
                .parse()
                .ok()
                .filter(|mib| (20..=65_536).contains(mib))
                .ok_or_else(|| format!("{name}: `{text}` isn't a number from 20 to 65536"))?,
        };
        let memory_kib = mib * 1024;
        let cores = cores.max(1);
        let threads = HashThreads::start(cores).map_err(|error| format!("no threads: {error}"))?;
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            memory: Arc::new(Semaphore::new(
                usize::try_from(memory_kib).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            memory_kib,
            threads,
            // Server-side request forgery (CWE-918): a redirect could lead into the network that we are in.
            agent: ureq::Agent::config_builder()
                .timeout_global(Some(POST_WITHIN))
                .max_redirects(0)
                .http_status_as_error(false)
                .build()
                .into(),
            queue: Arc::default(),
        })
    }

    /// How many hashes run and wait.
    pub(crate) fn queue(&self) -> Arc<HashQueue> {
        Arc::clone(&self.queue)
    }
}

impl Host for Process {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn fill_random(&self, out: &mut [u8]) {
        SystemEntropy.fill(out);
    }

    async fn hash_password(&self, job: Job) -> Result<Outcome, String> {
        let kib = job.memory_kib();
        if kib > self.memory_kib {
            return Err(format!(
                "a hash takes {kib} KiB; PORTCULLIS_HASH_MEMORY_MIB lets all of them take {}",
                self.memory_kib
            ));
        }
        let closed = |_| "the server is stopping".to_owned();
        let waiting = Counted::new(&self.queue, |queue| &queue.waiting);
        // First the core, so that nobody holds memory while waiting for one.
        let core = Arc::clone(&self.cores).acquire_owned();
        let core = core.await.map_err(closed)?;
        let memory = Arc::clone(&self.memory).acquire_many_owned(kib);
        let memory = memory.await.map_err(closed)?;
        drop(waiting);
        let running = Counted::new(&self.queue, |queue| &queue.running);
        let work = move |blocks: &mut HashMemory| {
            // Released when the work is done, also if the caller went away in the meantime: else
            // requests that are broken off would add up to any amount of memory.
            let _held = (core, memory, running);
            job.run_in(blocks)
        };
        let done = self.threads.run(work).await;
        // The work panicked: this request fails, and no other.
        done.ok_or_else(|| "the hash was broken off".to_owned())
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

/// Makes a signing key, for the commands that keep the ring without a server.
pub(crate) async fn make_key() -> Result<GeneratedKey, String> {
    GeneratedKey::generate(&mut SystemEntropy).map_err(|error| error.to_string())
}
