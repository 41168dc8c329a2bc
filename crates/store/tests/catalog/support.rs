//! A driver over SQLite in memory that says what its statements cost, and random rows.

use std::sync::Mutex;

use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;
use portcullis_service::catalog::{CatalogStore, Registered};
use portcullis_service::{AuditEvent, AuditStatus, NewGrant, NewUser, StoreError, User};
use portcullis_store::{Driver, Row, SqlStore, Statement, Tables, accounts};
use rusqlite::{Connection, StatementStatus};
use serde_json::{Map, Value as Json};

use crate::database::database;
pub(crate) use crate::done::done;
use crate::rows::rows;

pub(crate) const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

pub(crate) type TestStore = SqlStore<Memory>;

/// SQLite in memory with the product's schema.
pub(crate) struct Memory {
    connection: Mutex<Connection>,
    last: Mutex<Cost>,
}

/// What the last statement that read did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cost {
    /// Instructions of SQLite's machine.
    pub(crate) steps: i32,
    /// The plan, a line a step.
    pub(crate) plan: Vec<String>,
}

impl Memory {
    pub(crate) fn last(&self) -> Cost {
        self.last.lock().unwrap().clone()
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.connection.lock().unwrap().execute_batch(sql).unwrap();
    }
}

impl Driver for Memory {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let told = |error: rusqlite::Error| StoreError::new(error.to_string());
        let connection = self.connection.lock().unwrap();
        let (rows, steps) = run(&connection, &statement).map_err(told)?;
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.sql());
        let explain = Statement::new(explain, statement.params().to_vec());
        let (plan, _) = run(&connection, &explain).map_err(told)?;
        let plan = plan.iter().map(|row| row.text("detail").unwrap()).collect();
        *self.last.lock().unwrap() = Cost { steps, plan };
        Ok(rows)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        let told = |error: rusqlite::Error| StoreError::new(error.to_string());
        let mut connection = self.connection.lock().unwrap();
        let transaction = connection.transaction().map_err(told)?;
        let mut results = Vec::new();
        for statement in &statements {
            results.push(run(&transaction, statement).map_err(told)?.0);
        }
        transaction.commit().map_err(told)?;
        Ok(results)
    }
}

fn run(connection: &Connection, statement: &Statement) -> rusqlite::Result<(Vec<Row>, i32)> {
    let found = rows(connection, statement)?;
    let prepared = connection.prepare_cached(statement.sql())?;
    Ok((found, prepared.get_status(StatementStatus::VmStep)))
}

/// An empty store.
pub(crate) fn store() -> TestStore {
    SqlStore::new(Memory {
        connection: Mutex::new(database(&Tables::default())),
        last: Mutex::default(),
    })
}

pub(crate) fn policy() -> Policy {
    toml::parse(include_str!("policy.toml")).unwrap()
}

pub(crate) fn event() -> AuditEvent {
    AuditEvent {
        id: 0,
        at_ms: 1,
        action: "record.put".to_owned(),
        status: AuditStatus::Ok,
        user_id: None,
        scope: None,
        request_id: "r1".to_owned(),
        latency_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        fields: Map::new(),
    }
}

pub(crate) fn members(json: Json) -> Map<String, Json> {
    let Json::Object(members) = json else {
        panic!("{json} is no object");
    };
    members
}

pub(crate) fn put(store: &TestStore, kind: &str, id: &str, mut properties: Map<String, Json>) {
    properties.insert("id".to_owned(), id.into());
    let record = Registered {
        kind: kind.to_owned(),
        id: id.to_owned(),
        properties,
        updated_at_ms: 1,
    };
    done(store.put_registered(&record, &event())).unwrap();
}

/// Makes an account with grants and attributes.
pub(crate) fn add_user(store: &TestStore, id: &str, grants: &[String], tier: &str, with: &Json) {
    let user = User {
        id: id.to_owned(),
        email: format!("{id}@example.org"),
        name: id.to_owned(),
        email_verified: false,
        image: None,
        tier: Some(tier.to_owned()),
        disabled_at_ms: None,
        created_at_ms: 1,
        updated_at_ms: 1,
        epoch: 0,
    };
    let grant = |(index, grant): (usize, &String)| {
        let (role, scope) = grant.split_once('@').unwrap_or((grant, ""));
        NewGrant {
            id: format!("{id}-{index}"),
            role: role.to_owned(),
            scope: scope.to_owned(),
        }
    };
    let new = NewUser {
        user,
        phc: String::new(),
        grants: grants.iter().enumerate().map(grant).collect(),
    };
    done(store.driver().batch(accounts::add_user(&new, false))).unwrap();
    let attributes = with.to_string().replace('\'', "''");
    store.driver().execute(&format!(
        "UPDATE user SET attributes = '{attributes}' WHERE id = '{id}'"
    ));
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }

    /// Random members of a record of type `doc`; some are absent, some null.
    pub(crate) fn doc(&mut self, users: usize) -> Map<String, Json> {
        let user = |dice: &mut Self| format!("u{}", dice.roll(users));
        let mut all = vec![
            ("owner_id", Json::from(user(self))),
            ("region_id", (*self.pick(&["n", "s"])).into()),
            ("ward_id", (*self.pick(&["w1", "w2", "w3"])).into()),
            ("team", (*self.pick(&["red", "blue"])).into()),
            ("shared", Json::from(vec![user(self), user(self)])),
            ("level", self.roll(6).into()),
            ("score", (*self.pick(&[5.0, 4.5, 6.0])).into()),
            ("locked", (self.roll(4) == 0).into()),
            ("public", (self.roll(4) == 0).into()),
        ];
        for (_, value) in &mut all {
            if self.roll(8) == 0 {
                *value = Json::Null;
            }
        }
        all.retain(|_| self.roll(8) != 0);
        let named = all
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        named.collect()
    }

    /// Random grants.
    pub(crate) fn grants(&mut self) -> Vec<String> {
        const ROLES: [&str; 5] = ["ADMIN", "NURSE", "HEAD", "AUDITOR", "WRITER"];
        const SCOPES: [&str; 7] = [
            "",
            "@region:n",
            "@region:s",
            "@region:n/ward:w1",
            "@ward:w2",
            "@region:s/ward:w1",
            "@region:s/ward:w3",
        ];
        let some = self.roll(3);
        let mut grants: Vec<String> = (0..some)
            .map(|_| {
                // Seldom global: then everything is found.
                let scope = match self.roll(10) {
                    0 => "",
                    _ => SCOPES[1 + self.roll(6)],
                };
                format!("{}{scope}", self.pick(&ROLES))
            })
            .collect();
        grants.dedup();
        grants
    }

    pub(crate) fn attributes(&mut self) -> Json {
        let mut attributes = serde_json::json!({
            "clearance": self.roll(5),
            "teams": [*self.pick(&["red", "blue", "green"])],
        });
        if self.roll(5) == 0 {
            attributes["clearance"] = Json::Null;
        }
        attributes
    }
}
