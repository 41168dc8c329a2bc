//! Whether the server can do its work, and what waits to leave it.

use core::fmt;
use core::future::Future;

use sha2::{Digest, Sha256};

use crate::audit::{SinkState, Waiting};
use crate::{App, Host, Store, StoreError, keys};

/// Name of the setting for the scrape token.
const TOKEN: &str = "PORTCULLIS_METRICS_TOKEN";
/// Fewest characters of a scrape token.
const MIN_TOKEN_CHARS: usize = 24;
/// A receiver of audit records that is later than this is told of: ten minutes.
const LATE_MS: i64 = 600_000;

/// What operators' questions need from a store.
pub trait OperationStore: Send + Sync {
    /// Names of changes of the schema that the database hasn't had, oldest first.
    fn pending_migrations(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// What waits to leave.
    fn waiting(&self) -> impl Future<Output = Result<Waiting, StoreError>> + Send;
}

/// Who may read metrics without an account: who shows this token. Only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct MetricsToken([u8; 32]);

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken { .. }")
    }
}

impl MetricsToken {
    /// Reads the setting; `value` gives one that is set.
    ///
    /// # Errors
    /// A sentence for a token that could be guessed.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Option<Self>, String> {
        let Some(text) = value(TOKEN).filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let text = text.trim();
        let is_token =
            text.len() >= MIN_TOKEN_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_token {
            return Err(format!(
                "{TOKEN} isn't {MIN_TOKEN_CHARS} or more printable characters; make one with `openssl \
                 rand -hex 24`"
            ));
        }
        Ok(Some(Self(Sha256::digest(text).into())))
    }

    /// Whether this is the token. Hashes are compared, and all of each, so that the time says nothing
    /// of the token (CWE-208).
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        let pairs = self.0.iter().zip(shown);
        pairs.fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
    }
}

/// How one thing is that the server needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Worth a look; requests are answered.
    Warn,
    /// Not usable.
    Fail,
}

impl Health {
    /// `ok`, `warn` or `fail`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// Whether requests can be answered. Anybody may ask, so it says what is wrong and no details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Each thing that is needed, with how it is.
    pub checks: Vec<(&'static str, Health)>,
    /// Details for the log alone.
    pub details: Vec<String>,
}

impl Readiness {
    /// Whether requests can be answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self
            .checks
            .iter()
            .any(|(_, health)| *health == Health::Fail)
    }
}

/// Looks whether the database answers and has every migration, whether there is a key that signs, and
/// how far receivers of audit records are.
pub async fn ready<S: Store, H: Host>(app: &App<S, H>) -> Readiness {
    let mut ready = Readiness {
        checks: Vec::new(),
        details: Vec::new(),
    };
    let pending = app.store.pending_migrations().await;
    let reaches = if pending.is_ok() {
        Health::Ok
    } else {
        Health::Fail
    };
    ready.checks.push(("database", reaches));
    match pending {
        Ok(pending) if pending.is_empty() => ready.checks.push(("migrations", Health::Ok)),
        Ok(pending) => ready.failed("migrations", &format!("pending: {}", pending.join(", "))),
        Err(error) => {
            ready.details.push(format!("database: {error}"));
            return ready;
        }
    }
    match keys::published(app).await {
        Ok(ring) if ring.signer.is_some() => ready.checks.push(("keys", Health::Ok)),
        // A new deployment: the first request that needs one makes it.
        Ok(_) => ready.checks.push(("keys", Health::Warn)),
        Err(error) => ready.failed("keys", &format!("{error:?}")),
    }
    let configured = [
        ("syslog", app.settings.audit.syslog.is_some()),
        ("collector", app.settings.audit.collector.is_some()),
    ];
    if configured.iter().any(|(_, is_set)| *is_set) {
        let now_ms = app.host.now_ms();
        let sinks = app.store.audit_sinks().await.unwrap_or_default();
        let is_late = |sink: &SinkState| {
            let is_set = configured.contains(&(sink.name.as_str(), true));
            is_set && (sink.attempts > 0 || waits_ms(sink, now_ms) > LATE_MS)
        };
        let health = if sinks.iter().any(is_late) {
            Health::Warn
        } else {
            Health::Ok
        };
        ready.checks.push(("audit-push", health));
    }
    ready
}

/// For how long the oldest record has waited for a receiver, milliseconds.
#[must_use]
pub fn waits_ms(sink: &SinkState, now_ms: i64) -> i64 {
    sink.waiting_since_ms
        .map_or(0, |since_ms| now_ms.saturating_sub(since_ms).max(0))
}

impl Readiness {
    fn failed(&mut self, what: &'static str, detail: &str) {
        self.checks.push((what, Health::Fail));
        self.details.push(format!("{what}: {detail}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<MetricsToken>, String> {
        MetricsToken::read(&|_| Some(text.to_owned()))
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = read("a-token-of-24-characters").unwrap().unwrap();
        assert!(token.is("a-token-of-24-characters"));
        for other in ["", "a-token-of-24-character", "a-token-of-24-charactersx"] {
            assert!(!token.is(other), "{other}");
        }
        assert_eq!(format!("{token:?}"), "MetricsToken { .. }");
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused() {
        assert_eq!(read("  "), Ok(None));
        assert!(read("a-token-of-23-character").is_err());
        assert!(read("a token of 24 characters").is_err());
    }
}
