//! Telling receivers what is in the audit log: in order, at least once, however long one is away.
//!
//! How far a receiver is stands in the database and moves only when it has said that it has the
//! records. A host that ends in between tells them again; the number in each record tells which.

use core::future::Future;

use super::{Batch, SettledBatch, to_json};
use crate::throttle::grant_id;
use crate::{App, AuditEvent, Error, Host, Store, Webhook};

/// Most records told at once.
const BATCH: u32 = 500;
/// Most batches of one run; the rest is for the next, so that a run ends.
const BATCHES: usize = 40;
/// How long a batch is kept from other hosts; longer than any receiver may take to answer.
const LEASE_MS: i64 = 30_000;
/// The wait after the first failure; it doubles with every further one.
const FIRST_WAIT_MS: i64 = 1_000;
/// The longest wait. A receiver is never given up: its records wait.
const MAX_WAIT_MS: i64 = 300_000;
/// Longest problem kept, in characters.
const MAX_PROBLEM_CHARS: usize = 200;

/// A receiver of audit records.
pub trait Sink: Send + Sync {
    /// Its name, under which the database remembers how far it is.
    fn name(&self) -> &'static str;

    /// Tells records, oldest first, and comes back once the receiver has said that it has them all,
    /// within twenty seconds. Fails with a sentence.
    fn tell(&self, events: &[AuditEvent]) -> impl Future<Output = Result<(), String>> + Send;
}

/// What came of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// How many records were told.
    pub told: usize,
    /// Whether the receiver failed.
    pub has_failed: bool,
}

/// Tells a receiver every record that it hasn't, until there is none or it fails.
///
/// # Errors
/// Only faults of the store.
pub async fn push<S: Store, H: Host>(app: &App<S, H>, sink: &impl Sink) -> Result<Pushed, Error> {
    let mut pushed = Pushed::default();
    for _ in 0..BATCHES {
        let now_ms = app.host.now_ms();
        if !app.store.has_news(sink.name(), now_ms).await? {
            break;
        }
        let holder = grant_id(&app.host);
        let until_ms = now_ms + LEASE_MS;
        let taken = app
            .store
            .take_audit(sink.name(), &holder, now_ms, until_ms, BATCH)
            .await?;
        let Some(batch) = taken else {
            break;
        };
        let outcome = if batch.events.is_empty() {
            Ok(())
        } else {
            sink.tell(&batch.events).await
        };
        if let Err(problem) = &outcome {
            log(app, sink.name(), &batch, problem);
        }
        let told = batch.events.len();
        let settled = settle(&batch, outcome, app.host.now_ms());
        app.store
            .settle_audit(sink.name(), &holder, &settled)
            .await?;
        if matches!(settled, SettledBatch::Later { .. }) {
            pushed.has_failed = true;
            break;
        }
        pushed.told += told;
    }
    Ok(pushed)
}

fn settle(batch: &Batch, outcome: Result<(), String>, now_ms: i64) -> SettledBatch {
    match outcome {
        Ok(()) => SettledBatch::Done {
            upto: batch.events.last().map_or(batch.upto, |event| event.id),
            at_ms: now_ms,
        },
        Err(problem) => SettledBatch::Later {
            next_at_ms: now_ms + wait_ms(batch.attempts),
            problem: problem.chars().take(MAX_PROBLEM_CHARS).collect(),
        },
    }
}

/// One second after the first failure, two after the second, and so on, at most five minutes.
fn wait_ms(failures_before: u32) -> i64 {
    FIRST_WAIT_MS
        .saturating_mul(1_i64 << failures_before.min(16))
        .min(MAX_WAIT_MS)
}

fn log<S, H: Host>(app: &App<S, H>, sink: &str, batch: &Batch, problem: &str) {
    let line = serde_json::json!({
        "level": "warn",
        "msg": "audit not pushed",
        "sink": sink,
        "after": batch.upto,
        "attempt": batch.attempts.saturating_add(1),
        "error": problem,
    });
    app.host.log(&line.to_string());
}

/// A collector that takes JSON lines by HTTPS, signed as the Standard Webhooks specification says.
#[derive(Debug)]
pub struct Collector<'a, H> {
    /// Where it is.
    pub webhook: &'a Webhook,
    /// Who sends.
    pub host: &'a H,
}

impl<H: Host> Sink for Collector<'_, H> {
    fn name(&self) -> &'static str {
        "collector"
    }

    async fn tell(&self, events: &[AuditEvent]) -> Result<(), String> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        // Told again after a failure, the same records have the same id.
        let id = format!("audit-{}-{}", first.id, last.id);
        let mut body = String::new();
        for event in events {
            body.push_str(&to_json(event).to_string());
            body.push('\n');
        }
        let now_secs = self.host.now_ms() / 1000;
        let request = self
            .webhook
            .signed_as(&id, body, now_secs, "application/x-ndjson");
        match self.host.post(request).await? {
            200..=299 => Ok(()),
            status => Err(format!("status {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_five_minutes() {
        let waits: Vec<_> = [0, 1, 2, 8, 9, 99].map(wait_ms).into();
        assert_eq!(waits, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    }

    #[test]
    fn a_failure_moves_nothing_on() {
        let batch = Batch {
            upto: 7,
            attempts: 0,
            events: Vec::new(),
        };
        assert_eq!(
            settle(&batch, Err("no answer".into()), 10),
            SettledBatch::Later {
                next_at_ms: 1_010,
                problem: "no answer".into()
            }
        );
        assert_eq!(
            settle(&batch, Ok(()), 10),
            SettledBatch::Done { upto: 7, at_ms: 10 }
        );
    }
}
