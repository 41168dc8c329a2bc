//! A server on a database that can fail, and requests to it.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use portcullis_core::policy::Policy;
use portcullis_issue::Entropy;
use portcullis_issue::password::{self, Job, Outcome, Params};
use portcullis_issue::service_key::ServiceKey;
use portcullis_service::audit::{self, Collector, chain};
use portcullis_service::feed::Feed;
use portcullis_service::{App, Host, NoHooks, OutgoingRequest, Settings, hooks, keys, mail};
use portcullis_store::{SqlStore, Statement, Watched};
use serde_json::Value;
use tower_service::Service;

use crate::driver::Faulty;

/// 2026-11-22, in Unix milliseconds.
pub(crate) const NOW_MS: i64 = 1_795_308_739_542;
const ORIGIN: &str = "http://127.0.0.1:1";
/// How often a future is asked before it is given up.
const POLLS: usize = 100;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

const POLICY: &str = r#"
name = "faults"
version = "1"
scopes = ["org"]
default_tier = "public"
[[tiers]]
name = "public"
[[tiers]]
name = "beta"
[roles]
EDITOR = {}
AUDITOR = {}
ADMIN = { level = 2, manages = "any" }
[permissions]
"doc:read" = ["EDITOR"]
"doc:write" = ["EDITOR"]
"audit:view" = ["ADMIN", "AUDITOR"]
"apikey:manage" = ["ADMIN"]
"authzen:ask" = ["ADMIN"]
"permission:write" = ["ADMIN"]
"record:write" = ["EDITOR"]
"user:impersonate" = ["ADMIN"]
"user:update" = ["ADMIN"]
"user:create" = ["ADMIN"]
"user:delete" = ["ADMIN"]
"session:manage" = ["ADMIN"]
[resources.doc.fields]
title = "string"
tags = "list<string>"
[tenants]
level = "org"
owner = ["doc:read"]
"#;

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Type and text.
    pub(crate) body: Option<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// Work that a host does by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task {
    Mail,
    Webhook,
    Keys,
    /// Telling a collector what is in the audit log.
    Push,
    /// Signing how far the audit log is.
    Checkpoint,
}

/// What came back; without a body that is JSON, `Null`.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    /// The tag; empty without one.
    pub(crate) etag: String,
}

/// The server, its database, and what a browser keeps.
pub(crate) struct World {
    app: Arc<App<SqlStore<Watched<Faulty>>, Still>>,
    router: Router,
    cookies: BTreeMap<String, String>,
    /// Values of earlier answers that later requests need, by name.
    pub(crate) kept: BTreeMap<&'static str, String>,
}

impl World {
    /// A server with nobody in it.
    pub(crate) fn new() -> Self {
        let policy: Policy = portcullis_core::policy::toml::parse(POLICY).unwrap();
        let secret = "a secret for tests alone, 32 bytes long";
        let mut settings = Settings::new(ORIGIN, secret, policy).unwrap();
        settings.read_named(named).unwrap();
        let feed = Arc::<Feed>::default();
        let app = Arc::new(App {
            settings: Arc::new(settings),
            store: SqlStore::new(Watched::new(Faulty::new(), feed.written())),
            host: Still::default(),
            rings: Arc::default(),
            policies: Arc::default(),
            throttle: Arc::default(),
            feed,
            hooks: Arc::new(NoHooks),
        });
        Self {
            router: portcullis_http::router(Arc::clone(&app)),
            app,
            cookies: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    pub(crate) fn database(&self) -> &Faulty {
        self.app.store.driver().inner()
    }

    /// Sets something up by SQL.
    pub(crate) fn sql(&self, sql: &'static str) {
        self.database()
            .run(&[Statement::new(sql, Vec::new())])
            .unwrap();
    }

    /// Adds an account with [`PASSWORD`].
    pub(crate) fn add(&self, id: &str) {
        let now = NOW_MS - 1_000_000;
        let add = |sql: &'static str, params| Statement::new(sql, params);
        self.database()
            .run(&[
                add(
                    "INSERT INTO user (id, email, name, email_verified, created_at_ms, updated_at_ms) \
                     VALUES (?1, ?1 || '@example.org', ?1, 1, ?2, ?2)",
                    vec![id.into(), now.into()],
                ),
                add(
                    "INSERT INTO password (user_id, phc, updated_at_ms) VALUES (?1, ?2, ?3)",
                    vec![id.into(), stored_hash().into(), now.into()],
                ),
                add(
                    "INSERT INTO role_grant (id, user_id, role, created_at_ms) \
                     VALUES ('g-' || ?1, ?1, 'EDITOR', ?2)",
                    vec![id.into(), now.into()],
                ),
            ])
            .unwrap();
    }

    /// Moves the clock.
    pub(crate) fn later(&self, ms: i64) {
        self.app.host.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sends a request and keeps its cookies; the answer must come and be a success.
    pub(crate) fn must(&mut self, wanted: &Wanted) -> Answer {
        let answer = self.send(wanted).unwrap();
        assert!(answer.status < 400, "{wanted:?}: {answer:?}");
        answer
    }

    /// Sends a request and keeps its cookies; `None` when nobody waits for the answer any more.
    pub(crate) fn send(&mut self, wanted: &Wanted) -> Option<Answer> {
        let response = done(self.router.call(self.request(wanted)))?.unwrap();
        let status = response.status().as_u16();
        for line in response.headers().get_all("set-cookie") {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let etag = response.headers().get("etag");
        let etag = etag.map_or("", |tag| tag.to_str().unwrap()).to_owned();
        let bytes = done(axum::body::to_bytes(response.into_body(), 1 << 20))?.unwrap();
        Some(Answer {
            status,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            etag,
        })
    }

    /// Does what a host does in the background; `None` when it was given up.
    pub(crate) fn work(&self, task: Task) -> Option<bool> {
        match task {
            Task::Mail => done(mail::deliver(&self.app)).map(|done| done.is_ok()),
            Task::Webhook => done(hooks::deliver(&self.app)).map(|done| done.is_ok()),
            Task::Keys => done(keys::rotate(&self.app)).map(|done| done.is_ok()),
            Task::Push => {
                let collector = Collector {
                    webhook: self.app.settings.audit.collector.as_ref().unwrap(),
                    host: &self.app.host,
                };
                let pushed = done(audit::push(&self.app, &collector))?;
                Some(pushed.is_ok_and(|pushed| !pushed.has_failed))
            }
            Task::Checkpoint => done(chain::checkpoint(&self.app, false)).map(|done| done.is_ok()),
        }
    }

    /// The last lines of the log.
    pub(crate) fn said(&self) -> String {
        let said = self.app.host.said.lock().unwrap();
        let last = said.iter().rev().take(4).cloned();
        last.collect::<Vec<_>>().join("\n")
    }

    /// Requests that a receiver got.
    pub(crate) fn posted(&self) -> u64 {
        self.app.host.posted.load(Ordering::Relaxed)
    }

    /// Keeps a text of an answer for later requests.
    pub(crate) fn keep(&mut self, name: &'static str, value: &Value) {
        let text = value
            .as_str()
            .unwrap_or_else(|| panic!("no text for {name}"));
        self.kept.insert(name, text.to_owned());
    }

    /// Keeps the secret of the last mail.
    pub(crate) fn keep_mailed(&mut self) {
        assert_eq!(self.work(Task::Mail), Some(true));
        let secret = {
            let said = self.app.host.said.lock().unwrap();
            let lines = said
                .iter()
                .rev()
                .map(|line| serde_json::from_str(line).unwrap());
            let tokens = lines.filter_map(|line: Value| Some(line["token"].as_str()?.to_owned()));
            tokens.take(1).collect::<Vec<_>>()
        };
        self.kept.insert("secret", secret[0].clone());
    }

    /// Forgets all cookies, as another browser.
    pub(crate) fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    /// What a browser would do that never got the answer: it has the cookies of before.
    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.clone()
    }

    pub(crate) fn set_cookies(&mut self, cookies: BTreeMap<String, String>) {
        self.cookies = cookies;
    }

    fn request(&self, wanted: &Wanted) -> axum::extract::Request {
        let mut request = http::Request::builder()
            .method(wanted.method)
            .uri(&wanted.path)
            .header("origin", ORIGIN);
        for (name, value) in &wanted.headers {
            request = request.header(*name, value);
        }
        let is_bot = wanted
            .headers
            .iter()
            .any(|(name, _)| *name == "authorization");
        if !self.cookies.is_empty() && !is_bot {
            let pairs = self.cookies.iter();
            let pairs: Vec<_> = pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let body = match &wanted.body {
            Some((media, text)) => {
                request = request.header("content-type", *media);
                Body::from(text.clone())
            }
            None => Body::empty(),
        };
        request.body(body).unwrap()
    }
}

/// Everything on, and rates that no test reaches.
fn named(name: &'static str) -> Option<String> {
    let value = match name {
        "PORTCULLIS_SIGN_UP" | "PORTCULLIS_DELETE_USER" | "PORTCULLIS_RBAC_PERMISSION_WRITES" => {
            "on"
        }
        "PORTCULLIS_MAIL" => "log",
        "PORTCULLIS_RATES" => "all=6000000/60",
        "PORTCULLIS_GUESSES" => "free=100000,max=1000000",
        "PORTCULLIS_SERVICE_KEYS" => return Some(service_keys()),
        "PORTCULLIS_WEBHOOK_URL" | "PORTCULLIS_AUDIT_COLLECTOR_URL" => "http://127.0.0.1:9/hook",
        "PORTCULLIS_WEBHOOK_SECRET" | "PORTCULLIS_AUDIT_COLLECTOR_SECRET" => {
            "a secret for tests alone, 32 bytes long"
        }
        "PORTCULLIS_RECORDS_PERMISSION" => "record:write",
        "PORTCULLIS_AUTHZEN_PERMISSION" => "authzen:ask",
        "PORTCULLIS_RBAC_AUTHORIZATION" => r#"{"permissions.write":"permission:write"}"#,
        _ => return None,
    };
    Some(value.to_owned())
}

/// The key of a bot of one network.
pub(crate) fn service_key() -> ServiceKey {
    ServiceKey::generate(&mut Seeded(77))
}

fn service_keys() -> String {
    let hash = service_key().hash().to_string();
    serde_json::json!({ "bot": { "hash": hash, "networks": ["discord"] } }).to_string()
}

/// The hash of [`PASSWORD`], made once.
fn stored_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| password::hash(PASSWORD, &Params::default(), [7; 16]).unwrap())
}

/// Does the work on a password, each piece of work once: hundreds of runs ask for the same.
fn hashed(mut job: Job) -> Outcome {
    static DONE: Mutex<BTreeMap<String, Outcome>> = Mutex::new(BTreeMap::new());
    match &mut job {
        Job::Check { salt, .. } | Job::Hash { salt, .. } => *salt = [9; 16],
    }
    let key = serde_json::to_string(&job).unwrap();
    let mut done = DONE.lock().unwrap();
    done.entry(key).or_insert_with(|| job.run()).clone()
}

/// The result of a future, unless it doesn't come.
fn done<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..POLLS {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

/// A host whose time stands still until it is moved, and whose randomness is always the same.
#[derive(Debug)]
struct Still {
    now_ms: AtomicI64,
    drawn: AtomicU64,
    said: Mutex<Vec<String>>,
    posted: AtomicU64,
}

impl Default for Still {
    fn default() -> Self {
        Self {
            now_ms: AtomicI64::new(NOW_MS),
            drawn: AtomicU64::new(1),
            said: Mutex::default(),
            posted: AtomicU64::new(0),
        }
    }
}

impl Host for Still {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, out: &mut [u8]) {
        Seeded(self.drawn.fetch_add(1, Ordering::Relaxed)).fill(out);
    }

    async fn hash_password(&self, job: Job) -> Result<Outcome, String> {
        Ok(hashed(job))
    }

    async fn post(&self, _request: OutgoingRequest) -> Result<u16, String> {
        self.posted.fetch_add(1, Ordering::Relaxed);
        Ok(200)
    }

    fn log(&self, line: &str) {
        self.said.lock().unwrap().push(line.to_owned());
    }
}

/// `SplitMix64`: different bytes for different seeds, which is all that is asked.
struct Seeded(u64);

impl Entropy for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)).to_le_bytes()[0];
        }
    }
}
