//! A key's columns and how they are read.

use portcullis_service::StoreError;
use portcullis_service::api_keys::{ApiKeyRecord, KeyRate, Previous, Refill};

use crate::Row;

/// The columns, which are read under names that clash with none of a user's.
const COLUMNS: [&str; 25] = [
    "id",
    "user_id",
    "tenant_id",
    "name",
    "prefix",
    "start",
    "old_until_ms",
    "old_last_used_at_ms",
    "scopes",
    "metadata",
    "enabled",
    "expires_at_ms",
    "rate_limited",
    "rate_max",
    "rate_window_ms",
    "rate_count",
    "rate_began_at_ms",
    "remaining",
    "refill_amount",
    "refill_interval_ms",
    "last_refill_at_ms",
    "last_used_at_ms",
    "created_at_ms",
    "updated_at_ms",
    "old_key_hash IS NOT NULL",
];

/// `id AS key_id, …`, each after `table`, such as `k.`.
pub(super) fn columns(table: &str) -> String {
    let named = COLUMNS.iter().map(|column| {
        let name = column.split(' ').next().unwrap_or_default();
        format!("{table}{column} AS key_{name}")
    });
    named.collect::<Vec<_>>().join(", ")
}

/// Reads [`columns`].
pub(super) fn record(row: &Row) -> Result<ApiKeyRecord, StoreError> {
    let scopes = serde_json::from_str(&row.text("key_scopes")?)
        .map_err(|_| row.inconsistent("scopes", "a JSON list of texts"))?;
    let metadata = row.optional_text("key_metadata")?;
    let metadata = metadata
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| row.inconsistent("metadata", "a JSON object"))?;
    let amount = row.optional_integer("key_refill_amount")?;
    let interval_ms = row.optional_integer("key_refill_interval_ms")?;
    Ok(ApiKeyRecord {
        id: row.text("key_id")?,
        user_id: row.text("key_user_id")?,
        tenant_id: row.optional_text("key_tenant_id")?,
        name: row.optional_text("key_name")?,
        prefix: row.text("key_prefix")?,
        start: row.text("key_start")?,
        scopes,
        metadata,
        enabled: row.flag("key_enabled")?,
        expires_at_ms: row.optional_integer("key_expires_at_ms")?,
        rate: KeyRate {
            is_on: row.flag("key_rate_limited")?,
            max: row.integer("key_rate_max")?,
            window_ms: row.integer("key_rate_window_ms")?,
            count: row.integer("key_rate_count")?,
            began_at_ms: row.optional_integer("key_rate_began_at_ms")?,
        },
        remaining: row.optional_integer("key_remaining")?,
        refill: amount.zip(interval_ms).map(|(amount, interval_ms)| Refill {
            amount,
            interval_ms,
        }),
        last_refill_at_ms: row.optional_integer("key_last_refill_at_ms")?,
        last_used_at_ms: row.optional_integer("key_last_used_at_ms")?,
        created_at_ms: row.integer("key_created_at_ms")?,
        updated_at_ms: row.integer("key_updated_at_ms")?,
        previous: previous(row)?,
    })
}

fn previous(row: &Row) -> Result<Option<Previous>, StoreError> {
    if !row.flag("key_old_key_hash")? {
        return Ok(None);
    }
    Ok(Some(Previous {
        ends_at_ms: row.integer("key_old_until_ms")?,
        last_used_at_ms: row.optional_integer("key_old_last_used_at_ms")?,
    }))
}
