//! A server on SQLite in memory, people in it, and a clock that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::policy::Policy;
use portcullis_service::admin::{Account, AdminStore, Refused};
use portcullis_service::feed::Feed;
use portcullis_service::{
    App, Caller, Context, Denied, Error, Host, NoHooks, SessionRef, Settings, Store, impersonation,
};
use portcullis_store::{Row, SqlStore, Statement, Watched};

use crate::clock::Clock;
pub(crate) use crate::done::done;
use crate::memory::Memory;

/// 2100-03-01, in Unix milliseconds.
pub(crate) const START_MS: i64 = 4_107_542_400_000;
const SCOPES: [&str; 5] = [
    "state:ca",
    "state:ny",
    "state:ca/team:t1",
    "state:ca/team:t2",
    "state:ny/team:t3",
];

pub(crate) type Server = App<SqlStore<Watched<Memory>>, Clock>;

/// The server and what is asked of it.
pub(crate) struct World {
    pub(crate) app: Server,
    pub(crate) context: Context,
    made: AtomicU64,
}

impl World {
    pub(crate) fn new(policy: &str) -> Self {
        let policy: Policy = portcullis_core::policy::toml::parse(policy).unwrap();
        let has_scopes = !policy.levels().is_empty();
        let secret = "a secret for tests alone, 32 bytes long";
        let settings = Settings::new("http://127.0.0.1:1", secret, policy).unwrap();
        let feed = Arc::<Feed>::default();
        let world = Self {
            app: App {
                settings: Arc::new(settings),
                store: SqlStore::new(Watched::new(Memory::new(), feed.written())),
                host: Clock::at(START_MS),
                rings: Arc::default(),
                policies: Arc::default(),
                throttle: Arc::default(),
                feed,
                hooks: Arc::new(NoHooks),
            },
            context: Context::default(),
            made: AtomicU64::new(0),
        };
        for path in SCOPES.iter().filter(|_| has_scopes) {
            let leaf = path.rsplit('/').next().unwrap();
            world.sql(&format!(
                "INSERT INTO scope (leaf, path, label, created_at_ms) VALUES ('{leaf}', '{path}', '', 1)"
            ));
        }
        world
    }

    /// Runs SQL of the test's own.
    pub(crate) fn sql(&self, text: &str) -> Vec<Row> {
        let statement = Statement::new(text.to_owned(), Vec::new());
        let driver = self.app.store.driver().inner();
        driver.run(&[statement]).unwrap().remove(0)
    }

    /// A number that SQL gives as `n`.
    pub(crate) fn count(&self, text: &str) -> i64 {
        self.sql(text)[0].integer("n").unwrap()
    }

    /// Somebody with a session and these roles, `ROLE` or `ROLE@scope`; returns the id.
    pub(crate) fn person<T: AsRef<str>>(&self, grants: &[T]) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let id = format!("person{number:026}");
        self.sql(&format!(
            "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
             VALUES ('{id}', '{id}@example.org', 'Person {number}', {START_MS} + {number}, {START_MS})"
        ));
        for (index, grant) in grants.iter().enumerate() {
            let (role, scope) = grant
                .as_ref()
                .split_once('@')
                .unwrap_or((grant.as_ref(), ""));
            self.sql(&format!(
                "INSERT INTO role_grant (id, user_id, role, scope, created_at_ms) \
                 VALUES ('g{index}-{id}', '{id}', '{role}', '{scope}', 1)"
            ));
        }
        self.session(&id);
        id
    }

    /// One more session of somebody; returns its id, as it is listed.
    pub(crate) fn session(&self, user_id: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let id = format!("session{number:025}");
        self.sql(&format!(
            "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
             expires_at_ms, remember_me, absolute_expires_at_ms, authenticated_at_ms) \
             SELECT '{id}', 'hash of {id}', id, {START_MS}, {START_MS}, {START_MS} + 864000000000, 1, \
             {START_MS} + 864000000000, {START_MS} FROM user WHERE id = '{user_id}'"
        ));
        id
    }

    /// Somebody as a caller, as the store knows it now.
    pub(crate) fn caller(&self, user_id: &str) -> Caller {
        let rows = self.sql(&format!(
            "SELECT id FROM session WHERE user_id = '{user_id}' ORDER BY id LIMIT 1"
        ));
        let session = SessionRef::Id(rows[0].text("id").unwrap());
        let caller = done(self.app.store.caller(&session, self.app.host.now_ms()));
        caller.unwrap().unwrap()
    }

    pub(crate) fn account(&self, user_id: &str) -> Option<Account> {
        done(self.app.store.account(user_id)).unwrap()
    }
}

/// What a use case said, in a word.
pub(crate) fn word<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(Error::Denied(Denied::Admin(Refused::NotAllowed { guard, .. }))) => {
            format!("not allowed {}", guard.operation)
        }
        Err(Error::Denied(Denied::Admin(Refused::NotHeld { role, .. }))) => {
            format!("not held {role}")
        }
        Err(Error::Denied(Denied::Admin(refused))) => format!("{refused:?}"),
        Err(Error::Denied(Denied::Impersonation(
            impersonation::Refused::NotAllowed(_) | impersonation::Refused::Above(_),
        ))) => "not allowed admin.impersonate".to_owned(),
        Err(Error::Denied(Denied::Impersonation(refused))) => format!("{refused:?}"),
        Err(Error::Denied(denied)) => format!("{denied:?}"),
        Err(Error::Fault(fault)) => panic!("{fault}"),
    }
}
