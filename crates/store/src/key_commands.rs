//! What an operator does to the ring of signing keys, without its private parts: the same statements
//! on SQLite and on D1. The key that is to follow is made by the server, within an hour.

use portcullis_service::AuditEvent;

use crate::{Statement, Value, audit};

/// Lets the next key sign and retires the one that signs now, together; nothing happens while the
/// next one was made after `made_before_secs`, or there is none. The second statement returns the key
/// that signs from now on; the third records the event, if there is one.
#[must_use]
pub fn rotate(made_before_secs: u64, now_secs: u64, event: &AuditEvent) -> Vec<Statement> {
    let params = || vec![number(made_before_secs).into(), number(now_secs).into()];
    vec![
        Statement::new(
            "UPDATE signing_key SET state = 'retired', since_secs = ?2 WHERE state = 'active' \
             AND EXISTS (SELECT 1 FROM signing_key WHERE state = 'next' AND created_secs <= ?1)",
            params(),
        ),
        Statement::new(
            "UPDATE signing_key SET state = 'active', since_secs = ?2 \
             WHERE state = 'next' AND created_secs <= ?1 \
             AND NOT EXISTS (SELECT 1 FROM signing_key WHERE state = 'active') RETURNING kid",
            params(),
        ),
        add_if(
            event,
            "state = 'retired' AND since_secs",
            number(now_secs).into(),
        ),
    ]
}

/// Takes a key out of the ring at once: it isn't published any more, and what it signed no longer
/// verifies. If it is the one that signs, the next one takes its place. The first statement records
/// the event, and the last returns the key, if it was there.
#[must_use]
pub fn remove(kid: &str, now_secs: u64, event: &AuditEvent) -> Vec<Statement> {
    let now = number(now_secs);
    vec![
        add_if(event, "kid", kid.into()),
        Statement::new(
            "UPDATE signing_key SET state = 'retired', since_secs = ?2 \
             WHERE kid = ?1 AND state = 'active'",
            vec![kid.into(), now.into()],
        ),
        Statement::new(
            "UPDATE signing_key SET state = 'active', since_secs = ?2 \
             WHERE state = 'next' AND kid <> ?1 \
             AND NOT EXISTS (SELECT 1 FROM signing_key WHERE state = 'active')",
            vec![kid.into(), now.into()],
        ),
        Statement::new(
            "DELETE FROM signing_key WHERE kid = ?1 RETURNING kid",
            vec![kid.into()],
        ),
    ]
}

/// Records an event if there is a key with this value in this column.
fn add_if(event: &AuditEvent, column: &'static str, value: Value) -> Statement {
    let add = audit::add(event);
    let mut params = add.params().to_vec();
    params.push(value);
    let number = params.len();
    let sql = add.sql();
    Statement::new(
        format!("{sql} WHERE EXISTS (SELECT 1 FROM signing_key WHERE {column} = ?{number})"),
        params,
    )
}

fn number(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}
