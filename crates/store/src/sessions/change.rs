//! Sessions that go on: used, named, given new tokens.

use portcullis_service::session::{Refresh, Rotation, Touch, Touched};
use portcullis_service::{AuditEvent, StoreError};

use crate::{Row, Statement, Value, audit};

/// One statement decides and writes: of many requests at once, one writes.
pub(super) fn touch(touch: &Touch) -> Statement {
    let (if_ends_by_ms, expires_at_ms) = touch
        .extension
        .map_or((0, 0), |later| (later.if_ends_by_ms, later.expires_at_ms));
    Statement::new(
        "UPDATE session SET last_active_at_ms = ?2, \
         updated_at_ms = CASE WHEN expires_at_ms <= ?4 \
         AND min(?5, absolute_expires_at_ms) > expires_at_ms THEN ?2 ELSE updated_at_ms END, \
         expires_at_ms = CASE WHEN expires_at_ms <= ?4 \
         THEN max(expires_at_ms, min(?5, absolute_expires_at_ms)) ELSE expires_at_ms END \
         WHERE id = ?1 AND expires_at_ms > ?2 AND (last_active_at_ms <= ?3 \
         OR (expires_at_ms <= ?4 AND min(?5, absolute_expires_at_ms) > expires_at_ms)) \
         RETURNING expires_at_ms, updated_at_ms",
        vec![
            touch.session_id.as_str().into(),
            touch.now_ms.into(),
            touch.active_before_ms.into(),
            if_ends_by_ms.into(),
            expires_at_ms.into(),
        ],
    )
}

pub(super) fn touched(row: &Row) -> Result<Touched, StoreError> {
    Ok(Touched {
        expires_at_ms: row.integer("expires_at_ms")?,
        updated_at_ms: row.integer("updated_at_ms")?,
    })
}

pub(super) fn name_device(session_id: &str, name: &str, now_ms: i64) -> Statement {
    Statement::new(
        "UPDATE session SET device_name = ?2, updated_at_ms = ?3 \
         WHERE id = ?1 AND expires_at_ms > ?3 RETURNING id",
        vec![session_id.into(), name.into(), now_ms.into()],
    )
}

/// Gives a session new tokens, without a record; the first statement returns a row when it did. For
/// batches that change something else as well: `condition`, with `$1`, `$2`, … for `values`, has to
/// hold then.
#[must_use]
pub fn rotate_statements_if(
    rotation: &Rotation,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Vec<Statement> {
    let refresh = rotation.refresh.as_ref();
    let mut params = vec![
        rotation.session_id.as_str().into(),
        rotation.token_hash.as_str().into(),
        rotation.now_ms.into(),
        rotation.old_until_ms.into(),
        rotation.authenticated_at_ms.into(),
        refresh.map(|new| new.hash.as_str()).into(),
        refresh.map(|new| new.generation).into(),
        refresh.map(|new| new.token_expires_at_ms).into(),
        rotation.from_hash.as_deref().into(),
    ];
    let mut condition = condition.to_owned();
    for (index, value) in values.into_iter().enumerate() {
        params.push(value);
        condition = condition.replace(&format!("${}", index + 1), &format!("?{}", params.len()));
    }
    let text = format!(
        "UPDATE session SET \
         old_token_hash = CASE WHEN ?4 > ?3 THEN token_hash END, old_token_until_ms = min(?4, coalesce(token_expires_at_ms, ?4)), \
         token_hash = ?2, updated_at_ms = ?3, last_active_at_ms = ?3, \
         user_epoch = (SELECT epoch FROM user WHERE user.id = session.user_id), \
         authenticated_at_ms = coalesce(?5, authenticated_at_ms), \
         refresh_hash = coalesce(?6, refresh_hash), \
         refresh_generation = coalesce(?7, refresh_generation), \
         refresh_rotated_at_ms = CASE WHEN ?6 IS NULL THEN refresh_rotated_at_ms ELSE ?3 END, \
         token_expires_at_ms = coalesce(min(?8, expires_at_ms), token_expires_at_ms) \
         WHERE id = ?1 AND expires_at_ms > ?3 AND (?9 IS NULL OR token_hash = ?9) \
         AND {condition} RETURNING id"
    );
    vec![Statement::new(text, params)]
}

/// As [`rotate_statements_if`], whatever else happens.
#[must_use]
pub fn rotate_statements(rotation: &Rotation) -> Vec<Statement> {
    rotate_statements_if(rotation, "1", [])
}

/// The first statement returns a row when the session got its tokens; the event is recorded only then.
pub(super) fn rotate(rotation: &Rotation, event: &AuditEvent) -> Vec<Statement> {
    let mut statements = rotate_statements(rotation);
    statements.push(audit::add_for_sessions(
        event,
        "id = $1 AND token_hash = $2",
        [
            rotation.session_id.as_str().into(),
            rotation.token_hash.as_str().into(),
        ],
    ));
    statements
}

/// A token of ours from before the current one: of the one just before that only after the window. One
/// that nobody issued ends nothing, or a session's id would be enough to end it (denial of service).
const REUSED: &str = "id = $1 AND refresh_hash IS NOT NULL AND refresh_generation > $2 \
    AND NOT (refresh_generation = $2 + 1 AND refresh_rotated_at_ms > $3) AND $4";

/// Ends the session of a token that is used again and records that, then uses a token that is current,
/// then tells the hash of the current one: the results of the second, third and fourth statement.
pub(super) fn refresh(refresh: &Refresh, reuse: &AuditEvent) -> Vec<Statement> {
    let reused: [Value; 4] = [
        refresh.session_id.as_str().into(),
        refresh.generation.into(),
        (refresh.now_ms - refresh.grace_ms).into(),
        refresh.is_ours.into(),
    ];
    let delete = REUSED.replace('$', "?");
    vec![
        audit::add_for_sessions(reuse, REUSED, reused.clone()),
        Statement::new(
            format!("DELETE FROM session WHERE {delete} RETURNING id"),
            reused.to_vec(),
        ),
        Statement::new(
            "UPDATE session SET refresh_hash = ?4, refresh_generation = refresh_generation + 1, \
             refresh_rotated_at_ms = ?5, old_token_hash = token_hash, \
             old_token_until_ms = min(?5 + ?6, coalesce(token_expires_at_ms, ?5 + ?6)), \
             token_hash = ?7, \
             expires_at_ms = max(expires_at_ms, min(?8, absolute_expires_at_ms)), \
             token_expires_at_ms = min(?9, max(expires_at_ms, min(?8, absolute_expires_at_ms))), \
             updated_at_ms = ?5, last_active_at_ms = ?5, \
             user_epoch = (SELECT epoch FROM user WHERE user.id = session.user_id) \
             WHERE id = ?1 AND refresh_hash = ?2 AND refresh_generation = ?3 \
             AND expires_at_ms > ?5 AND EXISTS (SELECT 1 FROM user \
             WHERE user.id = session.user_id AND disabled_at_ms IS NULL) RETURNING id",
            vec![
                refresh.session_id.as_str().into(),
                refresh.hash.as_str().into(),
                refresh.generation.into(),
                refresh.next.hash.as_str().into(),
                refresh.now_ms.into(),
                refresh.grace_ms.into(),
                refresh.next_token_hash.as_str().into(),
                refresh.expires_at_ms.into(),
                refresh.next.token_expires_at_ms.into(),
            ],
        ),
        Statement::new(
            "SELECT refresh_hash FROM session WHERE id = ?1 AND refresh_generation = ?2 \
             AND refresh_rotated_at_ms > ?3 AND refresh_hash IS NOT NULL",
            vec![
                refresh.session_id.as_str().into(),
                (refresh.generation + 1).into(),
                (refresh.now_ms - refresh.grace_ms).into(),
            ],
        ),
    ]
}
