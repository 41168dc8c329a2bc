//! The audit log.

use portcullis_service::{AuditEvent, AuditStatus, SessionRef, StoreError};
use serde_json::{Map, Value as Json};

use crate::{Row, Statement, Value};

macro_rules! add_where {
    ($user:literal, $rest:literal) => {
        concat!(
            "INSERT INTO audit (at_ms, action, status, user_id, scope, request_id, latency_ms, \
             ip_address, fields) SELECT ?1, ?2, ?3, ",
            $user,
            ", ?5, ?6, ?7, ?8, ?9 ",
            $rest
        )
    };
}

/// Adds an event.
#[must_use]
pub fn add(event: &AuditEvent) -> Statement {
    Statement::new(add_where!("?4", ""), params(event))
}

/// Adds an event only if a session with this id exists.
pub(crate) fn add_if_session(event: &AuditEvent, session_id: &str) -> Statement {
    let mut params = params(event);
    params.push(session_id.into());
    Statement::new(
        add_where!("?4", "WHERE EXISTS (SELECT 1 FROM session WHERE id = ?10)"),
        params,
    )
}

/// Adds an event about an account, only if there is one with this id or address.
#[must_use]
pub fn add_if_user(event: &AuditEvent, id_or_email: &str) -> Statement {
    let mut params = params(event);
    params.push(id_or_email.into());
    Statement::new(
        add_where!(
            "coalesce(?4, id)",
            "FROM user WHERE id = ?10 OR email = ?10"
        ),
        params,
    )
}

/// Adds an event only if a record of this type and id is registered.
pub(crate) fn add_if_registered(event: &AuditEvent, kind: &str, id: &str) -> Statement {
    let mut params = params(event);
    params.extend([kind.into(), id.into()]);
    Statement::new(
        add_where!(
            "?4",
            "WHERE EXISTS (SELECT 1 FROM record WHERE type = ?10 AND id = ?11)"
        ),
        params,
    )
}

/// Adds an event only if the change with this id was made; `outbox` is the quoted name of the table
/// of changes.
pub(crate) fn add_if_changed(event: &AuditEvent, change_id: &str, outbox: &str) -> Statement {
    let text = add_where!("?4", "WHERE EXISTS (SELECT 1 FROM ");
    let mut params = params(event);
    params.push(change_id.into());
    Statement::new(
        format!("{text}{outbox} WHERE id = ?10 AND verdict = 'ok')"),
        params,
    )
}

/// Adds an event about the user of a session, only if there is such a session.
pub(crate) fn add_for_session(event: &AuditEvent, session: &SessionRef) -> Statement {
    let (sql, key) = match session {
        SessionRef::Id(id) => (
            add_where!("coalesce(?4, user_id)", "FROM session WHERE id = ?10"),
            id,
        ),
        SessionRef::TokenHash(hash) => (
            add_where!(
                "coalesce(?4, user_id)",
                "FROM session WHERE token_hash = ?10"
            ),
            hash,
        ),
    };
    let mut params = params(event);
    params.push(key.as_str().into());
    Statement::new(sql, params)
}

fn params(event: &AuditEvent) -> Vec<Value> {
    vec![
        event.at_ms.into(),
        event.action.as_str().into(),
        event.status.as_str().into(),
        event.user_id.clone().into(),
        event.scope.clone().into(),
        event.request_id.as_str().into(),
        event.latency_ms.into(),
        event.ip_address.as_str().into(),
        Json::Object(event.fields.clone()).to_string().into(),
    ]
}

pub(crate) fn page(after: i64, limit: u32) -> Statement {
    Statement::new(
        "SELECT * FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2",
        vec![after.into(), i64::from(limit).into()],
    )
}

pub(crate) fn event(row: &Row) -> Result<AuditEvent, StoreError> {
    let status = match row.text("status")?.as_str() {
        "ok" => AuditStatus::Ok,
        "fail" => AuditStatus::Fail,
        _ => return Err(row.inconsistent("status", "`ok` or `fail`")),
    };
    let fields: Map<String, Json> = serde_json::from_str(&row.text("fields")?)
        .map_err(|_| row.inconsistent("fields", "a JSON object"))?;
    Ok(AuditEvent {
        id: row.integer("id")?,
        at_ms: row.integer("at_ms")?,
        action: row.text("action")?,
        status,
        user_id: row.optional_text("user_id")?,
        scope: row.optional_text("scope")?,
        request_id: row.text("request_id")?,
        latency_ms: row.integer("latency_ms")?,
        ip_address: row.text("ip_address")?,
        fields,
    })
}
