//! The real thing: use cases over SQLite in memory, with a clock that the test sets.

use std::sync::Arc;

use portcullis_core::policy::Policy;
use portcullis_service::feed::Feed;
use portcullis_service::session::SessionSettings;
use portcullis_service::{App, NoHooks, Settings};
use portcullis_store::{SqlStore, Statement, Watched};

use crate::clock::Clock;
pub(crate) use crate::done::done;
use crate::memory::Memory;
use crate::model::{
    ABSOLUTE_SECS, ACTIVITY_SECS, FRESH_SECS, GRACE_SECS, IDLE_SECS, SHORT_SECS, STEP_SECS,
    TOKEN_SECS,
};

/// 2100-03-01, in Unix milliseconds: beyond 32 bits of seconds, and long after the machine's own day.
pub(crate) const START_MS: i64 = 4_107_542_400_000;

pub(crate) type Server = App<SqlStore<Watched<Memory>>, Clock>;

const POLICY: &str = "name = \"t\"\nversion = \"1\"\n[roles.R]\nlevel = 1\n";

pub(crate) fn server() -> Server {
    let memory = Memory::new();
    for id in ["ann", "bob"] {
        let sql = "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
                   VALUES (?1, ?1 || '@example.org', ?1, 0, 0)";
        let user = Statement::new(sql, vec![id.into()]);
        memory.run(&[user]).unwrap();
    }
    let policy: Policy = portcullis_core::policy::toml::parse(POLICY).unwrap();
    let secret = "a secret for tests alone, 32 bytes long";
    let mut settings = Settings::new("http://127.0.0.1:1", secret, policy).unwrap();
    settings.sessions = SessionSettings {
        idle_secs: IDLE_SECS,
        absolute_secs: ABSOLUTE_SECS,
        short_secs: SHORT_SECS,
        token_secs: TOKEN_SECS,
        activity_secs: ACTIVITY_SECS,
        grace_secs: GRACE_SECS,
        fresh_secs: FRESH_SECS,
        ..SessionSettings::default()
    };
    assert_eq!(settings.sessions.extension_step_secs(), STEP_SECS);
    let feed = Arc::<Feed>::default();
    App {
        settings: Arc::new(settings),
        store: SqlStore::new(Watched::new(memory, feed.written())),
        host: Clock::at(START_MS),
        rings: Arc::default(),
        policies: Arc::default(),
        throttle: Arc::default(),
        feed,
        hooks: Arc::new(NoHooks),
    }
}
