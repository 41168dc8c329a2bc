//! Mail in an operator's hands.

use portcullis_service::AuditEvent;

use crate::{Statement, Value, audit};

/// Mail that waits and mail that nobody tries any more, oldest first, without what it carries.
#[must_use]
pub fn list(only_dead: bool, limit: u32) -> Statement {
    Statement::new(
        "SELECT id, kind, user_id, recipient, created_at_ms, expires_at_ms, attempts, next_at_ms, \
         dead_at_ms, last_error, sealed IS NOT NULL AS is_kept FROM mail \
         WHERE ?1 = 0 OR dead_at_ms IS NOT NULL ORDER BY created_at_ms, id LIMIT ?2",
        vec![only_dead.into(), i64::from(limit).into()],
    )
}

/// Lets a mail, or all, be handed on at once, with fresh attempts: those whose link still opens
/// something and that still carry it. The first statement gives a row for each.
#[must_use]
pub fn retry(id: Option<&str>, now_ms: i64, event: &AuditEvent) -> Vec<Statement> {
    let one: Value = id.into();
    let is_meant = "sealed IS NOT NULL AND expires_at_ms > ?2 AND (?1 IS NULL OR id = ?1)";
    vec![
        Statement::new(
            format!(
                "UPDATE mail SET dead_at_ms = NULL, attempts = 0, next_at_ms = ?2 WHERE {is_meant} \
                 RETURNING id"
            ),
            vec![one, now_ms.into()],
        ),
        audit::add(event),
    ]
}
