//! The signing keys: whether they open, how old they are, and when the next one signs.

use portcullis_issue::keyring::{DEFAULT_ACTIVE_SECS, KeyState};
use portcullis_issue::sealed;
use portcullis_issue::secret::Purpose;
use portcullis_service::Settings;
use portcullis_service::audit::to_rfc3339;

use super::Findings;
use crate::database::Sqlite;
use crate::host::now_ms;

/// How late a rotation may be before nobody seems to do it: the server looks every hour.
const LATE_SECS: u64 = 86_400;

/// Looks at every key.
pub(super) fn look(database: &Sqlite, settings: Option<&Settings>, findings: &mut Findings) {
    const CHECK: &str = "keys";
    let records = match crate::keys::records(database) {
        Ok(records) => records,
        Err(problem) => return findings.fail(CHECK, problem, ""),
    };
    let now_secs = u64::try_from(now_ms() / 1000).unwrap_or(0);
    let mut signs_until = None;
    for record in &records {
        // A retired key signs no more: it needn't open.
        let is_retired = matches!(record.state, KeyState::Retired { .. });
        if let (Some(settings), false) = (settings, is_retired)
            && let Err(error) = opened(settings, record.kid(), &record.sealed_private)
        {
            findings.fail(
                CHECK,
                format!("key `{}` doesn't open: {error}", record.kid()),
                &format!(
                    "set PORTCULLIS_SECRET to the secret that it was made under, or give it up: \
                     `portcullis keys retire {} --now`",
                    record.kid()
                ),
            );
        }
        if let KeyState::Active { since_secs } = record.state {
            signs_until = Some(since_secs + DEFAULT_ACTIVE_SECS);
        }
    }
    match signs_until {
        None => findings.warn(
            CHECK,
            "no key signs yet",
            "`portcullis serve` makes one when it starts",
        ),
        Some(until_secs) if until_secs + LATE_SECS < now_secs => findings.fail(
            CHECK,
            format!("the next rotation was due at {}", time(until_secs)),
            "the server does it by itself every hour: look for `rotation` in its log, or run `portcullis \
             keys rotate`",
        ),
        Some(until_secs) => findings.ok(
            CHECK,
            format!("{} are there; the next rotation is at {}", records.len(), time(until_secs)),
        ),
    }
}

fn opened(settings: &Settings, kid: &str, sealed_private: &str) -> Result<(), String> {
    sealed::open(&settings.secrets, Purpose::KeyWrap, kid, sealed_private)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn time(secs: u64) -> String {
    to_rfc3339(
        i64::try_from(secs)
            .unwrap_or(i64::MAX / 1000)
            .saturating_mul(1000),
    )
}
