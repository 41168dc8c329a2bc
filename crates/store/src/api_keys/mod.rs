//! API keys.

mod columns;
mod uses;

use portcullis_service::api_keys::{
    ApiKeyRecord, ApiKeyStore, Holder, KeyChange, KeyPage, NewApiKey, Outcome, Owner, Rotation,
    Sort,
};
use portcullis_service::{AuditEvent, StoreError};
use serde_json::Value as Json;

use columns::{columns, record};

use crate::{Driver, Row, SqlStore, Statement, Tables, Value, audit};

impl<D: Driver> ApiKeyStore for SqlStore<D> {
    async fn add_api_key(
        &self,
        new: &NewApiKey,
        event: &AuditEvent,
    ) -> Result<Outcome, StoreError> {
        let key = &new.key;
        let statements = vec![
            add(&self.tables, new),
            audit::add_if_api_key(event, &key.id),
            has_room(new),
        ];
        let results = self.driver.batch(statements).await?;
        if results.first().is_some_and(|rows| !rows.is_empty()) {
            return Ok(Outcome::Made);
        }
        let room = results.last().and_then(|rows| rows.first());
        let room = room.ok_or_else(|| StoreError::new("room for a key is one row"))?;
        Ok(if room.flag("has_room")? {
            Outcome::Stale
        } else {
            Outcome::Limit
        })
    }

    async fn api_key_holder(&self, hash: &str, now_ms: i64) -> Result<Option<Holder>, StoreError> {
        let statement = uses::holder(&self.tables, hash, now_ms);
        self.first(statement, |row| uses::read_holder(row, now_ms))
            .await
    }

    async fn api_key(&self, id: &str) -> Result<Option<ApiKeyRecord>, StoreError> {
        let columns = columns("");
        let text = format!("SELECT {columns} FROM api_key WHERE id = ?1");
        self.first(Statement::new(text, vec![id.into()]), record)
            .await
    }

    async fn api_keys(
        &self,
        owner: Owner<'_>,
        page: KeyPage,
    ) -> Result<(Vec<ApiKeyRecord>, i64), StoreError> {
        let rows = self.driver.query(list(owner, page)).await?;
        let total = rows.first().map_or(Ok(0), |row| row.integer("total"))?;
        let found = rows
            .iter()
            .filter(|row| !matches!(row.optional_text("key_id"), Ok(None)));
        Ok((found.map(record).collect::<Result<_, _>>()?, total))
    }

    async fn use_api_key(
        &self,
        id: &str,
        hash: &str,
        now_ms: i64,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let statements = vec![uses::count(id, hash, now_ms)];
        first_record(&self.driver.batch(statements).await?)
    }

    async fn note_api_key_use(&self, id: &str, hash: &str, now_ms: i64) -> Result<(), StoreError> {
        let statements = vec![uses::note(id, hash, now_ms)];
        self.driver.batch(statements).await.map(drop)
    }

    async fn change_api_key(
        &self,
        id: &str,
        change: &KeyChange,
        event: &AuditEvent,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let statements = vec![
            change_statement(id, change, event.at_ms),
            audit::add_if_api_key(event, id),
        ];
        first_record(&self.driver.batch(statements).await?)
    }

    async fn rotate_api_key(
        &self,
        rotation: &Rotation<'_>,
        event: &AuditEvent,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let statements = vec![rotate(rotation), audit::add_if_api_key(event, rotation.id)];
        first_record(&self.driver.batch(statements).await?)
    }

    async fn delete_api_key(&self, id: &str, event: &AuditEvent) -> Result<bool, StoreError> {
        let statements = vec![
            audit::add_if_api_key(event, id),
            Statement::new(
                "DELETE FROM api_key WHERE id = ?1 RETURNING id",
                vec![id.into()],
            ),
        ];
        let results = self.driver.batch(statements).await?;
        Ok(results.last().is_some_and(|rows| !rows.is_empty()))
    }

    async fn delete_expired_api_keys(
        &self,
        now_ms: i64,
        event: &AuditEvent,
    ) -> Result<usize, StoreError> {
        let statements = vec![
            audit::add_for_expired_api_keys(event, now_ms),
            Statement::new(
                "DELETE FROM api_key WHERE expires_at_ms <= ?1 RETURNING id",
                vec![now_ms.into()],
            ),
        ];
        let results = self.driver.batch(statements).await?;
        Ok(results.last().map_or(0, Vec::len))
    }
}

fn first_record(results: &[Vec<Row>]) -> Result<Option<ApiKeyRecord>, StoreError> {
    let row = results.first().and_then(|rows| rows.first());
    row.map(record).transpose()
}

/// Race (CWE-362): that the owner has room, and that the user is as it was when its rights were asked,
/// is a condition of the statement that makes the key.
fn add(tables: &Tables, new: &NewApiKey) -> Statement {
    let key = &new.key;
    let metadata = key
        .metadata
        .clone()
        .map(|map| Json::Object(map).to_string());
    let text = "INSERT INTO api_key (id, user_id, tenant_id, name, prefix, start, key_hash, scopes, \
         metadata, enabled, expires_at_ms, rate_limited, rate_max, rate_window_ms, remaining, \
         refill_amount, refill_interval_ms, created_at_ms, updated_at_ms) \
         SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18 \
         FROM user u WHERE u.id = ?2 AND u.disabled_at_ms IS NULL AND u.epoch = ?19 \
         AND (?3 IS NULL OR EXISTS (SELECT 1 FROM {tenant} t WHERE t.id = ?3)) \
         AND (SELECT count(*) FROM api_key k WHERE CASE WHEN ?3 IS NULL \
         THEN k.user_id = ?2 AND k.tenant_id IS NULL ELSE k.tenant_id = ?3 END) < ?20 RETURNING id";
    Statement::new(
        tables.fill(text),
        vec![
            key.id.as_str().into(),
            key.user_id.as_str().into(),
            key.tenant_id.clone().into(),
            key.name.clone().into(),
            key.prefix.as_str().into(),
            key.start.as_str().into(),
            new.hash.as_str().into(),
            Json::from(key.scopes.clone()).to_string().into(),
            metadata.into(),
            key.enabled.into(),
            key.expires_at_ms.into(),
            key.rate.is_on.into(),
            key.rate.max.into(),
            key.rate.window_ms.into(),
            key.remaining.into(),
            key.refill.map(|refill| refill.amount).into(),
            key.refill.map(|refill| refill.interval_ms).into(),
            key.created_at_ms.into(),
            new.user_epoch.into(),
            i64::from(new.max_keys).into(),
        ],
    )
}

fn has_room(new: &NewApiKey) -> Statement {
    Statement::new(
        "SELECT count(*) < ?3 AS has_room FROM api_key WHERE CASE WHEN ?2 IS NULL \
         THEN user_id = ?1 AND tenant_id IS NULL ELSE tenant_id = ?2 END",
        vec![
            new.key.user_id.as_str().into(),
            new.key.tenant_id.clone().into(),
            i64::from(new.max_keys).into(),
        ],
    )
}

/// Always a row, for the number in all.
fn list(owner: Owner<'_>, page: KeyPage) -> Statement {
    let (condition, id) = match owner {
        Owner::Tenant(id) => ("tenant_id = ?1", id),
        Owner::User(id) => ("user_id = ?1 AND tenant_id IS NULL", id),
    };
    let sort = match page.sort {
        Sort::CreatedAt => "created_at_ms",
        Sort::ExpiresAt => "expires_at_ms",
        Sort::LastUsed => "last_used_at_ms",
        Sort::Name => "name",
        Sort::UpdatedAt => "updated_at_ms",
    };
    let direction = if page.is_descending { "DESC" } else { "ASC" };
    let columns = columns("k.");
    Statement::new(
        format!(
            "SELECT c.total, {columns} FROM \
             (SELECT count(*) AS total FROM api_key WHERE {condition}) c LEFT JOIN \
             (SELECT * FROM api_key WHERE {condition} ORDER BY {sort} {direction}, id {direction} \
             LIMIT ?2 OFFSET ?3) k ON 1 ORDER BY k.{sort} {direction}, k.id {direction}"
        ),
        vec![
            id.into(),
            i64::from(page.limit).into(),
            i64::from(page.offset).into(),
        ],
    )
}

/// Only names of columns that stand here become SQL.
fn change_statement(id: &str, change: &KeyChange, now_ms: i64) -> Statement {
    let mut sets: Vec<(&'static str, Value)> = vec![("updated_at_ms", now_ms.into())];
    let mut set = |column, value: Option<Value>| {
        sets.extend(value.map(|value| (column, value)));
    };
    set("name", change.name.as_deref().map(Into::into));
    set("enabled", change.enabled.map(Into::into));
    set("expires_at_ms", change.expires_at_ms.map(Into::into));
    let metadata = change.metadata.as_ref().map(|metadata| {
        let text = metadata.clone().map(|map| Json::Object(map).to_string());
        Value::from(text)
    });
    set("metadata", metadata);
    let scopes = change.scopes.clone();
    set(
        "scopes",
        scopes.map(|scopes| Json::from(scopes).to_string().into()),
    );
    set("rate_limited", change.rate_is_on.map(Into::into));
    set("rate_max", change.rate_max.map(Into::into));
    set("rate_window_ms", change.rate_window_ms.map(Into::into));
    set("remaining", change.remaining.map(Into::into));
    if let Some(refill) = change.refill {
        set("refill_amount", Some(refill.map(|one| one.amount).into()));
        set(
            "refill_interval_ms",
            Some(refill.map(|one| one.interval_ms).into()),
        );
        // They grow back an interval from now on, not at once because the key is old.
        set("last_refill_at_ms", Some(now_ms.into()));
    }
    if change.ends_previous {
        set("old_key_hash", Some(Value::Null));
        set("old_until_ms", Some(Value::Null));
        set("old_last_used_at_ms", Some(Value::Null));
    }
    let assignments: Vec<_> = sets
        .iter()
        .enumerate()
        .map(|(index, (column, _))| format!("{column} = ?{}", index + 2))
        .collect();
    let text = format!(
        "UPDATE api_key SET {} WHERE id = ?1 RETURNING {}",
        assignments.join(", "),
        columns("")
    );
    let values = sets.into_iter().map(|(_, value)| value);
    Statement::new(text, core::iter::once(id.into()).chain(values).collect())
}

/// The key that is current until now holds for a while longer; one from a rotation before that ends.
fn rotate(rotation: &Rotation<'_>) -> Statement {
    let columns = columns("");
    Statement::new(
        format!(
            "UPDATE api_key SET old_key_hash = CASE WHEN ?4 > ?5 THEN key_hash END, \
             old_until_ms = CASE WHEN ?4 > ?5 THEN ?4 END, old_last_used_at_ms = NULL, \
             key_hash = ?2, start = ?3, updated_at_ms = ?5 WHERE id = ?1 RETURNING {columns}"
        ),
        vec![
            rotation.id.into(),
            rotation.hash.into(),
            rotation.start.into(),
            rotation.old_until_ms.into(),
            rotation.now_ms.into(),
        ],
    )
}
