//! Sealing a log that is reached by SQL text alone, as D1 is by wrangler: from a dump to a file of statements.

use portcullis_service::AuditEvent;
use portcullis_service::audit::chain::{NO_LINK, NewSegment, link_text};

use super::{add_where, chain, params};
use crate::Statement;

/// Numbers of records that one statement deletes: D1 ends one that takes 30 seconds.
const DELETED_AT_ONCE: usize = 5_000;

/// What becomes of sealed records in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// They stay.
    Kept,
    /// They are deleted, if every receiver was told of them.
    DeletedOnceSent,
    /// They are deleted.
    Deleted,
}

/// Remembers a segment, records that, and deletes what it covers.
///
/// The log may have gone on since the dump, or have been tampered with: nothing happens unless the segment is the
/// next one and ends in the link that the database has there. The same statements run again change nothing.
#[must_use]
pub fn seal(new: &NewSegment, sealed: Sealed, event: &AuditEvent) -> Vec<Statement> {
    let mut statements = vec![add(new, sealed), add_event(new, event)];
    if sealed != Sealed::Kept {
        let ends = (new.first_id..=new.last_id)
            .step_by(DELETED_AT_ONCE)
            .skip(1);
        for end in ends.map(|next| next - 1).chain([new.last_id]) {
            statements.extend(delete(new, end));
        }
    }
    statements
}

fn add(new: &NewSegment, sealed: Sealed) -> Statement {
    let mut sql = "INSERT INTO audit_segment (first_id, last_id, start_hash, end_hash, at_ms, jwk, jws) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 \
         WHERE EXISTS (SELECT 1 FROM audit_chain WHERE id = ?2 AND hash = ?4) \
         AND ?1 = coalesce((SELECT max(last_id) + 1 FROM audit_segment), (SELECT min(id) FROM audit)) \
         AND ?3 = coalesce((SELECT end_hash FROM audit_segment ORDER BY last_id DESC LIMIT 1), ?8)"
        .to_owned();
    if sealed == Sealed::DeletedOnceSent {
        sql.push_str(" AND NOT EXISTS (SELECT 1 FROM audit_sink WHERE upto < ?2)");
    }
    let mut params = chain::segment(new);
    params.push(link_text(&NO_LINK).into());
    Statement::new(sql, params)
}

/// Once, and only if this very segment is the newest one: later its record may have been sealed itself.
fn add_event(new: &NewSegment, event: &AuditEvent) -> Statement {
    let mut params = params(event);
    params.extend([new.last_id.into(), new.jws.as_str().into()]);
    Statement::new(
        add_where!(
            "?4",
            "WHERE EXISTS (SELECT 1 FROM audit_segment WHERE last_id = ?11 AND jws = ?12) \
             AND NOT EXISTS (SELECT 1 FROM audit_segment WHERE last_id > ?11) \
             AND NOT EXISTS (SELECT 1 FROM audit WHERE request_id = ?6)"
        ),
        params,
    )
}

/// Deletes what this segment covers up to a number. The link at its end stays: the next record's stands on it.
fn delete(new: &NewSegment, end: i64) -> [Statement; 2] {
    [
        "DELETE FROM audit WHERE id <= ?1 \
         AND EXISTS (SELECT 1 FROM audit_segment WHERE last_id = ?2 AND jws = ?3)",
        "DELETE FROM audit_chain WHERE id <= ?1 AND id < ?2 \
         AND EXISTS (SELECT 1 FROM audit_segment WHERE last_id = ?2 AND jws = ?3)",
    ]
    .map(|sql| {
        let params = vec![end.into(), new.last_id.into(), new.jws.as_str().into()];
        Statement::new(sql, params)
    })
}
