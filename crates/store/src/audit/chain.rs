//! The links of the audit log. Those of new records are made by the schema (`audit_is_chained`).

use portcullis_service::audit::chain::{
    AuditChain, ChainHead, ChainRecord, LastCheckpoint, NO_LINK, NewCheckpoint, NewSegment,
    link_text,
};
use portcullis_service::{AuditEvent, StoreError};
use serde_json::json;

use crate::{Driver, Row, SqlStore, Statement, Value};

impl<D: Driver> AuditChain for SqlStore<D> {
    async fn chain_head(&self) -> Result<ChainHead, StoreError> {
        let found = self.first(head(), chain_head).await?;
        found.ok_or_else(|| StoreError::new("the head of the audit log is missing"))
    }

    async fn chain_records(&self, after: i64, limit: u32) -> Result<Vec<ChainRecord>, StoreError> {
        self.all(super::page(after, limit), record).await
    }

    async fn add_links(
        &self,
        after: i64,
        hash: &str,
        links: &[(i64, String)],
    ) -> Result<bool, StoreError> {
        let results = self
            .driver
            .batch(vec![add_links(after, hash, links)])
            .await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn add_checkpoint(&self, new: &NewCheckpoint) -> Result<bool, StoreError> {
        let results = self.driver.batch(vec![add_checkpoint(new)]).await?;
        Ok(results.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn add_segment(
        &self,
        new: &NewSegment,
        deletes: bool,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let statements = add_segment(new, deletes, event);
        self.driver.batch(statements).await.map(drop)
    }
}

fn head() -> Statement {
    Statement::new(
        "SELECT coalesce((SELECT max(id) FROM audit), c.id, 0) AS newest, \
         coalesce(c.id, 0) AS upto, c.hash, p.upto AS signed, p.records, p.at_ms, \
         (SELECT count(*) FROM audit_chain WHERE id > coalesce(p.upto, 0)) AS fresh \
         FROM (SELECT 1) LEFT JOIN \
         (SELECT id, hash FROM audit_chain ORDER BY id DESC LIMIT 1) c LEFT JOIN \
         (SELECT upto, records, at_ms FROM audit_checkpoint ORDER BY id DESC LIMIT 1) p",
        Vec::new(),
    )
}

fn chain_head(row: &Row) -> Result<ChainHead, StoreError> {
    let signed = match row.optional_integer("signed")? {
        Some(upto) => Some(LastCheckpoint {
            upto,
            records: row.integer("records")?,
            at_ms: row.integer("at_ms")?,
        }),
        None => None,
    };
    let hash = row.optional_text("hash")?;
    Ok(ChainHead {
        newest: row.integer("newest")?,
        upto: row.integer("upto")?,
        hash: hash.unwrap_or_else(|| link_text(&NO_LINK)),
        fresh: row.integer("fresh")?,
        signed,
    })
}

fn record(row: &Row) -> Result<ChainRecord, StoreError> {
    Ok(ChainRecord {
        id: row.integer("id")?,
        at_ms: row.integer("at_ms")?,
        action: row.text("action")?,
        status: row.text("status")?,
        user_id: row.optional_text("user_id")?,
        scope: row.optional_text("scope")?,
        request_id: row.text("request_id")?,
        latency_ms: row.integer("latency_ms")?,
        ip_address: row.text("ip_address")?,
        user_agent: row.text("user_agent")?,
        fields: row.text("fields")?,
    })
}

fn add_links(after: i64, hash: &str, links: &[(i64, String)]) -> Statement {
    Statement::new(
        "INSERT INTO audit_chain (id, hash) \
         SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j \
         WHERE NOT EXISTS (SELECT 1 FROM audit_checkpoint) \
         AND NOT EXISTS (SELECT 1 FROM audit_chain WHERE id > ?2) \
         AND (?2 = 0 OR EXISTS (SELECT 1 FROM audit_chain WHERE id = ?2 AND hash = ?3)) \
         RETURNING id",
        vec![json!(links).to_string().into(), after.into(), hash.into()],
    )
}

fn add_checkpoint(new: &NewCheckpoint) -> Statement {
    Statement::new(
        "INSERT INTO audit_checkpoint (upto, hash, records, at_ms, jwk, jws) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
         WHERE EXISTS (SELECT 1 FROM audit_chain WHERE id = ?1 AND hash = ?2) \
         AND ?1 > coalesce((SELECT upto FROM audit_checkpoint ORDER BY id DESC LIMIT 1), 0) \
         AND (EXISTS (SELECT 1 FROM audit_checkpoint) \
         OR NOT EXISTS (SELECT 1 FROM audit WHERE id > (SELECT max(id) FROM audit_chain))) \
         RETURNING id",
        vec![
            new.upto.into(),
            new.hash.as_str().into(),
            new.records.into(),
            new.at_ms.into(),
            new.jwk.as_str().into(),
            new.jws.as_str().into(),
        ],
    )
}

/// The columns of a segment's row: `first_id, last_id, start_hash, end_hash, at_ms, jwk, jws`.
pub(super) fn segment(new: &NewSegment) -> Vec<Value> {
    vec![
        new.first_id.into(),
        new.last_id.into(),
        new.start_hash.as_str().into(),
        new.end_hash.as_str().into(),
        new.at_ms.into(),
        new.jwk.as_str().into(),
        new.jws.as_str().into(),
    ]
}

fn add_segment(new: &NewSegment, deletes: bool, event: &AuditEvent) -> Vec<Statement> {
    let mut statements = vec![Statement::new(
        "INSERT INTO audit_segment (first_id, last_id, start_hash, end_hash, at_ms, jwk, jws) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        segment(new),
    )];
    if deletes {
        for sql in [
            "DELETE FROM audit WHERE id <= ?1",
            // The link at the end stays: the next record's stands on it.
            "DELETE FROM audit_chain WHERE id < ?1",
        ] {
            statements.push(Statement::new(sql, vec![new.last_id.into()]));
        }
    }
    statements.push(super::add(event));
    statements
}
