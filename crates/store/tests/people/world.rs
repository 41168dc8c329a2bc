//! A server with five people, and those who call it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use portcullis_core::policy::Policy;
use portcullis_issue::Entropy;
use portcullis_issue::opaque::SessionToken;
use portcullis_service::feed::Feed;
use portcullis_service::{App, Host, Job, NoHooks, Outcome, OutgoingRequest, Settings};
use portcullis_store::{Row, SqlStore, Statement, Watched};
use serde_json::{Value, json};
use tower_service::Service;

use crate::done::done;
use crate::memory::Memory;
use crate::seeded::Seeded;

/// 2100-03-01, in Unix milliseconds: sessions of these tests end long after the day of the machine, by
/// which the schema tells those that were over long ago.
pub(crate) const START_MS: i64 = 4_107_542_400_000;
pub(crate) const HOUR_MS: i64 = 3_600_000;
pub(crate) const ORIGIN: &str = "http://127.0.0.1:1";
pub(crate) const BEGIN: &str = "/api/auth/admin/impersonate-user";
pub(crate) const STOP: &str = "/api/auth/admin/stop-impersonating";

const POLICY: &str = r#"
name = "t"
version = "1"
default_tier = "plain"
scopes = ["org"]
[roles.OWNER]
level = 5
[roles.HEAD]
level = 3
[roles.CLERK]
level = 1
[permissions]
"user:impersonate" = ["OWNER", "HEAD"]
"user:create" = ["OWNER", "HEAD"]
"user:delete" = ["OWNER"]
"user:update" = ["OWNER", "HEAD"]
"session:manage" = ["OWNER", "HEAD"]
"doc:read" = ["CLERK", "HEAD", "OWNER"]
[[tiers]]
name = "plain"
[[tiers]]
name = "beta"
[tenants]
level = "org"
owner = ["doc:read"]
"#;

/// People and what they are: the owner is above the heads, and these above the clerk and the guest.
const PEOPLE: [(&str, &str); 5] = [
    ("owner", "OWNER"),
    ("head", "HEAD"),
    ("peer", "HEAD"),
    ("clerk", "CLERK"),
    ("guest", ""),
];

pub(crate) struct World {
    pub(crate) app: Arc<App<SqlStore<Watched<Memory>>, Still>>,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn cookie_lines(&self) -> Vec<&str> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines.map(|line| line.to_str().unwrap()).collect()
    }
}

/// How somebody calls.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    Bearer(String),
    /// A browser with its cookies, by name.
    Browser(BTreeMap<String, String>),
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let policy: Policy = portcullis_core::policy::toml::parse(POLICY).unwrap();
        let secret = "a secret for tests alone, 32 bytes long";
        let mut settings = Settings::new(ORIGIN, secret, policy).unwrap();
        change(&mut settings);
        let feed = Arc::<Feed>::default();
        let app = Arc::new(App {
            settings: Arc::new(settings),
            store: SqlStore::new(Watched::new(Memory::new(), feed.written())),
            host: Still::default(),
            rings: Arc::default(),
            policies: Arc::default(),
            throttle: Arc::default(),
            feed,
            hooks: Arc::new(NoHooks),
        });
        let world = Self {
            router: portcullis_http::router(Arc::clone(&app)),
            app,
        };
        for (id, role) in PEOPLE {
            world.sql(&format!(
                "INSERT INTO user (id, email, name, email_verified, created_at_ms, updated_at_ms) \
                 VALUES ('{id}', '{id}@example.org', '{id}', 1, 1, 1)"
            ));
            if !role.is_empty() {
                world.sql(&format!(
                    "INSERT INTO role_grant (id, user_id, role, created_at_ms) \
                     VALUES ('g-{id}', '{id}', '{role}', 1)"
                ));
            }
        }
        world
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.app.host.now_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.app.host.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Runs a statement as an operator's shell would: no server hears of it but by the schema.
    pub(crate) fn sql(&self, sql: &str) -> Vec<Row> {
        let statement = Statement::new(sql.to_owned(), Vec::new());
        let memory = self.app.store.driver().inner();
        memory.run(&[statement]).unwrap().remove(0)
    }

    pub(crate) fn count(&self, from: &str) -> i64 {
        let rows = self.sql(&format!("SELECT count(*) AS n FROM {from}"));
        rows[0].integer("n").unwrap()
    }

    /// Begins a session of 30 days; its id is `session-of-` and the user's.
    pub(crate) fn sign_in(&self, id: &str) -> String {
        self.sign_in_for(id, 30 * 24 * HOUR_MS)
    }

    pub(crate) fn sign_in_for(&self, id: &str, ms: i64) -> String {
        let seed = self.app.host.drawn.fetch_add(1, Ordering::Relaxed);
        let token = SessionToken::generate(&mut Seeded(seed));
        let (now, end) = (self.now_ms(), self.now_ms() + ms);
        self.sql(&format!(
            "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
             expires_at_ms, remember_me, absolute_expires_at_ms, last_active_at_ms, \
             authenticated_at_ms, user_epoch) SELECT 'session-of-{id}', '{}', '{id}', {now}, {now}, \
             {end}, 1, {end}, {now}, {now}, epoch FROM user WHERE id = '{id}'",
            token.hash()
        ));
        token.expose().to_owned()
    }

    pub(crate) fn bearer(&self, id: &str) -> Caller {
        Caller::Bearer(self.sign_in(id))
    }

    /// A browser in which somebody is signed in.
    pub(crate) fn browser(&self, id: &str) -> Caller {
        let token = self.sign_in(id);
        let secrets = &self.app.settings.secrets;
        let value = portcullis_issue::cookie_signature::sign(secrets, &token);
        Caller::Browser(BTreeMap::from([(
            "better-auth.session_token".to_owned(),
            value,
        )]))
    }

    /// Acts as somebody else; how to call as them.
    pub(crate) fn begin(&self, caller: &mut Caller, as_id: &str) -> Caller {
        let answer = self.post(caller, BEGIN, json!({ "userId": as_id }));
        assert_eq!(answer.status, 200, "{answer:?}");
        match caller {
            Caller::Browser(_) => caller.clone(),
            Caller::Bearer(_) => {
                Caller::Bearer(answer.json["session"]["token"].as_str().unwrap().to_owned())
            }
        }
    }

    pub(crate) fn post(&self, caller: &mut Caller, path: &str, json: Value) -> Answer {
        self.send(caller, "POST", path, Some(json))
    }

    pub(crate) fn get(&self, caller: &mut Caller, path: &str) -> Answer {
        self.send(caller, "GET", path, None)
    }

    /// The id of who is signed in; `None` for nobody.
    pub(crate) fn who(&self, caller: &mut Caller) -> Option<String> {
        let answer = self.get(caller, "/api/auth/get-session?disableRefresh=true");
        assert_eq!(answer.status, 200, "{answer:?}");
        Some(answer.json["user"]["id"].as_str()?.to_owned())
    }

    /// Sends a request; a browser keeps the answer's cookies.
    pub(crate) fn send(
        &self,
        caller: &mut Caller,
        method: &str,
        path: &str,
        json: Option<Value>,
    ) -> Answer {
        let body = json.map_or_else(String::new, |json| json.to_string());
        self.call(caller, method, path, "application/json", body)
    }

    /// Sends a file.
    pub(crate) fn send_file(
        &self,
        caller: &mut Caller,
        path: &str,
        kind: &str,
        file: &str,
    ) -> Answer {
        self.call(caller, "POST", path, kind, file.to_owned())
    }

    fn call(
        &self,
        caller: &mut Caller,
        method: &str,
        path: &str,
        kind: &str,
        body: String,
    ) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("origin", ORIGIN)
            .header("user-agent", "a test");
        match caller {
            Caller::Bearer(token) => {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            Caller::Browser(cookies) => {
                let pairs = cookies
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"));
                request = request.header("cookie", pairs.collect::<Vec<_>>().join("; "));
            }
        }
        let request = request.header("content-type", kind);
        let mut router = self.router.clone();
        let response = done(router.call(request.body(Body::from(body)).unwrap())).unwrap();
        let (parts, body) = response.into_parts();
        if let Caller::Browser(cookies) = caller {
            for line in parts.headers.get_all("set-cookie") {
                let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
                let value = rest.split(';').next().unwrap();
                if value.is_empty() {
                    cookies.remove(name);
                } else {
                    cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let bytes = done(axum::body::to_bytes(body, 1 << 20)).unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// The last line of the log.
    pub(crate) fn line(&self) -> Value {
        let said = self.app.host.said.lock().unwrap();
        serde_json::from_str(said.last().unwrap()).unwrap()
    }

    /// The last audit record: action, status, user, fields.
    pub(crate) fn record(&self) -> (String, String, String, Value) {
        let rows = self.sql("SELECT * FROM audit ORDER BY id DESC LIMIT 1");
        let text = |name| rows[0].optional_text(name).unwrap().unwrap_or_default();
        let fields = serde_json::from_str(&text("fields")).unwrap();
        (text("action"), text("status"), text("user_id"), fields)
    }
}

/// A host whose time stands still until it is moved.
#[derive(Debug)]
pub(crate) struct Still {
    now_ms: AtomicI64,
    drawn: AtomicU64,
    said: Mutex<Vec<String>>,
}

impl Default for Still {
    fn default() -> Self {
        Self {
            now_ms: AtomicI64::new(START_MS),
            drawn: AtomicU64::new(1),
            said: Mutex::default(),
        }
    }
}

impl Host for Still {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, out: &mut [u8]) {
        Seeded(self.drawn.fetch_add(1, Ordering::Relaxed) << 20).fill(out);
    }

    async fn hash_password(&self, job: Job) -> Result<Outcome, String> {
        Ok(job.run())
    }

    async fn post(&self, _request: OutgoingRequest) -> Result<u16, String> {
        Ok(200)
    }

    fn log(&self, line: &str) {
        self.said.lock().unwrap().push(line.to_owned());
    }
}
