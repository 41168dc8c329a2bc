//! An account's columns, and how they are read.

use portcullis_service::admin::{Account, Ban, HeldGrant};
use portcullis_service::{StoreError, User};
use serde_json::Value as Json;

use crate::{Row, Statement, accounts, scopes};

/// The roles of an account `u`, as JSON.
const GRANTS: &str = "(SELECT json_group_array(json_array(g.id, g.role, g.scope, \
     g.created_at_ms)) FROM role_grant g WHERE g.user_id = u.id) AS grants";

/// An account `u` of a list in one JSON text, for [`listed`]: on D1 each column of each row costs more to
/// bring over than to read.
pub(super) const LISTED: &str = "json_array(page.sort_key, json_array(u.id, u.email, u.name, \
     u.email_verified, u.image, u.tier, u.disabled_at_ms, u.created_at_ms, u.updated_at_ms, u.epoch), \
     json_array(u.disabled_reason, u.banned_at_ms, u.ban_reason, u.ban_expires_at_ms), \
     json((SELECT json_group_array(json_array(g.id, g.role, g.scope, g.created_at_ms)) \
     FROM role_grant g WHERE g.user_id = u.id)))";

/// What [`LISTED`] writes.
type Listed = (Json, Profile, State, Vec<Grant>);
type Profile = (
    String,
    String,
    String,
    i64,
    Option<String>,
    Option<String>,
    Option<i64>,
    i64,
    i64,
    i64,
);
type State = (Option<String>, Option<i64>, Option<String>, Option<i64>);
type Grant = (String, String, String, i64);

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
    let grants: Vec<Grant> = serde_json::from_str(&row.text("grants")?)
        .map_err(|_| row.inconsistent("grants", "a JSON list of grants"))?;
    Ok(Account {
        user: accounts::user(row)?,
        grants: held(grants),
        ban: ban(row)?,
        disabled_reason: row.optional_text("disabled_reason")?,
    })
}

/// The account of a row of a list, and the value that the list is ordered by; `None` for a row that only
/// tells the number of all.
pub(super) fn listed(row: &Row) -> Result<Option<(Account, Json)>, StoreError> {
    let Some(text) = row.optional_text("account")? else {
        return Ok(None);
    };
    let (key, profile, state, grants): Listed = serde_json::from_str(&text)
        .map_err(|_| row.inconsistent("account", "an account in JSON"))?;
    let (id, email, name, email_verified, image, tier, disabled, created, updated, epoch) = profile;
    let (disabled_reason, banned_at_ms, reason, expires_at_ms) = state;
    let account = Account {
        user: User {
            id,
            email,
            name,
            email_verified: email_verified != 0,
            image,
            tier,
            disabled_at_ms: disabled,
            created_at_ms: created,
            updated_at_ms: updated,
            epoch,
        },
        grants: held(grants),
        ban: banned_at_ms.map(|since_ms| Ban {
            since_ms,
            reason,
            expires_at_ms,
        }),
        disabled_reason,
    };
    Ok(Some((account, key)))
}

fn held(grants: Vec<Grant>) -> Vec<HeldGrant> {
    let grants = grants.into_iter();
    grants
        .map(|(id, role, scope, created_at_ms)| HeldGrant {
            id,
            role,
            scope,
            created_at_ms,
        })
        .collect()
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
