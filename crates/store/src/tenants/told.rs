//! Changes on their way to a webhook.

use portcullis_service::StoreError;
use portcullis_service::tenants::{Change, ChangeKind, Settled, Taken};

use crate::{Row, Statement, Tables};

pub(crate) fn take(tables: &Tables, now_ms: i64, until_ms: i64, limit: u32) -> Statement {
    Statement::new(
        tables.fill(
            "UPDATE {tenant_change} SET attempts = attempts + 1, next_at_ms = ?2 WHERE id IN \
             (SELECT id FROM {tenant_change} WHERE dead_at_ms IS NULL AND next_at_ms <= ?1 \
             ORDER BY next_at_ms LIMIT ?3) RETURNING *",
        ),
        vec![now_ms.into(), until_ms.into(), i64::from(limit).into()],
    )
}

pub(crate) fn taken(row: &Row) -> Result<Taken, StoreError> {
    let kind = ChangeKind::parse(&row.text("kind")?)
        .ok_or_else(|| row.inconsistent("kind", "one of those that there are"))?;
    Ok(Taken {
        change: Change {
            id: row.text("id")?,
            kind,
            tenant_id: row.optional_text("tenant_id")?,
            user_id: row.text("user_id")?,
            at_ms: row.integer("created_at_ms")?,
            record: kind.read(&row.text("record")?)?,
        },
        attempts: u32::try_from(row.integer("attempts")?).unwrap_or(u32::MAX),
    })
}

pub(crate) fn settle(tables: &Tables, settled: &Settled) -> Statement {
    let (text, params) = match settled {
        Settled::Done { id } => (
            "DELETE FROM {tenant_change} WHERE id = ?1",
            vec![id.as_str().into()],
        ),
        Settled::Later {
            id,
            next_at_ms,
            problem,
        } => (
            "UPDATE {tenant_change} SET next_at_ms = ?2, last_error = ?3 WHERE id = ?1",
            vec![
                id.as_str().into(),
                (*next_at_ms).into(),
                problem.as_str().into(),
            ],
        ),
        Settled::Dead { id, at_ms, problem } => (
            "UPDATE {tenant_change} SET dead_at_ms = ?2, last_error = ?3 WHERE id = ?1",
            vec![id.as_str().into(), (*at_ms).into(), problem.as_str().into()],
        ),
    };
    Statement::new(tables.fill(text), params)
}
