//! The ring of signing keys. Each change holds only if the ring is still as it was seen: two hosts
//! may rotate at the same time.

use portcullis_issue::keyring::{KeyRecord, KeyState, PublicJwk};
use portcullis_service::{RingChange, StoreError};

use crate::{Row, Statement, Value};

pub(crate) fn list() -> Statement {
    Statement::new(
        "SELECT kid AS id, * FROM signing_key ORDER BY created_secs, kid",
        Vec::new(),
    )
}

pub(crate) fn record(row: &Row) -> Result<KeyRecord, StoreError> {
    let since_secs = row.optional_integer("since_secs")?.map(i64::cast_unsigned);
    Ok(KeyRecord {
        public: PublicJwk::parse(&row.text("public_jwk")?)
            .map_err(|error| row.inconsistent("public_jwk", &error.to_string()))?,
        state: KeyState::parse(&row.text("state")?, since_secs)
            .map_err(|error| row.inconsistent("state", &error.to_string()))?,
        sealed_private: row.text("sealed_private")?,
        created_secs: row.integer("created_secs")?.cast_unsigned(),
    })
}

pub(crate) fn change(change: &RingChange, now_secs: u64) -> Vec<Statement> {
    match change {
        RingChange::Add(record) => vec![add(record)],
        RingChange::Drop { kid } => vec![Statement::new(
            "DELETE FROM signing_key WHERE kid = ?1 AND state <> 'active'",
            vec![kid.as_str().into()],
        )],
        RingChange::Promote { next, retire } => promote(next, retire.as_deref(), now_secs),
        RingChange::Reseal { kid, from, to } => vec![Statement::new(
            "UPDATE signing_key SET sealed_private = ?3 WHERE kid = ?1 AND sealed_private = ?2",
            vec![
                kid.as_str().into(),
                from.as_str().into(),
                to.as_str().into(),
            ],
        )],
        RingChange::Retire { kid } => vec![retire(kid, now_secs)],
    }
}

fn add(record: &KeyRecord) -> Statement {
    Statement::new(
        "INSERT INTO signing_key (kid, state, since_secs, public_jwk, sealed_private, created_secs) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        vec![
            record.kid().into(),
            record.state.name().into(),
            record.state.since_secs().map(number).into(),
            record.public.to_json().into(),
            record.sealed_private.as_str().into(),
            number(record.created_secs).into(),
        ],
    )
}

/// Retires the active key only while the next one is there to take its place, then puts it there.
fn promote(next: &str, active: Option<&str>, now_secs: u64) -> Vec<Statement> {
    let now = number(now_secs);
    vec![
        Statement::new(
            "UPDATE signing_key SET state = 'retired', since_secs = ?3 \
             WHERE kid = ?2 AND state = 'active' \
             AND EXISTS (SELECT 1 FROM signing_key WHERE kid = ?1 AND state = 'next')",
            vec![next.into(), active.into(), now.into()],
        ),
        Statement::new(
            "UPDATE signing_key SET state = 'active', since_secs = ?2 \
             WHERE kid = ?1 AND state = 'next' \
             AND NOT EXISTS (SELECT 1 FROM signing_key WHERE state = 'active')",
            vec![next.into(), now.into()],
        ),
    ]
}

fn retire(kid: &str, now_secs: u64) -> Statement {
    Statement::new(
        "UPDATE signing_key SET state = 'retired', since_secs = ?2 \
         WHERE kid = ?1 AND state = 'active'",
        vec![kid.into(), Value::Integer(number(now_secs))],
    )
}

fn number(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}
