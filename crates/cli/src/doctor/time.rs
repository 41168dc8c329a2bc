//! The clock, held against what it said before: nobody is asked over the network.

use std::path::Path;
use std::time::UNIX_EPOCH;

use portcullis_service::audit::to_rfc3339;
use portcullis_store::Statement;

use super::Findings;
use crate::database::Sqlite;
use crate::host::now_ms;

/// When this program can't have run yet: 2026-01-01.
const BEFORE_MS: i64 = 1_767_225_600_000;
/// Clocks of one host are read in another order than records are written, by no more than this.
const SLACK_MS: i64 = 120_000;

/// Whether the clock has gone on since the last record and the last write.
pub(super) fn look(db: &Path, database: &Sqlite, findings: &mut Findings) {
    const CHECK: &str = "clock";
    const ADVICE: &str = "set the clock, and let it be kept right (NTP): until it is past the last \
                          record, sessions end late and tokens are refused";
    let now_ms = now_ms();
    if now_ms < BEFORE_MS {
        return findings.fail(CHECK, format!("it says {}", to_rfc3339(now_ms)), ADVICE);
    }
    let newest =
        "SELECT max(at_ms) AS newest FROM (SELECT at_ms FROM audit ORDER BY id DESC LIMIT 1000)";
    let rows = database.read(&Statement::new(newest, Vec::new()));
    let newest = rows
        .ok()
        .and_then(|rows| rows.first()?.optional_integer("newest").ok()?);
    let written = std::fs::metadata(db)
        .and_then(|found| found.modified())
        .ok();
    let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written = written.and_then(|since| i64::try_from(since.as_millis()).ok());
    for (what, at_ms) in [
        ("the newest audit record", newest),
        ("the file's last change", written),
    ] {
        let Some(at_ms) = at_ms.filter(|at_ms| *at_ms > now_ms + SLACK_MS) else {
            continue;
        };
        let (now, at) = (to_rfc3339(now_ms), to_rfc3339(at_ms));
        return findings.fail(
            CHECK,
            format!("it says {now}, but {what} is of {at}"),
            ADVICE,
        );
    }
    findings.ok(CHECK, "it is past everything that was written");
}
