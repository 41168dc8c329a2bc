//! Sessions: begun, looked up, extended, ended.

use portcullis_core::decide::Grant;
use portcullis_service::{AuditEvent, Caller, NewSession, Session, SessionRef, StoreError};

use crate::tenants::{MEMBERSHIPS, PERMISSION_EPOCH};
use crate::{Row, Statement, Tables, accounts, audit};

/// The first statement returns a row when the session was begun; the others hold only then.
pub(crate) fn begin(new: &NewSession, event: &AuditEvent) -> Vec<Statement> {
    let session = &new.session;
    let mut statements = vec![Statement::new(
        "INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
         expires_at_ms, ip_address, user_agent, remember_me) \
         SELECT ?1, ?2, id, ?4, ?4, ?5, ?6, ?7, ?8 FROM user \
         WHERE id = ?3 AND disabled_at_ms IS NULL RETURNING id",
        vec![
            session.id.as_str().into(),
            new.token_hash.as_str().into(),
            session.user_id.as_str().into(),
            session.created_at_ms.into(),
            session.expires_at_ms.into(),
            session.ip_address.as_str().into(),
            session.user_agent.as_str().into(),
            session.remember_me.into(),
        ],
    )];
    if let Some(replaced) = &new.replaces_token_hash {
        statements.push(Statement::new(
            "DELETE FROM session WHERE token_hash = ?1 AND user_id = ?2 \
             AND EXISTS (SELECT 1 FROM session WHERE id = ?3)",
            vec![
                replaced.as_str().into(),
                session.user_id.as_str().into(),
                session.id.as_str().into(),
            ],
        ));
    }
    if let Some(rehash) = &new.rehash {
        statements.push(Statement::new(
            "UPDATE password SET phc = ?2, updated_at_ms = ?4 WHERE user_id = ?1 AND phc = ?3 \
             AND EXISTS (SELECT 1 FROM session WHERE id = ?5)",
            vec![
                session.user_id.as_str().into(),
                rehash.to.as_str().into(),
                rehash.from.as_str().into(),
                session.created_at_ms.into(),
                session.id.as_str().into(),
            ],
        ));
    }
    statements.push(audit::add_if_session(event, &session.id));
    statements
}

/// Everything that is known of a caller in one statement: what it may do is as new as its session.
pub(crate) fn caller_by(tables: &Tables, session: &SessionRef, now_ms: i64) -> Statement {
    let (column, key) = match session {
        SessionRef::Id(id) => ("id", id),
        SessionRef::TokenHash(hash) => ("token_hash", hash),
    };
    let text = format!(
        "SELECT u.*, s.id AS session_id, s.created_at_ms AS session_created_at_ms, \
         s.updated_at_ms AS session_updated_at_ms, s.expires_at_ms, s.ip_address, \
         s.user_agent, s.remember_me, \
         (SELECT json_group_array(CASE g.scope WHEN '' THEN g.role \
         ELSE g.role || '@' || g.scope END) FROM role_grant g WHERE g.user_id = u.id) \
         AS grants, {MEMBERSHIPS} AS memberships, {PERMISSION_EPOCH} AS policy_epoch \
         FROM session s JOIN user u ON u.id = s.user_id \
         WHERE s.{column} = ?1 AND s.expires_at_ms > ?2 AND u.disabled_at_ms IS NULL"
    );
    Statement::new(tables.fill(&text), vec![key.as_str().into(), now_ms.into()])
}

pub(crate) fn caller(row: &Row) -> Result<Caller, StoreError> {
    let user = accounts::user(row)?;
    let texts: Vec<String> = serde_json::from_str(&row.text("grants")?)
        .map_err(|_| row.inconsistent("grants", "a JSON list of texts"))?;
    let attributes = serde_json::from_str(&row.text("attributes")?)
        .map_err(|_| row.inconsistent("attributes", "a JSON object"))?;
    let tenants = serde_json::from_str(&row.text("memberships")?)
        .map_err(|_| row.inconsistent("memberships", "a JSON list of memberships"))?;
    Ok(Caller {
        session: Session {
            id: row.text("session_id")?,
            user_id: user.id.clone(),
            created_at_ms: row.integer("session_created_at_ms")?,
            updated_at_ms: row.integer("session_updated_at_ms")?,
            expires_at_ms: row.integer("expires_at_ms")?,
            ip_address: row.text("ip_address")?,
            user_agent: row.text("user_agent")?,
            remember_me: row.flag("remember_me")?,
        },
        user,
        grants: texts.iter().map(|text| Grant::parse(text)).collect(),
        attributes,
        tenants,
        policy_epoch: row.integer("policy_epoch")?,
    })
}

pub(crate) fn extend(id: &str, expires_at_ms: i64, now_ms: i64) -> Statement {
    Statement::new(
        "UPDATE session SET expires_at_ms = ?2, updated_at_ms = ?3 \
         WHERE id = ?1 AND expires_at_ms > ?3 AND expires_at_ms < ?2 RETURNING id",
        vec![id.into(), expires_at_ms.into(), now_ms.into()],
    )
}

/// The last statement returns a row when there was a session to end.
pub(crate) fn end(session: &SessionRef, event: &AuditEvent) -> Vec<Statement> {
    let (sql, key) = match session {
        SessionRef::Id(id) => ("DELETE FROM session WHERE id = ?1 RETURNING id", id),
        SessionRef::TokenHash(hash) => (
            "DELETE FROM session WHERE token_hash = ?1 RETURNING id",
            hash,
        ),
    };
    vec![
        audit::add_for_session(event, session),
        Statement::new(sql, vec![key.as_str().into()]),
    ]
}
