//! The default rate of every endpoint, without a statement a request.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::key::network;
use super::settings::{Rate, Rule};
use super::{PermitAsk, grant_id, permit_key, too_many};
use crate::{App, Context, Error, Host, Store};

/// Keys that are remembered at most; when there are more, all are forgotten, which lets each start
/// with new credit.
const MAX_KEYS: usize = 4096;

/// How long an answer to one who asks for a lot is waited for; it may have been given up.
const ASKING_US: i64 = 1_000_000;

/// Permits that an isolate or process holds, and what it knows to have no room yet.
///
/// A client that asks now and then costs nothing: the first `credit` requests of a key in a window
/// are let through on credit. One that asks more often pays for those and takes a lot of permits, a
/// tenth of the rate, out of the shared count with one statement; unused ones lapse after a window.
/// A busy key gets no credit, and a refused one is refused from memory until there is room.
///
/// The bound for all isolates together: the rate of the shared count, and in each isolate `credit`
/// requests in a window in which it let no more than those through. With `credit=0` there is none
/// but the shared count, and a statement for the first request of each key and window.
#[derive(Debug, Default)]
pub struct Permits {
    kept: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    /// Until when nothing of this key has room.
    closed_until_us: i64,
    /// Permits taken out of the shared count and not used, and until when they are good.
    leased: u32,
    lease_until_us: i64,
    /// Requests let through on credit that weren't paid for, and until when their window lasts.
    unpaid: u32,
    credit_until_us: i64,
    /// Until when there is no credit.
    busy_until_us: i64,
    /// Until when a lot is being asked for: others that come meanwhile ask for what they need
    /// alone.
    asking_until_us: i64,
}

impl Kept {
    fn use_lease(&mut self, now_us: i64) -> bool {
        let has_one = self.leased > 0 && self.lease_until_us > now_us;
        if has_one {
            self.leased = self.leased.saturating_sub(1);
        }
        has_one
    }

    fn is_stale(&self, now_us: i64) -> bool {
        let last = self.closed_until_us.max(self.lease_until_us);
        last.max(self.credit_until_us).max(self.busy_until_us) <= now_us
    }
}

/// What to do with a request.
#[derive(Debug, PartialEq, Eq)]
enum Pass {
    /// Ask the shared count, for what was let through on credit as well, and perhaps for a lot.
    Ask { unpaid: u32, with_lot: bool },
    /// Refuse it.
    Closed { wait_us: i64 },
    /// Let it through.
    Open,
}

impl Permits {
    /// How long a key is known to have no room, in microseconds.
    pub(crate) fn closed_us(&self, name: &str, now_us: i64) -> Option<i64> {
        let kept = self.lock();
        let wait_us = kept.get(name)?.closed_until_us.saturating_sub(now_us);
        (wait_us > 0).then_some(wait_us)
    }

    /// Remembers that a key has no room until then.
    pub(crate) fn close(&self, name: &str, until_us: i64, now_us: i64) {
        self.with(name, now_us, |kept| kept.closed_until_us = until_us);
    }

    fn pass(&self, name: &str, rate: Rate, credit: u32, now_us: i64) -> Pass {
        self.with(name, now_us, |kept| {
            if kept.use_lease(now_us) {
                return Pass::Open;
            }
            if kept.closed_until_us > now_us {
                let wait_us = kept.closed_until_us.saturating_sub(now_us);
                return Pass::Closed { wait_us };
            }
            if kept.credit_until_us <= now_us {
                kept.unpaid = 0;
                kept.credit_until_us = now_us.saturating_add(rate.window_us());
            }
            // Less than all there is, or the first request to be counted could never be paid for.
            let credit = credit.min(rate.max().saturating_sub(1));
            if kept.busy_until_us <= now_us && kept.unpaid < credit {
                kept.unpaid = kept.unpaid.saturating_add(1);
                return Pass::Open;
            }
            kept.busy_until_us = now_us.saturating_add(rate.window_us());
            let with_lot = kept.asking_until_us <= now_us;
            if with_lot {
                kept.asking_until_us = now_us.saturating_add(ASKING_US);
            }
            Pass::Ask {
                unpaid: core::mem::take(&mut kept.unpaid),
                with_lot,
            }
        })
    }

    /// Uses a permit that came while the shared count was asked in vain, or remembers that there is
    /// no room until then.
    fn use_or_close(&self, name: &str, until_us: i64, now_us: i64) -> bool {
        self.with(name, now_us, |kept| {
            let has_one = kept.use_lease(now_us);
            if !has_one {
                kept.closed_until_us = until_us;
            }
            has_one
        })
    }

    /// Keeps what is left of a lot after the request that it was taken for.
    fn keep(&self, name: &str, permits: u32, until_us: i64, now_us: i64) {
        self.with(name, now_us, |kept| {
            kept.asking_until_us = 0;
            let left = if kept.lease_until_us > now_us {
                kept.leased
            } else {
                0
            };
            kept.leased = left.saturating_add(permits);
            kept.lease_until_us = until_us;
        });
    }

    fn with<T>(&self, name: &str, now_us: i64, work: impl FnOnce(&mut Kept) -> T) -> T {
        let mut all = self.lock();
        if let Some(kept) = all.get_mut(name) {
            return work(kept);
        }
        if all.len() >= MAX_KEYS {
            all.retain(|_, kept| !kept.is_stale(now_us));
        }
        if all.len() >= MAX_KEYS {
            all.clear();
        }
        work(all.entry(name.to_owned()).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a request of a client at a route by [`Rule::Default`].
///
/// # Errors
/// [`Denied::TooManyRequests`](crate::Denied::TooManyRequests), and faults of the store: without a
/// count nothing goes through that would have had to be counted.
pub async fn default_rate<S: Store, H: Host>(
    app: &App<S, H>,
    route: &str,
    context: &Context,
) -> Result<(), Error> {
    let Some(rate) = app.settings.throttle.rate(Rule::Default) else {
        return Ok(());
    };
    let now_us = app.host.now_ms().saturating_mul(1000);
    let name = format!("default {route} address {}", network(&context.ip_address));
    let credit = app.settings.throttle.credit;
    let (unpaid, with_lot) = match app.throttle.pass(&name, rate, credit, now_us) {
        Pass::Open => return Ok(()),
        Pass::Closed { wait_us } => return Err(too_many(wait_us)),
        Pass::Ask { unpaid, with_lot } => (unpaid, with_lot),
    };
    let least = unpaid.saturating_add(1);
    let lot = if with_lot {
        (rate.max() / 10).max(1)
    } else {
        1
    };
    let ask = PermitAsk {
        key: permit_key(&app.settings.secrets, &name),
        rate,
        want: unpaid.saturating_add(lot).min(rate.max()),
        least,
    };
    let granted = app
        .store
        .take_permits(&[ask], &grant_id(&app.host), now_us)
        .await?;
    let Some(granted) = granted.first() else {
        return Err(too_many(rate.interval_us()));
    };
    if granted.permits < least {
        let wait_us = rate.wait_us(granted.arrival_us, least, now_us);
        let until_us = now_us.saturating_add(wait_us);
        let has_one = app.throttle.use_or_close(&name, until_us, now_us);
        return if has_one {
            Ok(())
        } else {
            Err(too_many(wait_us))
        };
    }
    if with_lot {
        let left = granted.permits.saturating_sub(least);
        let until_us = now_us.saturating_add(rate.window_us());
        app.throttle.keep(&name, left, until_us, now_us);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_US: i64 = 1_000_000;

    fn rate() -> Rate {
        Rate::new(100, 10).unwrap()
    }

    /// Passes until the shared count is to be asked; how many went through, and what it is asked
    /// for.
    fn until_asked(permits: &Permits, credit: u32, now_us: i64) -> (u32, u32) {
        for opened in 0..=1000 {
            match permits.pass("a", rate(), credit, now_us) {
                Pass::Open => {}
                Pass::Ask { unpaid, .. } => return (opened, unpaid),
                Pass::Closed { .. } => break,
            }
        }
        panic!("the shared count was never asked")
    }

    #[test]
    fn what_goes_through_on_credit_is_paid_for_by_the_first_that_asks() {
        assert_eq!(until_asked(&Permits::default(), 10, 0), (10, 10));
        assert_eq!(until_asked(&Permits::default(), 0, 0), (0, 0));
        // One less than there is: a lot of the whole rate can pay for it.
        assert_eq!(until_asked(&Permits::default(), 1000, 0), (99, 99));
    }

    #[test]
    fn a_key_that_asks_now_and_then_never_asks_the_shared_count() {
        let permits = Permits::default();
        for second in 0..1000 {
            let pass = permits.pass("a", rate(), 10, second * SECOND_US);
            assert_eq!(pass, Pass::Open);
        }
    }

    #[test]
    fn a_lot_is_used_up_before_the_shared_count_is_asked_again_without_new_credit() {
        let permits = Permits::default();
        until_asked(&permits, 10, 0);
        permits.keep("a", 9, 10 * SECOND_US, 0);
        assert_eq!(until_asked(&permits, 10, SECOND_US), (9, 0));
        assert_eq!(until_asked(&permits, 10, SECOND_US), (0, 0));
    }

    #[test]
    fn while_a_lot_is_asked_for_others_ask_for_themselves_alone() {
        let permits = Permits::default();
        let ask = |now_us| match permits.pass("a", rate(), 0, now_us) {
            Pass::Ask { with_lot, .. } => with_lot,
            other => panic!("{other:?}"),
        };
        assert!(ask(0));
        assert!(!ask(0));
        assert!(!ask(ASKING_US - 1));
        assert!(ask(ASKING_US), "the first was given up");
        permits.keep("a", 0, 10 * SECOND_US, ASKING_US);
        assert!(ask(ASKING_US));
    }

    #[test]
    fn nothing_is_refused_while_there_are_permits_of_a_lot() {
        let permits = Permits::default();
        until_asked(&permits, 0, 0);
        permits.keep("a", 1, 10 * SECOND_US, 0);
        assert!(permits.use_or_close("a", SECOND_US, 0));
        permits.keep("a", 1, 10 * SECOND_US, 0);
        permits.close("a", SECOND_US, 0);
        assert_eq!(permits.pass("a", rate(), 0, 0), Pass::Open);
        assert!(!permits.use_or_close("a", SECOND_US, 0));
        let closed = permits.pass("a", rate(), 0, 0);
        assert_eq!(closed, Pass::Closed { wait_us: SECOND_US });
    }

    #[test]
    fn a_lot_lapses_after_a_window() {
        let permits = Permits::default();
        until_asked(&permits, 10, 0);
        permits.keep("a", 9, 10 * SECOND_US, 0);
        assert_eq!(permits.pass("a", rate(), 0, 10 * SECOND_US - 1), Pass::Open);
        let lapsed = permits.pass("a", rate(), 0, 10 * SECOND_US);
        assert!(matches!(lapsed, Pass::Ask { unpaid: 0, .. }));
    }

    #[test]
    fn a_busy_key_has_credit_again_only_after_a_window_without_asking() {
        let permits = Permits::default();
        until_asked(&permits, 10, 0);
        assert_eq!(until_asked(&permits, 10, 10 * SECOND_US - 1).0, 0);
        let busy_until_us = 20 * SECOND_US - 1;
        assert_eq!(until_asked(&permits, 10, busy_until_us).0, 10);
    }

    #[test]
    fn a_key_without_room_is_refused_from_memory_until_its_time_and_others_are_not() {
        let permits = Permits::default();
        permits.close("a", 5 * SECOND_US, 0);
        let closed = permits.pass("a", rate(), 10, 5 * SECOND_US - 1);
        assert_eq!(closed, Pass::Closed { wait_us: 1 });
        assert_eq!(permits.closed_us("a", 5 * SECOND_US - 1), Some(1));
        assert_eq!(permits.closed_us("a", 5 * SECOND_US), None);
        assert_eq!(permits.pass("a", rate(), 10, 5 * SECOND_US), Pass::Open);
        assert_eq!(permits.pass("b", rate(), 10, 0), Pass::Open);
    }

    #[test]
    fn however_many_keys_there_are_only_some_thousands_are_remembered() {
        let permits = Permits::default();
        for index in 0..3 * MAX_KEYS {
            permits.pass(&format!("{index}"), rate(), 10, 0);
            assert!(permits.lock().len() <= MAX_KEYS);
        }
        // Those whose time is over go first.
        permits.close("kept", 100 * SECOND_US, 0);
        for (start_us, keys) in [(0, MAX_KEYS - 1), (50 * SECOND_US, 10)] {
            for index in 0..keys {
                permits.pass(&format!("{start_us} {index}"), rate(), 10, start_us);
            }
        }
        assert_eq!(permits.lock().len(), 11);
        assert!(permits.closed_us("kept", 50 * SECOND_US).is_some());
    }
}
