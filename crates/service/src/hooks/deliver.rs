//! Telling the webhook what has happened: at least once, later and later after failures.

use crate::tenants::{Settled, Taken};
use crate::{App, Error, Host, Store};

/// Most changes told in one go.
const BATCH: u32 = 20;
/// How long a change is kept from other hosts while it is told; longer than any request takes.
const LEASE_MS: i64 = 120_000;
/// After so many failures nobody tries again: with the waits below, after a day and a half.
pub(crate) const MAX_ATTEMPTS: u32 = 16;
/// The wait after the first failure; it doubles with every further one.
const FIRST_WAIT_MS: i64 = 5_000;
/// The longest wait.
const MAX_WAIT_MS: i64 = 6 * 3_600_000;
/// Longest problem kept, in characters.
const MAX_PROBLEM_CHARS: usize = 200;

/// What came of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many changes were told.
    pub told: usize,
    /// How many couldn't be.
    pub failed: usize,
}

/// Tells the webhook every change that is due, until there is none.
///
/// A change is told at least once: a host that ends between telling it and noting that tells it
/// again, with the same id. A status other than 2xx is a failure.
///
/// # Errors
/// Only faults of the store.
pub async fn deliver<S: Store, H: Host>(app: &App<S, H>) -> Result<Delivered, Error> {
    let mut delivered = Delivered::default();
    let Some(webhook) = &app.settings.webhook else {
        return Ok(delivered);
    };
    loop {
        let now_ms = app.host.now_ms();
        let taken = app
            .store
            .take_changes(now_ms, now_ms + LEASE_MS, BATCH)
            .await?;
        if taken.is_empty() {
            return Ok(delivered);
        }
        for one in taken {
            let request = webhook.request(&one.change, app.host.now_ms() / 1000);
            let problem = match app.host.post(request).await {
                Ok(200..=299) => None,
                Ok(status) => Some(format!("status {status}")),
                Err(problem) => Some(problem),
            };
            match &problem {
                None => delivered.told += 1,
                Some(problem) => {
                    delivered.failed += 1;
                    log(app, &one, problem);
                }
            }
            let settled = settle(one, problem, app.host.now_ms());
            app.store.settle_changes(&[settled]).await?;
        }
    }
}

fn settle(taken: Taken, problem: Option<String>, now_ms: i64) -> Settled {
    let id = taken.change.id;
    match problem {
        None => Settled::Done { id },
        Some(problem) => {
            let problem: String = problem.chars().take(MAX_PROBLEM_CHARS).collect();
            if taken.attempts >= MAX_ATTEMPTS {
                Settled::Dead {
                    id,
                    at_ms: now_ms,
                    problem,
                }
            } else {
                Settled::Later {
                    id,
                    next_at_ms: now_ms + wait_ms(taken.attempts),
                    problem,
                }
            }
        }
    }
}

/// Five seconds after the first failure, ten after the second, and so on, at most six hours.
pub(crate) fn wait_ms(attempts: u32) -> i64 {
    let doublings = attempts.saturating_sub(1).min(32);
    FIRST_WAIT_MS
        .saturating_mul(1_i64 << doublings)
        .min(MAX_WAIT_MS)
}

fn log<S, H: Host>(app: &App<S, H>, taken: &Taken, problem: &str) {
    let line = serde_json::json!({
        "level": if taken.attempts >= MAX_ATTEMPTS { "error" } else { "warn" },
        "msg": "webhook",
        "change": taken.change.id,
        "attempt": taken.attempts,
        "error": problem,
    });
    app.host.log(&line.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenants::{Change, ChangeKind, Record, Tenant};

    fn taken(attempts: u32) -> Taken {
        Taken {
            change: Change {
                id: "c1".into(),
                kind: ChangeKind::TenantCreated,
                tenant_id: Some("t1".into()),
                user_id: "u1".into(),
                at_ms: 0,
                record: Record::Tenant(Tenant {
                    id: "t1".into(),
                    name: "T".into(),
                    slug: "t".into(),
                    created_at_ms: 0,
                    updated_at_ms: 0,
                }),
            },
            attempts,
        }
    }

    #[test]
    fn the_wait_doubles_up_to_six_hours() {
        let waits: Vec<_> = [1, 2, 3, 13, 14, 99].map(wait_ms).into();
        assert_eq!(
            waits,
            [5_000, 10_000, 20_000, 20_480_000, 21_600_000, 21_600_000]
        );
    }

    #[test]
    fn the_last_attempt_leaves_a_change_dead_and_the_one_before_it_does_not() {
        let failed = |attempts| settle(taken(attempts), Some("no answer".into()), 1_000);
        assert!(matches!(failed(MAX_ATTEMPTS - 1), Settled::Later { .. }));
        let dead = Settled::Dead {
            id: "c1".into(),
            at_ms: 1_000,
            problem: "no answer".into(),
        };
        assert_eq!(failed(MAX_ATTEMPTS), dead);
        assert_eq!(settle(taken(1), None, 0), Settled::Done { id: "c1".into() });
    }
}
