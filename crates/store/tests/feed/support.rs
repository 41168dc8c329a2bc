//! One database, its copy that lags, and servers on them.

use core::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use portcullis_core::policy::Policy;
use portcullis_issue::Entropy;
use portcullis_issue::opaque::SessionToken;
use portcullis_service::feed::Feed;
use portcullis_service::request::{self, Request};
use portcullis_service::{
    App, Caller, Denied, Error, GeneratedKey, Host, NoHooks, OutgoingRequest, SIGNATURE_BYTES,
    Settings, Signer, StoreError, feed, token,
};
use portcullis_store::{Driver, Row, SqlStore, Statement, Tables, Watched, accounts};
use rusqlite::Connection;

use crate::database::database;
pub(crate) use crate::done::done;
pub(crate) use crate::seeded::Seeded;
use crate::transact::transact;

/// 2100-03-01, in Unix milliseconds: sessions of these tests end long after the day of the machine, by
/// which the schema tells those that were over long ago.
pub(crate) const START_MS: i64 = 4_107_542_400_000;
/// The bound of these tests' servers.
pub(crate) const BOUND_MS: i64 = 1000;
pub(crate) const SECRET: &str = "a secret for tests alone, 32 bytes long";

const POLICY: &str = r#"
name = "t"
version = "1"
scopes = ["org"]
[roles.READER]
level = 1
[permissions]
"doc:read" = ["READER"]
"doc:write" = []
[auth]
region = "string"
[tenants]
level = "org"
owner = ["doc:read"]
"#;

pub(crate) type Server = App<SqlStore<Watched<Copies>>, Still>;

/// What all servers share.
#[derive(Debug)]
pub(crate) struct World {
    primary: Mutex<Connection>,
    /// Made when it is first read, with how many batches it has.
    replica: Mutex<Option<(Connection, usize)>>,
    written: Mutex<Vec<Vec<Statement>>>,
    /// Reads at the primary fail.
    pub(crate) fails: AtomicBool,
    /// Writes are done, and nobody hears of it.
    pub(crate) loses_answers: AtomicBool,
    /// Hosts sign nothing.
    pub(crate) refuses_to_sign: AtomicBool,
    /// How many keys hosts make, then no more.
    pub(crate) keys_to_make: AtomicU64,
    pub(crate) now_ms: AtomicI64,
    tables: Tables,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        Self::with_tables(&Tables::default())
    }

    pub(crate) fn with_tables(tables: &Tables) -> Arc<Self> {
        Arc::new(Self {
            primary: Mutex::new(database(tables)),
            replica: Mutex::default(),
            written: Mutex::default(),
            fails: AtomicBool::new(false),
            loses_answers: AtomicBool::new(false),
            refuses_to_sign: AtomicBool::new(false),
            keys_to_make: AtomicU64::new(u64::MAX),
            now_ms: AtomicI64::new(START_MS),
            tables: tables.clone(),
        })
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Statements that somebody runs with a shell, past every server.
    pub(crate) fn sql(&self, text: &str) -> Vec<Row> {
        let statements = text
            .split(';')
            .filter(|one| !one.trim().is_empty())
            .map(|one| Statement::new(one.trim().to_owned(), Vec::new()))
            .collect();
        self.write(statements).unwrap().pop().unwrap()
    }

    /// An account with a session; returns the session's token.
    pub(crate) fn user(&self, id: &str) -> String {
        let sql = format!(
            "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
             VALUES ('{id}', '{id}@example.org', '{id}', {START_MS}, {START_MS})"
        );
        self.sql(&sql);
        self.session(id, &format!("session-of-{id}"))
    }

    /// A session of an account; returns its token.
    pub(crate) fn session(&self, user_id: &str, id: &str) -> String {
        self.sessions(user_id, &[id.to_owned()]).remove(0)
    }

    /// Sessions of an account; returns their tokens.
    pub(crate) fn sessions(&self, user_id: &str, ids: &[String]) -> Vec<String> {
        let (now, end) = (self.now_ms(), self.now_ms() + 7 * 86_400_000);
        let seed = |id: &String| {
            id.bytes().fold(7_u64, |seed, byte| {
                seed.wrapping_mul(257).wrapping_add(byte.into())
            })
        };
        let tokens = ids
            .iter()
            .map(|id| SessionToken::generate(&mut Seeded(seed(id))));
        let tokens: Vec<_> = tokens.collect();
        let insert = |(id, token): (&String, &SessionToken)| {
            format!(
                "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
                 expires_at_ms, remember_me, absolute_expires_at_ms, last_active_at_ms, \
                 authenticated_at_ms) \
                 VALUES ('{id}', '{}', '{user_id}', {now}, {now}, {end}, 1, {end}, {now}, {now})",
                token.hash()
            )
        };
        let inserts: Vec<_> = ids.iter().zip(&tokens).map(insert).collect();
        self.sql(&inserts.join(";"));
        tokens
            .iter()
            .map(|token| token.expose().to_owned())
            .collect()
    }

    /// Brings the copy up to date.
    pub(crate) fn catch_up(&self) {
        self.catch_up_to(usize::MAX);
    }

    fn catch_up_to(&self, batches: usize) {
        let written = self.written.lock().unwrap();
        let mut replica = self.replica.lock().unwrap();
        let (connection, done) = replica.get_or_insert_with(|| (database(&self.tables), 0));
        for batch in written.iter().take(batches).skip(*done) {
            transact(connection, batch).unwrap();
            *done += 1;
        }
    }

    fn write(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let results = transact(&mut self.primary.lock().unwrap(), &statements)?;
        self.written.lock().unwrap().push(statements);
        Ok(results)
    }

    /// A server on the database, which reads from the copy if `lags`.
    pub(crate) fn server(self: &Arc<Self>, lags: bool) -> Server {
        self.server_with(lags, SECRET, |_| {})
    }

    pub(crate) fn server_with(
        self: &Arc<Self>,
        lags: bool,
        secrets: &str,
        change: impl FnOnce(&mut Settings),
    ) -> Server {
        let policy: Policy = portcullis_core::policy::toml::parse(POLICY).unwrap();
        let mut settings = Settings::new("http://127.0.0.1:1", secrets, policy).unwrap();
        assert_eq!(settings.feed.revocation_bound_ms, BOUND_MS);
        change(&mut settings);
        let feed = Arc::<Feed>::default();
        let copies = Copies {
            world: Arc::clone(self),
            lags,
        };
        let driver = Watched::new(copies, feed.written());
        App {
            settings: Arc::new(settings),
            store: SqlStore::with_tables(driver, self.tables.clone()),
            host: Still {
                world: Arc::clone(self),
                drawn: AtomicU64::new(1),
            },
            rings: Arc::default(),
            policies: Arc::default(),
            throttle: Arc::default(),
            feed,
            hooks: Arc::new(NoHooks),
        }
    }
}

/// The database as a server sees it.
#[derive(Debug)]
pub(crate) struct Copies {
    world: Arc<World>,
    lags: bool,
}

impl Driver for Copies {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        if self.world.fails.load(Ordering::Relaxed) {
            return Err(StoreError::new("the database doesn't answer"));
        }
        let mut primary = self.world.primary.lock().unwrap();
        Ok(transact(&mut primary, &[statement])?.remove(0))
    }

    async fn query_replica(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        if !self.lags {
            return self.query(statement).await;
        }
        let seen = request::current().and_then(|request| {
            let bookmark = request.seen_bookmark()?.to_owned();
            bookmark.parse().ok()
        });
        self.world.catch_up_to(seen.unwrap_or(0));
        let mut replica = self.world.replica.lock().unwrap();
        let (connection, _) = replica.as_mut().unwrap();
        Ok(transact(connection, &[statement])?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let results = self.world.write(statements)?;
        if self.world.loses_answers.load(Ordering::Relaxed) {
            return Err(StoreError::new("the answer was lost"));
        }
        if let Some(request) = request::current() {
            request.note_bookmark(self.world.written.lock().unwrap().len().to_string());
        }
        Ok(results)
    }

    fn has_replicas(&self) -> bool {
        self.lags
    }
}

/// A host with the world's clock.
#[derive(Debug)]
pub(crate) struct Still {
    world: Arc<World>,
    drawn: AtomicU64,
}

impl Host for Still {
    fn now_ms(&self) -> i64 {
        self.world.now_ms()
    }

    fn fill_random(&self, out: &mut [u8]) {
        Seeded(self.drawn.fetch_add(1, Ordering::Relaxed)).fill(out);
    }

    async fn make_key(&self) -> Result<GeneratedKey, String> {
        let less_one = |left: u64| left.checked_sub(1);
        let left = &self.world.keys_to_make;
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less_one)
            .map_err(|_| "the platform makes no keys".to_owned())?;
        let mut entropy = Seeded(self.drawn.fetch_add(1, Ordering::Relaxed));
        GeneratedKey::generate(&mut entropy).map_err(|error| error.to_string())
    }

    async fn sign(&self, signer: &Signer, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], String> {
        if self.world.refuses_to_sign.load(Ordering::Relaxed) {
            return Err("the platform doesn't sign".to_owned());
        }
        Ok(signer.sign(message))
    }

    async fn post(&self, _request: OutgoingRequest) -> Result<u16, String> {
        Err("nobody is told anything".to_owned())
    }

    fn log(&self, _line: &str) {}
}

/// The result of a future that is part of a request.
pub(crate) fn within<T>(request: &Arc<Request>, future: impl Future<Output = T>) -> T {
    done(request::serve(Arc::clone(request), future))
}

/// A result, and how many statements and round trips it took.
pub(crate) fn counted<T>(future: impl Future<Output = T>) -> (T, (u32, u32)) {
    let request = Arc::<Request>::default();
    let result = within(&request, future);
    (result, request.counted())
}

/// Who a session token's bearer is; `None` for nobody.
pub(crate) fn caller(server: &Server, token: &str) -> Option<Caller> {
    known(done(feed::by_token(server, token)))
}

/// Who an access token's bearer is; `None` for nobody.
pub(crate) fn bearer(server: &Server, token: &str) -> Option<Caller> {
    known(done(token::caller(server, token)))
}

pub(crate) fn known(outcome: Result<Caller, Error>) -> Option<Caller> {
    match outcome {
        Ok(caller) => Some(caller),
        Err(Error::Denied(Denied::Unauthenticated)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// An access token of a session.
pub(crate) fn minted(server: &Server, session_token: &str) -> String {
    let caller = caller(server, session_token).unwrap();
    done(token::mint(server, &caller)).unwrap()
}

/// Disables an account through a server, which knows of it at once.
pub(crate) fn disable(server: &Server, id: &str) {
    let email = format!("{id}@example.org");
    let statements = accounts::set_disabled(&email, true, server.host.now_ms());
    done(server.store.driver().batch(statements)).unwrap();
}

/// Roles as text.
pub(crate) fn roles(caller: Option<Caller>) -> Vec<String> {
    let grants = caller.into_iter().flat_map(|caller| caller.grants);
    grants.map(|grant| grant.to_string()).collect()
}
