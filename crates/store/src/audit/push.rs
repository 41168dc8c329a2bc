//! How far each receiver of audit records is.

use portcullis_service::StoreError;
use portcullis_service::audit::{AuditLog, Batch, Filter, Place, SettledBatch, SinkState};

use super::search::search;
use crate::{Driver, Row, SqlStore, Statement};

impl<D: Driver> AuditLog for SqlStore<D> {
    async fn search_audit(
        &self,
        filter: &Filter,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Vec<portcullis_service::AuditEvent>, StoreError> {
        self.all(search(filter, before, limit), super::event).await
    }

    async fn has_news(&self, sink: &str, now_ms: i64) -> Result<bool, StoreError> {
        let found = self
            .first(news(sink, now_ms), |row| row.flag("has_news"))
            .await?;
        Ok(found.unwrap_or(false))
    }

    async fn take_audit(
        &self,
        sink: &str,
        holder: &str,
        now_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> Result<Option<Batch>, StoreError> {
        let statements = take(sink, holder, now_ms, until_ms, limit);
        let results = self.driver.batch(statements).await?;
        let Some(row) = results.get(1).and_then(|rows| rows.first()) else {
            return Ok(None);
        };
        let events = results.get(2).map_or(&[][..], Vec::as_slice);
        Ok(Some(Batch {
            upto: row.integer("upto")?,
            attempts: attempts(row)?,
            events: events.iter().map(super::event).collect::<Result<_, _>>()?,
        }))
    }

    async fn settle_audit(
        &self,
        sink: &str,
        holder: &str,
        settled: &SettledBatch,
    ) -> Result<(), StoreError> {
        let statement = settle(sink, holder, settled);
        self.driver.batch(vec![statement]).await.map(drop)
    }

    async fn audit_sinks(&self) -> Result<Vec<SinkState>, StoreError> {
        self.all(sinks(), sink_state).await
    }
}

fn attempts(row: &Row) -> Result<u32, StoreError> {
    let attempts = u32::try_from(row.integer("attempts")?);
    attempts.map_err(|_| row.inconsistent("attempts", "a small number"))
}

/// Two look-ups of the newest row and of one row.
fn news(sink: &str, now_ms: i64) -> Statement {
    Statement::new(
        "SELECT coalesce((SELECT max(id) FROM audit), 0) > coalesce((SELECT CASE WHEN \
         next_at_ms <= ?2 AND leased_until_ms <= ?2 THEN upto END FROM audit_sink WHERE name = ?1), \
         CASE WHEN EXISTS (SELECT 1 FROM audit_sink WHERE name = ?1) THEN 9007199254740992 ELSE 0 \
         END) AS has_news",
        vec![sink.into(), now_ms.into()],
    )
}

fn take(sink: &str, holder: &str, now_ms: i64, until_ms: i64, limit: u32) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO audit_sink (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
            vec![sink.into()],
        ),
        Statement::new(
            "UPDATE audit_sink SET holder = ?2, leased_until_ms = ?4 WHERE name = ?1 \
             AND next_at_ms <= ?3 AND leased_until_ms <= ?3 RETURNING upto, attempts",
            vec![sink.into(), holder.into(), now_ms.into(), until_ms.into()],
        ),
        Statement::new(
            "SELECT * FROM audit WHERE id > (SELECT upto FROM audit_sink WHERE name = ?1 \
             AND holder = ?2) ORDER BY id LIMIT ?3",
            vec![sink.into(), holder.into(), i64::from(limit).into()],
        ),
    ]
}

fn settle(sink: &str, holder: &str, settled: &SettledBatch) -> Statement {
    match settled {
        SettledBatch::Done { upto, at_ms } => Statement::new(
            "UPDATE audit_sink SET upto = max(upto, ?3), taken_at_ms = ?4, holder = '', \
             leased_until_ms = 0, attempts = 0, next_at_ms = 0, problem = NULL \
             WHERE name = ?1 AND holder = ?2",
            vec![sink.into(), holder.into(), (*upto).into(), (*at_ms).into()],
        ),
        SettledBatch::Later {
            next_at_ms,
            problem,
        } => Statement::new(
            "UPDATE audit_sink SET attempts = attempts + 1, next_at_ms = ?3, problem = ?4, \
             holder = '', leased_until_ms = 0 WHERE name = ?1 AND holder = ?2",
            vec![
                sink.into(),
                holder.into(),
                (*next_at_ms).into(),
                problem.as_str().into(),
            ],
        ),
    }
}

/// How far every receiver is.
#[must_use]
pub fn sinks() -> Statement {
    Statement::new(
        "SELECT s.*, coalesce((SELECT max(id) FROM audit), 0) AS newest, (SELECT at_ms FROM audit a \
         WHERE a.id > s.upto ORDER BY a.id LIMIT 1) AS waiting_since_ms FROM audit_sink s ORDER BY name",
        Vec::new(),
    )
}

/// How far one of them is.
///
/// # Errors
/// A row that isn't one.
pub fn sink_state(row: &Row) -> Result<SinkState, StoreError> {
    Ok(SinkState {
        name: row.text("name")?,
        upto: row.integer("upto")?,
        newest: row.integer("newest")?,
        waiting_since_ms: row.optional_integer("waiting_since_ms")?,
        taken_at_ms: row.optional_integer("taken_at_ms")?,
        attempts: attempts(row)?,
        problem: row.optional_text("problem")?,
    })
}
