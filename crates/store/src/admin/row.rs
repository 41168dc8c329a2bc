//! An account's columns, and how they are read.

use portcullis_service::StoreError;
use portcullis_service::admin::{Account, Ban, HeldGrant};

use crate::{Row, Statement, accounts, scopes};

/// The roles of an account `u`, as JSON.
pub(super) const GRANTS: &str = "(SELECT json_group_array(json_array(g.id, g.role, g.scope, \
     g.created_at_ms)) FROM role_grant g WHERE g.user_id = u.id) AS grants";

pub(super) fn by_id(user_id: &str) -> Statement {
    Statement::new(
        format!("SELECT u.*, {GRANTS} FROM user u WHERE u.id = ?1"),
        vec![user_id.into()],
    )
}

pub(super) fn by_ids(user_ids: &[String]) -> Statement {
    Statement::new(
        format!("SELECT u.*, {GRANTS} FROM user u WHERE u.id IN (SELECT value FROM json_each(?1))"),
        vec![scopes::json(user_ids)],
    )
}

pub(super) fn account(row: &Row) -> Result<Account, StoreError> {
    let grants: Vec<(String, String, String, i64)> = serde_json::from_str(&row.text("grants")?)
        .map_err(|_| row.inconsistent("grants", "a JSON list of grants"))?;
    Ok(Account {
        user: accounts::user(row)?,
        grants: grants
            .into_iter()
            .map(|(id, role, scope, created_at_ms)| HeldGrant {
                id,
                role,
                scope,
                created_at_ms,
            })
            .collect(),
        ban: ban(row)?,
        disabled_reason: row.optional_text("disabled_reason")?,
    })
}

/// The ban of an account, which may be over.
pub(crate) fn ban(row: &Row) -> Result<Option<Ban>, StoreError> {
    let Some(since_ms) = row.optional_integer("banned_at_ms")? else {
        return Ok(None);
    };
    Ok(Some(Ban {
        since_ms,
        reason: row.optional_text("ban_reason")?,
        expires_at_ms: row.optional_integer("ban_expires_at_ms")?,
    }))
}
