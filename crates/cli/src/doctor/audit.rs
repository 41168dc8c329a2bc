//! The audit log's chain and receivers, and mail that was given up.

use portcullis_service::Settings;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::operation::waits_ms;
use portcullis_store::audit::push::{sink_state, sinks};
use portcullis_store::{Row, Statement};

use super::Findings;
use crate::database::Sqlite;
use crate::host::now_ms;

/// A checkpoint older than this leaves much of the log without one: two days.
const OLD_MS: i64 = 2 * 86_400_000;
/// A receiver that is later than this is worth a look: ten minutes.
const LATE_MS: i64 = 600_000;

/// Looks at all three.
pub(super) fn look(database: &Sqlite, settings: Option<&Settings>, findings: &mut Findings) {
    let read = |sql: &'static str| database.read(&Statement::new(sql, Vec::new()));
    // Tables that aren't there yet are told among the migrations.
    if let Ok(rows) = read(
        "SELECT coalesce((SELECT max(id) FROM audit), 0) AS newest, coalesce((SELECT max(upto) FROM \
         audit_checkpoint), 0) AS upto, (SELECT max(at_ms) FROM audit_checkpoint) AS at_ms, \
         (SELECT min(at_ms) FROM audit WHERE id > coalesce((SELECT max(upto) FROM audit_checkpoint), 0)) \
         AS since_ms",
    ) && let Some(row) = rows.first()
    {
        checkpoint(row, findings);
    }
    if let Some(settings) = settings {
        receivers(database, settings, findings);
    }
    if let Ok(rows) = read(
        "SELECT count(*) AS dead, coalesce(sum(sealed IS NOT NULL), 0) AS kept FROM mail WHERE \
         dead_at_ms IS NOT NULL",
    ) && let Some(row) = rows.first()
    {
        mail(row, findings);
    }
}

fn checkpoint(row: &Row, findings: &mut Findings) {
    const CHECK: &str = "audit chain";
    let number = |name: &str| row.integer(name).unwrap_or(0);
    let (newest, upto) = (number("newest"), number("upto"));
    let since_ms = row.optional_integer("since_ms").ok().flatten();
    let made_ms = row.optional_integer("at_ms").ok().flatten();
    let advice = "`portcullis audit checkpoint` makes one; `serve` does by itself while it runs";
    match made_ms {
        None if newest == 0 => findings.ok(CHECK, "there is no record yet"),
        None => findings.warn(
            CHECK,
            format!("{newest} records, and no checkpoint yet"),
            advice,
        ),
        Some(made_ms) => {
            let text = format!(
                "the newest checkpoint is of {} and covers records to {upto} of {newest}",
                to_rfc3339(made_ms)
            );
            if since_ms.is_some_and(|since_ms| now_ms() - since_ms > OLD_MS) {
                findings.warn(CHECK, text, advice);
            } else {
                findings.ok(CHECK, text);
            }
        }
    }
}

fn receivers(database: &Sqlite, settings: &Settings, findings: &mut Findings) {
    const CHECK: &str = "audit push";
    let configured = [
        ("syslog", settings.audit.syslog.is_some()),
        ("collector", settings.audit.collector.is_some()),
    ];
    let rows = database.read(&sinks()).unwrap_or_default();
    let states: Vec<_> = rows.iter().filter_map(|row| sink_state(row).ok()).collect();
    for (name, _) in configured.iter().filter(|(_, is_set)| *is_set) {
        let Some(state) = states.iter().find(|state| state.name == *name) else {
            findings.warn(
                CHECK,
                format!("{name} was never told anything"),
                "start the server with these settings",
            );
            continue;
        };
        let behind = state.newest.saturating_sub(state.upto).max(0);
        let text = format!("{name} has records to {}, {behind} wait", state.upto);
        match &state.problem {
            Some(problem) => findings.warn(
                CHECK,
                format!("{text}; it failed {} times: {problem}", state.attempts),
                "nothing is lost: it is told again until it takes them",
            ),
            None if waits_ms(state, now_ms()) > LATE_MS => {
                findings.warn(CHECK, text, "is the server running?");
            }
            None => findings.ok(CHECK, text),
        }
    }
}

fn mail(row: &Row, findings: &mut Findings) {
    const CHECK: &str = "mail";
    let number = |name: &str| row.integer(name).unwrap_or(0);
    match (number("dead"), number("kept")) {
        (0, _) => findings.ok(CHECK, "none was given up"),
        (dead, kept) => findings.warn(
            CHECK,
            format!("{dead} were given up; {kept} of them can be handed on again"),
            "`portcullis mail list --dead` says why, `portcullis mail retry --all` tries again",
        ),
    }
}
