//! The sessions of a user: listed and ended.

use portcullis_service::AuditEvent;
use portcullis_service::session::{MAX_LISTED, Which};

use super::row::COLUMNS;
use crate::{Statement, Value, audit};

pub(super) fn of_user(user_id: &str, now_ms: i64) -> Statement {
    Statement::new(
        format!(
            "SELECT {COLUMNS}, NULL AS superseded_by FROM session s \
             WHERE s.user_id = ?1 AND s.expires_at_ms > ?2 \
             ORDER BY s.last_active_at_ms DESC, s.id LIMIT {}",
            MAX_LISTED + 1
        ),
        vec![user_id.into(), now_ms.into()],
    )
}

/// The session with this id, or the hash of this token, whether it holds or not.
pub(crate) fn named(id: &str, token_hash: &str) -> Statement {
    Statement::new(
        format!(
            "SELECT {COLUMNS}, NULL AS superseded_by FROM session s \
             WHERE s.id = ?1 OR s.token_hash = ?2 LIMIT 1"
        ),
        vec![id.into(), token_hash.into()],
    )
}

/// The last statement returns the id of the session that it ended.
pub(super) fn revoke(
    user_id: &str,
    id: &str,
    token_hash: &str,
    event: &AuditEvent,
) -> Vec<Statement> {
    let values: [Value; 3] = [user_id.into(), id.into(), token_hash.into()];
    vec![
        audit::add_for_sessions(
            event,
            "user_id = $1 AND (id = $2 OR token_hash = $3)",
            values.clone(),
        ),
        Statement::new(
            "DELETE FROM session WHERE user_id = ?1 AND (id = ?2 OR token_hash = ?3) RETURNING id",
            values.to_vec(),
        ),
    ]
}

/// The last statement returns the ids of the sessions that it ended.
pub(super) fn revoke_many(user_id: &str, which: Which<'_>, event: &AuditEvent) -> Vec<Statement> {
    let except = match which {
        Which::All => None,
        Which::Others(id) => Some(id),
    };
    let mut statements = vec![audit::add_for_sessions(
        event,
        "user_id = $1 AND id IS NOT $2 AND expires_at_ms > $3",
        [user_id.into(), except.into(), event.at_ms.into()],
    )];
    statements.extend(end_all_statements(user_id, except));
    statements
}

/// Ends all sessions of a user but the one with this id, without a record; the statement returns the
/// ids of those that it ended.
#[must_use]
pub fn end_all_statements(user_id: &str, except_session_id: Option<&str>) -> Vec<Statement> {
    vec![Statement::new(
        "DELETE FROM session WHERE user_id = ?1 AND id IS NOT ?2 RETURNING id",
        vec![user_id.into(), except_session_id.into()],
    )]
}

pub(super) fn clear(before_ms: i64) -> Statement {
    Statement::new(
        "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at_ms < ?1 \
         ORDER BY expires_at_ms LIMIT 1000) RETURNING id",
        vec![before_ms.into()],
    )
}
