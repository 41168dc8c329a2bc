//! Uses of keys: who holds one, and one use more.

use portcullis_core::decide::Grant;
use portcullis_service::api_keys::Holder;
use portcullis_service::{Caller, Session, StoreError};

use super::columns::{columns, record};
use crate::access_changes::LATEST_CHANGE;
use crate::tenants::{MEMBERSHIPS, PERMISSION_EPOCH};
use crate::{Row, Statement, Tables, accounts, admin};

/// By the key, or by the one before it while that holds: two look-ups by index, the second only when the
/// first finds nothing.
pub(super) fn holder(tables: &Tables, hash: &str, now_ms: i64) -> Statement {
    let key = columns("k.");
    let text = format!(
        "SELECT u.*, {key}, k.key_hash <> ?1 AS is_old, \
         (SELECT json_group_array(CASE g.scope WHEN '' THEN g.role \
         ELSE g.role || '@' || g.scope END) FROM role_grant g WHERE g.user_id = u.id) \
         AS grants, {MEMBERSHIPS} AS memberships, {PERMISSION_EPOCH} AS policy_epoch, \
         {LATEST_CHANGE} AS rev \
         FROM api_key k JOIN user u ON u.id = k.user_id \
         WHERE k.id = coalesce((SELECT id FROM api_key WHERE key_hash = ?1), \
         (SELECT id FROM api_key WHERE old_key_hash = ?1 AND old_until_ms > ?2))"
    );
    Statement::new(tables.fill(&text), vec![hash.into(), now_ms.into()])
}

pub(super) fn read_holder(row: &Row, now_ms: i64) -> Result<Holder, StoreError> {
    let user = accounts::user(row)?;
    let ban = admin::ban(row)?;
    let key = record(row)?;
    let texts: Vec<String> = serde_json::from_str(&row.text("grants")?)
        .map_err(|_| row.inconsistent("grants", "a JSON list of texts"))?;
    let attributes = serde_json::from_str(&row.text("attributes")?)
        .map_err(|_| row.inconsistent("attributes", "a JSON object"))?;
    let tenants = serde_json::from_str(&row.text("memberships")?)
        .map_err(|_| row.inconsistent("memberships", "a JSON list of memberships"))?;
    Ok(Holder {
        is_old: row.flag("is_old")?,
        is_barred: user.disabled_at_ms.is_some() || ban.is_some_and(|ban| ban.holds_at(now_ms)),
        caller: Caller {
            impersonator: None,
            session: in_name(&key.id, &user.id, user.epoch),
            user,
            grants: texts.iter().map(|text| Grant::parse(text)).collect(),
            attributes,
            tenants,
            policy_epoch: row.integer("policy_epoch")?,
            actor: None,
            api_key: None,
            rev: row.integer("rev")?,
        },
        key,
    })
}

/// A session that is over, for want of a real one: the use case says how far it goes.
fn in_name(key_id: &str, user_id: &str, user_epoch: i64) -> Session {
    Session {
        id: key_id.to_owned(),
        user_id: user_id.to_owned(),
        created_at_ms: 0,
        updated_at_ms: 0,
        expires_at_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        remember_me: false,
        absolute_expires_at_ms: 0,
        last_active_at_ms: 0,
        authenticated_at_ms: 0,
        methods: vec!["api_key".to_owned()],
        device_id: String::new(),
        device_name: String::new(),
        user_epoch,
        refreshable: None,
        superseded_by: None,
        token_ends_ms: 0,
        impersonated_by: None,
    }
}

/// Whether the uses that are left grow back at `?3`.
const IS_REFILLED: &str = "(remaining IS NOT NULL AND refill_amount IS NOT NULL \
    AND ?3 - coalesce(last_refill_at_ms, created_at_ms) > refill_interval_ms)";
/// Whether a use at `?3` begins a window.
const IS_NEW_WINDOW: &str = "(rate_began_at_ms IS NULL OR ?3 - rate_began_at_ms > rate_window_ms)";
/// The key came with the hash `?2` and is good at `?3`.
const IS_GOOD: &str = "id = ?1 AND (key_hash = ?2 OR (old_key_hash = ?2 AND old_until_ms > ?3)) \
    AND enabled = 1 AND coalesce(expires_at_ms > ?3, 1)";
/// When the old key was last used, after a use with the hash `?2` at `?3`.
const OLD_LAST_USED: &str = "CASE WHEN old_key_hash = ?2 \
    THEN max(coalesce(old_last_used_at_ms, 0), ?3) ELSE old_last_used_at_ms END";

/// Race (CWE-362): everything that a use has to obey is asked in the statement that counts it.
pub(super) fn count(id: &str, hash: &str, now_ms: i64) -> Statement {
    let key = columns("");
    Statement::new(
        format!(
            "UPDATE api_key SET \
             remaining = CASE WHEN {IS_REFILLED} THEN refill_amount - 1 ELSE remaining - 1 END, \
             last_refill_at_ms = CASE WHEN {IS_REFILLED} THEN ?3 ELSE last_refill_at_ms END, \
             rate_count = CASE WHEN {IS_NEW_WINDOW} THEN 1 ELSE rate_count + 1 END, \
             rate_began_at_ms = CASE WHEN {IS_NEW_WINDOW} THEN ?3 ELSE rate_began_at_ms END, \
             last_used_at_ms = max(coalesce(last_used_at_ms, 0), ?3), \
             old_last_used_at_ms = {OLD_LAST_USED} \
             WHERE {IS_GOOD} AND (remaining IS NULL OR remaining > 0 OR {IS_REFILLED}) \
             AND (rate_limited = 0 OR rate_count < rate_max OR {IS_NEW_WINDOW}) RETURNING {key}"
        ),
        vec![id.into(), hash.into(), now_ms.into()],
    )
}

pub(super) fn note(id: &str, hash: &str, now_ms: i64) -> Statement {
    Statement::new(
        format!(
            "UPDATE api_key SET last_used_at_ms = max(coalesce(last_used_at_ms, 0), ?3), \
             old_last_used_at_ms = {OLD_LAST_USED} WHERE {IS_GOOD}"
        ),
        vec![id.into(), hash.into(), now_ms.into()],
    )
}
