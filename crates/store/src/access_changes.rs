//! Changes of what somebody may do, as triggers of the schema number them.

use portcullis_service::StoreError;
use portcullis_service::feed::{Change, ChangeKind, Changes, MAX_CHANGES};

use crate::{Row, Statement, Value};

/// Number of the newest access change, for a statement that reads something else besides: what it reads
/// takes all changes up to that one into account.
pub(crate) const LATEST_CHANGE: &str = "(SELECT coalesce(max(seq), 0) FROM access_change)";

/// The number alone, in the column `seq`.
pub(crate) fn latest() -> Statement {
    Statement::new(
        "SELECT coalesce(max(seq), 0) AS seq FROM access_change",
        Vec::new(),
    )
}

/// What is newer than `after`, at most one more than [`MAX_CHANGES`]; always a row, for the number of
/// the newest.
pub(crate) fn since(after: Option<i64>) -> Statement {
    Statement::new(
        "SELECT l.latest, c.seq, c.kind, c.id AS about FROM \
         (SELECT coalesce(max(seq), 0) AS latest FROM access_change) l LEFT JOIN \
         (SELECT seq, kind, id FROM access_change WHERE seq > ?1 ORDER BY seq LIMIT ?2) c ON 1",
        vec![
            // The largest number that D1 takes.
            after.unwrap_or((1 << 53) - 1).into(),
            Value::Integer(i64::from(MAX_CHANGES) + 1),
        ],
    )
}

pub(crate) fn changes(rows: &[Row]) -> Result<Changes, StoreError> {
    let first = rows
        .first()
        .ok_or_else(|| StoreError::new("the number of access changes is missing"))?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(seq) = row.optional_integer("seq")? {
            changes.push(Change {
                seq,
                kind: ChangeKind::parse(&row.text("kind")?),
                id: row.text("about")?,
            });
        }
    }
    Ok(Changes {
        latest: first.integer("latest")?,
        changes,
    })
}

/// Forgets old changes. The newest stays: its number says that there were others.
pub(crate) fn prune(before_ms: i64) -> Statement {
    Statement::new(
        "DELETE FROM access_change WHERE at_ms < ?1 \
         AND seq < (SELECT max(seq) FROM access_change)",
        vec![before_ms.into()],
    )
}
