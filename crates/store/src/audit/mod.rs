//! The audit log.

mod chain;
pub mod push;
pub mod seal;
pub mod search;

use portcullis_service::{AuditEvent, AuditStatus, StoreError};
use serde_json::{Map, Value as Json};

use crate::{Row, Statement, Value};

macro_rules! add_where {
    ($user:literal, $rest:literal) => {
        concat!(
            "INSERT INTO audit (at_ms, action, status, user_id, scope, request_id, latency_ms, \
             ip_address, fields, user_agent) SELECT ?1, ?2, ?3, ",
            $user,
            ", ?5, ?6, ?7, ?8, ?9, ?10 ",
            $rest
        )
    };
}

use add_where;

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
        add_where!("?4", "WHERE EXISTS (SELECT 1 FROM session WHERE id = ?11)"),
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
            "FROM user WHERE id = ?11 OR email = ?11"
        ),
        params,
    )
}

/// Adds an event only if there is no account with this id.
pub(crate) fn add_unless_user(event: &AuditEvent, id: &str) -> Statement {
    let mut params = params(event);
    params.push(id.into());
    Statement::new(
        add_where!("?4", "WHERE NOT EXISTS (SELECT 1 FROM user WHERE id = ?11)"),
        params,
    )
}

/// Adds an event only if there is an API key with this id.
pub(crate) fn add_if_api_key(event: &AuditEvent, id: &str) -> Statement {
    let mut params = params(event);
    params.push(id.into());
    Statement::new(
        add_where!("?4", "WHERE EXISTS (SELECT 1 FROM api_key WHERE id = ?11)"),
        params,
    )
}

/// Adds an event for each API key whose end has come by `now_ms`, about its user and naming it.
pub(crate) fn add_for_expired_api_keys(event: &AuditEvent, now_ms: i64) -> Statement {
    let mut params = params(event);
    params.push(now_ms.into());
    Statement::new(
        "INSERT INTO audit (at_ms, action, status, user_id, scope, request_id, latency_ms, \
         ip_address, fields, user_agent) SELECT ?1, ?2, ?3, coalesce(?4, user_id), ?5, ?6, ?7, ?8, \
         json_set(?9, '$.key', id), ?10 FROM api_key WHERE expires_at_ms <= ?11",
        params,
    )
}

/// Adds an event about the owner of a one-time value, or about nobody if there is no such value.
pub(crate) fn add_for_one_time(event: &AuditEvent, value_id: &str) -> Statement {
    let mut params = params(event);
    params.push(value_id.into());
    Statement::new(
        add_where!(
            "coalesce(?4, (SELECT user_id FROM one_time WHERE id = ?11))",
            ""
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
            "WHERE EXISTS (SELECT 1 FROM record WHERE type = ?11 AND id = ?12)"
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
        format!("{text}{outbox} WHERE id = ?11 AND verdict = 'ok')"),
        params,
    )
}

/// Adds an event only if there is this code for a link to an identity.
pub(crate) fn add_if_link_code(event: &AuditEvent, code_hash: &str) -> Statement {
    let mut params = params(event);
    params.push(code_hash.into());
    Statement::new(
        add_where!(
            "coalesce(?4, user_id)",
            "FROM identity_link_code WHERE code_hash = ?11"
        ),
        params,
    )
}

/// Adds an event about the user whom a link to an identity leads to, only if there is this link.
pub(crate) fn add_if_linked(event: &AuditEvent, link_id: &str) -> Statement {
    let mut params = params(event);
    params.push(link_id.into());
    Statement::new(
        add_where!("coalesce(?4, user_id)", "FROM identity_link WHERE id = ?11"),
        params,
    )
}

/// Adds an event only if the user has this link to an identity.
pub(crate) fn add_if_link_of(event: &AuditEvent, link_id: &str, user_id: &str) -> Statement {
    let mut params = params(event);
    params.extend([link_id.into(), user_id.into()]);
    Statement::new(
        add_where!(
            "?4",
            "WHERE EXISTS (SELECT 1 FROM identity_link WHERE id = ?11 AND user_id = ?12)"
        ),
        params,
    )
}

/// Adds an event about the user whom an identity is linked to, only if there is one who isn't
/// disabled.
pub(crate) fn add_for_identity(event: &AuditEvent, network: &str, external_id: &str) -> Statement {
    let mut params = params(event);
    params.extend([network.into(), external_id.into()]);
    Statement::new(
        add_where!(
            "coalesce(?4, u.id)",
            "FROM identity_link l JOIN user u ON u.id = l.user_id \
             WHERE l.network = ?11 AND l.external_id = ?12 AND u.disabled_at_ms IS NULL"
        ),
        params,
    )
}

/// Adds an event for each session that a condition finds, about its user and naming it. `$1`, `$2`, …
/// in the condition are `values`.
pub(crate) fn add_for_sessions(
    event: &AuditEvent,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    const PREFIX: &str = "INSERT INTO audit (at_ms, action, status, user_id, scope, request_id, \
         latency_ms, ip_address, fields, user_agent) SELECT ?1, ?2, ?3, coalesce(?4, user_id), ?5, \
         ?6, ?7, ?8, json_set(?9, '$.session', id), ?10 FROM session WHERE ";
    let mut params = params(event);
    let mut condition = condition.to_owned();
    for (index, value) in values.into_iter().enumerate() {
        params.push(value);
        condition = condition.replace(&format!("${}", index + 1), &format!("?{}", params.len()));
    }
    Statement::new(format!("{PREFIX}{condition}"), params)
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
        event.user_agent.as_str().into(),
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
        // Dumps of databases before this column are read too.
        user_agent: row.text("user_agent").unwrap_or_default(),
        fields,
    })
}
