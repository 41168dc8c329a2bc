//! A session's columns and how they are read.

use portcullis_service::{Impersonator, Refreshable, Session, StoreError};

use crate::Row;

/// The columns of a session `s`, under names that clash with none of a user's.
pub(super) const COLUMNS: &str = "s.id AS session_id, s.user_id AS session_user_id, \
    s.created_at_ms AS session_created_at_ms, s.updated_at_ms AS session_updated_at_ms, \
    s.expires_at_ms, s.ip_address, s.user_agent, s.remember_me, s.absolute_expires_at_ms, \
    s.last_active_at_ms, s.authenticated_at_ms, s.methods, s.device_id, s.device_name, \
    s.user_epoch, s.token_expires_at_ms, s.refresh_hash IS NOT NULL AS is_refreshable, \
    s.refresh_generation, s.old_token_until_ms, s.impersonator_user_id, s.impersonator_session_id";

/// The administrator who acts as the owner of a session, of [`COLUMNS`].
pub(super) fn impersonator(row: &Row) -> Result<Option<Impersonator>, StoreError> {
    let user_id = row.optional_text("impersonator_user_id")?;
    let session_id = row.optional_text("impersonator_session_id")?;
    Ok(user_id
        .zip(session_id)
        .map(|(user_id, session_id)| Impersonator {
            user_id,
            session_id,
        }))
}

/// Reads [`COLUMNS`], and `superseded_by` where the session was looked up by a token's hash.
pub(crate) fn session(row: &Row) -> Result<Session, StoreError> {
    let methods = serde_json::from_str(&row.text("methods")?)
        .map_err(|_| row.inconsistent("methods", "a JSON list of texts"))?;
    let expires_at_ms = row.integer("expires_at_ms")?;
    let token_expires_at_ms = row.optional_integer("token_expires_at_ms")?;
    let superseded_by = row.optional_text("superseded_by")?;
    let mut token_ends_ms = expires_at_ms.min(token_expires_at_ms.unwrap_or(expires_at_ms));
    if superseded_by.is_some() {
        token_ends_ms = token_ends_ms.min(row.integer("old_token_until_ms")?);
    }
    let refreshable = if row.flag("is_refreshable")? {
        Some(Refreshable {
            generation: row.integer("refresh_generation")?,
            token_expires_at_ms: token_expires_at_ms.unwrap_or(expires_at_ms),
        })
    } else {
        None
    };
    Ok(Session {
        id: row.text("session_id")?,
        user_id: row.text("session_user_id")?,
        created_at_ms: row.integer("session_created_at_ms")?,
        updated_at_ms: row.integer("session_updated_at_ms")?,
        expires_at_ms,
        ip_address: row.text("ip_address")?,
        user_agent: row.text("user_agent")?,
        remember_me: row.flag("remember_me")?,
        // A row without it isn't extended: it ends when it says.
        absolute_expires_at_ms: row.integer("absolute_expires_at_ms")?.max(expires_at_ms),
        last_active_at_ms: row.integer("last_active_at_ms")?,
        authenticated_at_ms: row.integer("authenticated_at_ms")?,
        methods,
        device_id: row.text("device_id")?,
        device_name: row.text("device_name")?,
        user_epoch: row.integer("user_epoch")?,
        refreshable,
        superseded_by,
        token_ends_ms,
        impersonated_by: row.optional_text("impersonator_user_id")?,
    })
}
