//! A driver over SQLite, and what the tests put into it.

use std::sync::Mutex;

use portcullis_service::{
    AuditEvent, AuditStatus, NewGrant, NewSession, NewUser, Session, Store, StoreError, User,
};
use portcullis_store::{Driver, MIGRATIONS, Row, SqlStore, Statement, Tables, accounts};
use rusqlite::Connection;

use crate::d1::D1;
use crate::database::database;
pub(crate) use crate::done::done;
pub(crate) use crate::seeded::Seeded;
use crate::transact::transact;

/// 2026-11-22, in Unix milliseconds: an ordinary present.
pub(crate) const NOW_MS: i64 = 1_795_308_739_542;
/// 2100-03-01, in Unix milliseconds: beyond 32 bits of seconds, whatever their sign.
pub(crate) const YEAR_2100_MS: i64 = 4_107_542_400_000;

pub(crate) type TestStore = SqlStore<Connected>;

/// A connection to a database with the product's schema: SQLite, or a real D1 when one is named.
#[derive(Debug)]
pub(crate) enum Connected {
    D1(D1),
    Sqlite(Mutex<Connection>),
}

impl Connected {
    fn new(tables: &Tables) -> Self {
        let Some(d1) = D1::take() else {
            return Self::Sqlite(Mutex::new(database(tables)));
        };
        d1.run_files(MIGRATIONS.iter().map(|one| tables.migration(one)));
        Self::D1(d1)
    }

    fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        match self {
            Self::D1(d1) => d1.run(statements),
            Self::Sqlite(connection) => transact(&mut connection.lock().unwrap(), statements),
        }
    }
}

impl Driver for Connected {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(&[statement])?.remove(0))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        self.run(&statements)
    }
}

/// An empty store.
pub(crate) fn store() -> TestStore {
    named_store(&Tables::default(), &[])
}

/// A store whose tables have these names, with the accounts of these ids.
pub(crate) fn named_store(tables: &Tables, ids: &[&str]) -> TestStore {
    let store = SqlStore::with_tables(Connected::new(tables), tables.clone());
    for id in ids {
        add_user(&store, &new_user(id, &[]));
    }
    store
}

/// Runs a statement of the test's own.
pub(crate) fn query(store: &TestStore, sql: &'static str) -> Vec<Row> {
    done(store.driver().query(Statement::new(sql, Vec::new()))).unwrap()
}

/// The number that `SELECT count(*) …` gives.
pub(crate) fn count(store: &TestStore, sql: &'static str) -> i64 {
    query(store, sql)[0].integer("count(*)").unwrap()
}

/// An account to make: `ann` becomes `ann@example.org` with the id `ann`.
pub(crate) fn new_user(id: &str, grants: &[(&str, &str)]) -> NewUser {
    NewUser {
        user: User {
            id: id.to_owned(),
            email: format!("{id}@example.org"),
            name: id.to_owned(),
            email_verified: false,
            image: None,
            tier: None,
            disabled_at_ms: None,
            created_at_ms: NOW_MS,
            updated_at_ms: NOW_MS,
            epoch: 0,
        },
        phc: format!("phc of {id}"),
        grants: grants
            .iter()
            .enumerate()
            .map(|(index, (role, scope))| NewGrant {
                id: format!("{id}-{index}"),
                role: (*role).to_owned(),
                scope: (*scope).to_owned(),
            })
            .collect(),
    }
}

/// A store with the accounts of these ids.
pub(crate) fn store_with(ids: &[&str]) -> TestStore {
    let store = store();
    for id in ids {
        add_user(&store, &new_user(id, &[]));
    }
    store
}

/// Makes an account.
pub(crate) fn add_user(store: &TestStore, new: &NewUser) {
    let results = done(store.driver().batch(accounts::add_user(new, false))).unwrap();
    assert_eq!(results[0].len(), 1);
}

/// A week's session to begin; its token's hash is `hash of ` and its id.
pub(crate) fn new_session(id: &str, user_id: &str) -> NewSession {
    NewSession {
        session: Session {
            id: id.to_owned(),
            user_id: user_id.to_owned(),
            created_at_ms: NOW_MS,
            updated_at_ms: NOW_MS,
            expires_at_ms: NOW_MS + 7 * 86_400_000,
            ip_address: "192.0.2.1".to_owned(),
            user_agent: "a browser".to_owned(),
            remember_me: true,
            absolute_expires_at_ms: NOW_MS + 30 * 86_400_000,
            last_active_at_ms: NOW_MS,
            authenticated_at_ms: NOW_MS,
            methods: vec!["pwd".to_owned()],
            device_id: "device-1".to_owned(),
            device_name: "Ann's phone".to_owned(),
            user_epoch: 0,
            refreshable: None,
            superseded_by: None,
            token_ends_ms: NOW_MS + 7 * 86_400_000,
            impersonated_by: None,
        },
        token_hash: format!("hash of {id}"),
        replaces_token_hash: None,
        rehash: None,
        refresh: None,
    }
}

/// Begins a session, which must succeed.
pub(crate) fn begin(store: &TestStore, new: &NewSession) {
    let user_id = new.session.user_id.as_str();
    assert!(done(store.begin_session(new, &event("auth.login", Some(user_id)))).unwrap());
}

/// An event to record.
pub(crate) fn event(action: &str, user_id: Option<&str>) -> AuditEvent {
    AuditEvent {
        id: 0,
        at_ms: NOW_MS,
        action: action.to_owned(),
        status: AuditStatus::Ok,
        user_id: user_id.map(str::to_owned),
        scope: None,
        request_id: "r1".to_owned(),
        latency_ms: 7,
        ip_address: "192.0.2.1".to_owned(),
        user_agent: "a browser".to_owned(),
        fields: serde_json::Map::new(),
    }
}

/// The whole audit log.
pub(crate) fn audit_log(store: &TestStore) -> Vec<AuditEvent> {
    done(store.audit_page(0, 1000)).unwrap()
}
