//! How often something may be asked for, and how often a password may be guessed: both sides of
//! every boundary.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_issue::secret::Secrets;
use portcullis_service::throttle::{
    Granted, Guess, GuessAsk, GuessOpening, PermitAsk, Rate, SignInAsk, ThrottleStore, Via,
};

use crate::support::{
    NOW_MS, TestStore, YEAR_2100_MS, count, done, event, new_session, query, store, store_with,
};

const NOW_US: i64 = NOW_MS * 1000;
const SECOND_US: i64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;

fn rate(max: u32, secs: u32) -> Rate {
    Rate::new(max, secs).unwrap()
}

/// A name that no other grant has.
fn grant_id() -> String {
    static DRAWN: AtomicUsize = AtomicUsize::new(0);
    DRAWN.fetch_add(1, Ordering::Relaxed).to_string()
}

fn one(key: &str, rate: Rate) -> PermitAsk {
    PermitAsk::one(key.to_owned(), rate)
}

fn take(store: &TestStore, asks: &[PermitAsk], now_us: i64) -> Vec<Granted> {
    done(store.take_permits(asks, &grant_id(), now_us)).unwrap()
}

/// Permits of one key that are taken one after the other in the same microsecond.
fn taken_at_once(store: &TestStore, key: &str, rate: Rate, now_us: i64) -> u32 {
    let asks = [one(key, rate)];
    (0..=rate.max() + 1)
        .map(|_| take(store, &asks, now_us)[0].permits)
        .sum()
}

#[test]
fn as_many_as_the_rate_says_are_granted_and_the_next_is_refused_until_its_time() {
    let store = store();
    let (rate, asks) = (rate(3, 10), [one("a", rate(3, 10))]);
    for _ in 0..3 {
        assert_eq!(take(&store, &asks, NOW_US)[0].permits, 1);
    }
    let refused = take(&store, &asks, NOW_US)[0];
    assert_eq!(refused.permits, 0);
    let wait_us = rate.wait_us(refused.arrival_us, 1, NOW_US);
    assert_eq!(wait_us, 3_333_333);
    assert_eq!(take(&store, &asks, NOW_US + wait_us - 1)[0].permits, 0);
    assert_eq!(take(&store, &asks, NOW_US + wait_us)[0].permits, 1);
    assert_eq!(take(&store, &asks, NOW_US + wait_us)[0].permits, 0);
}

#[test]
fn requests_at_once_all_have_room_in_whatever_order_of_their_clocks_they_are_counted() {
    let store = store();
    let asks = [one("a", rate(3, 3600))];
    for behind_us in [0, 50_000, 900_000] {
        assert_eq!(take(&store, &asks, NOW_US - behind_us)[0].permits, 1);
    }
    let refused = take(&store, &asks, NOW_US)[0];
    assert_eq!(refused.permits, 0);
    let at_us = NOW_US + 1200 * SECOND_US;
    assert_eq!(take(&store, &asks, at_us - 1)[0].permits, 0);
    assert_eq!(take(&store, &asks, at_us)[0].permits, 1);
}

#[test]
fn guesses_at_once_need_no_wait_in_whatever_order_of_their_clocks_they_are_counted() {
    let store = store();
    let ann = guess("ann@example.org", Via::Stranger);
    for behind_ms in [0, 50, 900] {
        assert!(open(&store, &ann, NOW_MS - behind_ms).is_open);
    }
    assert!(!open(&store, &ann, NOW_MS - 900).is_open);
}

#[test]
fn asking_in_vain_doesnt_move_the_time_at_which_there_is_room() {
    let store = store();
    let asks = [one("a", rate(1, 10))];
    let first = take(&store, &asks, NOW_US)[0];
    for second in 1..10 {
        let refused = take(&store, &asks, NOW_US + second * SECOND_US)[0];
        assert_eq!((refused.permits, refused.arrival_us), (0, first.arrival_us));
    }
    assert_eq!(take(&store, &asks, NOW_US + 10 * SECOND_US)[0].permits, 1);
}

#[test]
fn after_any_time_there_are_no_more_at_once_than_the_rate_says() {
    let store = store();
    let rate = rate(5, 60);
    for at_us in [NOW_US, NOW_US + 60 * SECOND_US, NOW_US + DAY_MS * 1000] {
        assert_eq!(taken_at_once(&store, "a", rate, at_us), 5);
    }
}

#[test]
fn no_window_has_more_than_twice_the_rate_and_no_long_time_more_than_the_rate() {
    let store = store();
    let (rate, asks) = (rate(10, 10), [one("a", rate(10, 10))]);
    let mut granted = Vec::new();
    for tenth in 0..1000 {
        let now_us = NOW_US + tenth * SECOND_US / 10;
        let permits = take(&store, &asks, now_us)[0].permits;
        granted.extend((0..permits).map(|_| now_us));
    }
    // Ten at once, and then one a second for a hundred seconds.
    assert_eq!(granted.len(), 10 + 99);
    for start in &granted {
        let end = start + rate.window_us();
        let within = granted.iter().filter(|at| (*start..end).contains(*at));
        assert!(within.count() <= 20);
    }
}

#[test]
fn a_lot_is_as_large_as_there_is_room_but_never_less_than_is_needed() {
    let store = store();
    let lot = |want, least| {
        let ask = PermitAsk {
            want,
            least,
            ..one("a", rate(10, 10))
        };
        take(&store, &[ask], NOW_US)[0].permits
    };
    assert_eq!(lot(7, 1), 7);
    assert_eq!(lot(7, 4), 0, "there is room for three");
    assert_eq!(lot(7, 3), 3);
    assert_eq!(lot(1, 1), 0);
}

#[test]
fn a_later_key_is_charged_only_when_the_one_before_had_room() {
    let store = store();
    let asks = [one("address", rate(1, 10)), one("email", rate(3, 10))];
    assert_eq!(take(&store, &asks, NOW_US).len(), 2);
    for round in 1..5 {
        let granted = take(&store, &asks, NOW_US + round);
        assert_eq!(granted.len(), 1, "the second isn't reached");
        assert_eq!(granted[0].permits, 0);
    }
    // One was taken, and two are left.
    let left = [one("email", rate(3, 10))];
    let granted: Vec<_> = (10..13)
        .map(|at| take(&store, &left, NOW_US + at)[0].permits)
        .collect();
    assert_eq!(granted, [1, 1, 0]);
}

#[test]
fn keys_are_counted_apart() {
    let store = store();
    assert_eq!(taken_at_once(&store, "a", rate(2, 10), NOW_US), 2);
    assert_eq!(taken_at_once(&store, "b", rate(2, 10), NOW_US), 2);
}

#[test]
fn times_of_the_year_2100_are_counted_to_the_microsecond() {
    let store = store();
    let now_us = YEAR_2100_MS * 1000;
    let asks = [one("a", rate(1_000_000, 1))];
    let first = take(&store, &asks, now_us)[0];
    assert_eq!(first.arrival_us, now_us + 1);
    assert_eq!(take(&store, &asks, now_us)[0].arrival_us, now_us + 2);
}

fn secrets() -> Secrets {
    Secrets::parse("a secret for tests alone, 32 bytes long").unwrap()
}

fn guess(email: &str, via: Via<'_>) -> Guess {
    Guess::new(&secrets(), email, via)
}

fn ask(guess: &Guess, now_ms: i64) -> GuessAsk {
    GuessAsk {
        guess: guess.clone(),
        forgotten_ms: now_ms - 30 * DAY_MS,
        free: 3,
        max: 100,
        delay_ms: 1000,
        cap_ms: 900_000,
    }
}

fn open(store: &TestStore, guess: &Guess, now_ms: i64) -> GuessOpening {
    done(store.open_guess(&ask(guess, now_ms), &grant_id(), now_ms)).unwrap()
}

/// Guesses wrong as soon as that is possible, and says how long that took after each failure.
fn waits(store: &TestStore, guess: &Guess, guesses: u32) -> (Vec<i64>, i64) {
    let mut now_ms = NOW_MS;
    let mut waits = Vec::new();
    for failures in 1..=guesses {
        let opening = open(store, guess, now_ms);
        assert!(opening.is_open, "guess {failures}");
        assert_eq!(opening.failures, failures);
        let wait_ms = (opening.open_at_ms - now_ms).max(0);
        if wait_ms > 0 {
            assert!(!open(store, guess, now_ms).is_open);
            assert!(!open(store, guess, now_ms + wait_ms - 1).is_open);
        }
        waits.push(wait_ms);
        now_ms += wait_ms;
    }
    (waits, now_ms)
}

#[test]
fn after_three_failures_the_wait_is_a_second_and_doubles_up_to_a_quarter_of_an_hour() {
    let store = store();
    let (waits, _) = waits(&store, &guess("ann@example.org", Via::Stranger), 15);
    let seconds: Vec<_> = waits.iter().map(|wait_ms| wait_ms / 1000).collect();
    let expected = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900];
    assert_eq!(seconds, expected);
}

#[test]
fn a_guess_in_vain_is_not_counted() {
    let store = store();
    let ann = guess("ann@example.org", Via::Stranger);
    let (_, now_ms) = waits(&store, &ann, 3);
    for _ in 0..50 {
        let refused = open(&store, &ann, now_ms - 1);
        assert_eq!((refused.is_open, refused.failures), (false, 3));
    }
    assert_eq!(open(&store, &ann, now_ms).failures, 4);
}

#[test]
fn after_a_hundred_failures_no_guess_is_taken_until_they_are_forgotten() {
    let store = store();
    let ann = guess("ann@example.org", Via::Stranger);
    let (waits, now_ms) = waits(&store, &ann, 100);
    let last_ms = now_ms - waits[99];
    for at_ms in [now_ms, now_ms + DAY_MS, last_ms + 30 * DAY_MS - 1] {
        let refused = open(&store, &ann, at_ms);
        assert_eq!((refused.is_open, refused.failures), (false, 100));
        assert_eq!(refused.changed_at_ms, last_ms);
    }
    let opening = open(&store, &ann, last_ms + 30 * DAY_MS);
    assert_eq!((opening.is_open, opening.failures), (true, 1));
}

#[test]
fn a_right_guess_forgets_the_failures_of_where_it_came_from_and_no_others() {
    let store = store();
    let stranger = guess("ann@example.org", Via::Stranger);
    let device = guess("ann@example.org", Via::Device("d1"));
    for guess in [&stranger, &device] {
        waits(&store, guess, 5);
    }
    done(store.forget_guess(&device)).unwrap();
    assert_eq!(open(&store, &device, NOW_MS).failures, 1);
    assert!(!open(&store, &stranger, NOW_MS).is_open);
}

#[test]
fn a_new_password_forgets_the_failures_of_every_source_and_of_no_other_account() {
    let store = store();
    let anns = [Via::Stranger, Via::Device("d1"), Via::Session("s1")]
        .map(|via| guess("ann@example.org", via));
    let bob = guess("bob@example.org", Via::Stranger);
    for guess in anns.iter().chain([&bob]) {
        waits(&store, guess, 5);
    }
    done(store.forget_account(anns[0].account())).unwrap();
    for guess in &anns {
        assert_eq!(open(&store, guess, NOW_MS).failures, 1);
    }
    assert!(!open(&store, &bob, NOW_MS).is_open);
}

#[test]
fn strangers_devices_and_sessions_use_up_no_budget_but_their_own() {
    let store = store();
    waits(&store, &guess("ann@example.org", Via::Stranger), 100);
    for via in [Via::Device("d1"), Via::Device("d2"), Via::Session("d1")] {
        assert_eq!(
            open(&store, &guess("ann@example.org", via), NOW_MS).failures,
            1
        );
    }
}

fn sign_in_ask<'a>(guess: &Guess, email: &'a str) -> SignInAsk<'a> {
    SignInAsk {
        permit: Some(one("address", rate(2, 10))),
        guess: Some(ask(guess, NOW_MS)),
        grant_id: grant_id(),
        email,
        now_ms: NOW_MS,
    }
}

#[test]
fn a_sign_in_takes_permit_and_guess_and_finds_the_account_in_one_batch() {
    let store = store_with(&["ann"]);
    let ann = guess("ann@example.org", Via::Stranger);
    let email = "ann@example.org";
    let opening = done(store.open_sign_in(&sign_in_ask(&ann, email))).unwrap();
    assert_eq!(opening.permit.unwrap().permits, 1);
    assert_eq!(opening.guess.unwrap().failures, 1);
    assert_eq!(opening.credential.unwrap().user.id, "ann");
}

#[test]
fn an_unknown_address_is_counted_as_a_known_one_is() {
    let store = store_with(&["ann"]);
    for email in ["ann@example.org", "nobody@example.org"] {
        let stranger = guess(email, Via::Stranger);
        let mut asked = sign_in_ask(&stranger, email);
        asked.permit = None;
        let opening = done(store.open_sign_in(&asked)).unwrap();
        assert!(opening.permit.is_none());
        assert_eq!(opening.guess.unwrap().failures, 1);
        let (waits, _) = waits(&store, &guess(email, Via::Device("d")), 6);
        assert_eq!(waits[5], 8000);
    }
}

#[test]
fn a_sign_in_from_an_address_without_room_counts_no_guess() {
    let store = store_with(&["ann"]);
    let ann = guess("ann@example.org", Via::Stranger);
    let email = "ann@example.org";
    let try_once = || done(store.open_sign_in(&sign_in_ask(&ann, email))).unwrap();
    for _ in 0..2 {
        assert!(try_once().guess.unwrap().is_open);
    }
    for _ in 0..3 {
        let opening = try_once();
        assert_eq!(opening.permit.unwrap().permits, 0);
        assert!(opening.guess.is_none());
    }
    assert_eq!(open(&store, &ann, NOW_MS).failures, 3, "two and this one");
}

#[test]
fn a_session_that_begins_forgets_the_failures_before_it_and_one_that_doesnt_forgets_none() {
    let store = store_with(&["ann"]);
    let ann = guess("ann@example.org", Via::Stranger);
    waits(&store, &ann, 3);
    let login = event("auth.login", Some("ann"));
    let gone = new_session("s1", "nobody");
    assert!(!done(store.begin_session_after(&gone, Some(&ann), &login)).unwrap());
    assert!(!open(&store, &ann, NOW_MS).is_open);
    let new = new_session("s2", "ann");
    assert!(done(store.begin_session_after(&new, Some(&ann), &login)).unwrap());
    assert_eq!(open(&store, &ann, NOW_MS).failures, 1);
}

#[test]
fn what_says_nothing_any_more_is_deleted_and_nothing_else() {
    let store = store();
    take(&store, &[one("a", rate(1, 10))], NOW_US);
    take(&store, &[one("b", rate(1, 20))], NOW_US);
    open(&store, &guess("ann@example.org", Via::Stranger), NOW_MS);
    open(&store, &guess("bob@example.org", Via::Stranger), NOW_MS + 1);
    let prune = |now_ms, forgotten_ms| done(store.prune_counts(now_ms, forgotten_ms)).unwrap();
    assert_eq!(prune(NOW_MS + 9999, NOW_MS - 1), 0);
    assert_eq!(prune(NOW_MS + 10_000, NOW_MS), 2);
    assert_eq!(count(&store, "SELECT count(*) FROM rate"), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM password_guess"), 1);
    assert_eq!(prune(NOW_MS + 20_000, NOW_MS + 1), 2);
}

#[test]
fn rows_hold_neither_addresses_nor_ids() {
    let store = store();
    for via in [Via::Stranger, Via::Device("d1"), Via::Session("s1")] {
        open(&store, &guess("ann@example.org", via), NOW_MS);
    }
    let rows = query(
        &store,
        "SELECT account, source FROM password_guess ORDER BY source",
    );
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row.text("account").unwrap().len(), 22);
        let source = row.text("source").unwrap();
        assert!(source.is_empty() || source.len() == 22, "{source}");
    }
}

/// Runs a test's work in 64 threads that begin together; how often it said yes.
fn of_64(work: impl Fn(usize) -> bool + Sync) -> usize {
    let (barrier, yes) = (Barrier::new(64), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for index in 0..64 {
            let (barrier, yes, work) = (&barrier, &yes, &work);
            scope.spawn(move || {
                barrier.wait();
                if work(index) {
                    yes.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    yes.into_inner()
}

#[test]
fn of_64_at_once_exactly_as_many_get_a_permit_as_there_are() {
    let store = store();
    let asks = [one("a", rate(20, 60))];
    let granted = of_64(|_| take(&store, &asks, NOW_US)[0].permits == 1);
    assert_eq!(granted, 20);
}

#[test]
fn of_64_guesses_at_once_exactly_as_many_are_taken_as_need_no_wait() {
    let store = store_with(&["ann"]);
    let ann = guess("ann@example.org", Via::Stranger);
    let taken = of_64(|index| {
        let mut asked = sign_in_ask(&ann, "ann@example.org");
        asked.permit = Some(one(&format!("address {index}"), rate(3, 10)));
        let opening = done(store.open_sign_in(&asked)).unwrap();
        assert_eq!(
            opening.permit.unwrap().permits,
            1,
            "each has an address of its own"
        );
        opening.guess.unwrap().is_open
    });
    assert_eq!(taken, 3);
}
