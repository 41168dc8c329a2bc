//! Throttling by the use cases: several isolates on one database, and what they ask of it.

use core::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use portcullis_core::policy::Policy;
use portcullis_issue::Entropy;
use portcullis_service::session::Device;
use portcullis_service::sign_in::{SignIn, SignedIn, sign_in};
use portcullis_service::throttle::{
    Key, Rule, ThrottleSettings, default_rate, forget_account, guard, prune,
};
use portcullis_service::{
    App, Context, Denied, Error, Host, NewUser, NoHooks, OutgoingRequest, Settings, StoreError,
    password,
};
use portcullis_store::{Driver, Row, SqlStore, Statement, accounts};

use crate::support::{NOW_MS, Seeded, TestStore, count, done, new_user, query, store};

const POLICY: &str =
    "name = \"t\"\nversion = \"1\"\nscopes = [\"org\"]\n[permissions]\n\"doc:read\" = []\n";
const PASSWORD: &str = "correct horse battery staple";
const EMAIL: &str = "ann@example.org";

/// The database of all isolates, and how often each of them asked it for something.
#[derive(Debug)]
struct Counting {
    store: Arc<TestStore>,
    trips: AtomicUsize,
}

impl Driver for Counting {
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        self.trips.fetch_add(1, Ordering::Relaxed);
        self.store.driver().query(statement)
    }

    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Vec<Row>>, StoreError>> + Send {
        self.trips.fetch_add(1, Ordering::Relaxed);
        self.store.driver().batch(statements)
    }
}

/// A host whose time the test turns.
#[derive(Debug)]
struct Turned {
    now_ms: AtomicI64,
    drawn: AtomicU64,
}

impl Host for Turned {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, out: &mut [u8]) {
        Seeded(self.drawn.fetch_add(1, Ordering::Relaxed)).fill(out);
    }

    async fn post(&self, _request: OutgoingRequest) -> Result<u16, String> {
        Err("nothing is sent here".to_owned())
    }

    fn log(&self, _line: &str) {}
}

type Isolate = App<SqlStore<Counting>, Turned>;

/// Isolates of one deployment with these rates.
fn isolates(number: u64, rates: &'static str) -> Vec<Isolate> {
    let store = Arc::new(store());
    let isolate = |index: u64| {
        let policy: Policy = portcullis_core::policy::toml::parse(POLICY).unwrap();
        let secret = "a secret for tests alone, 32 bytes long";
        let mut settings = Settings::new("http://127.0.0.1:1", secret, policy).unwrap();
        let chosen = |name| match name {
            "PORTCULLIS_RATES" => Some(rates.to_owned()),
            "PORTCULLIS_GUESSES" => Some("max=6".to_owned()),
            _ => None,
        };
        settings.throttle = ThrottleSettings::read(&chosen).unwrap();
        App {
            settings: Arc::new(settings),
            store: SqlStore::new(Counting {
                store: Arc::clone(&store),
                trips: AtomicUsize::new(0),
            }),
            host: Turned {
                now_ms: AtomicI64::new(NOW_MS),
                drawn: AtomicU64::new(index << 32),
            },
            rings: Arc::default(),
            policies: Arc::default(),
            throttle: Arc::default(),
            feed: Arc::default(),
            hooks: Arc::new(NoHooks),
        }
    };
    (0..number).map(isolate).collect()
}

fn from(ip_address: &str) -> Context {
    Context {
        ip_address: ip_address.to_owned(),
        ..Context::default()
    }
}

fn trips(app: &Isolate) -> usize {
    app.store.driver().trips.load(Ordering::Relaxed)
}

fn set_time(app: &Isolate, now_ms: i64) {
    app.host.now_ms.store(now_ms, Ordering::Relaxed);
}

fn passes(app: &Isolate, now_ms: i64) -> bool {
    set_time(app, now_ms);
    match done(default_rate(app, "/route", &from("192.0.2.1"))) {
        Ok(()) => true,
        Err(Error::Denied(Denied::TooManyRequests { .. })) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// One client that asks `per_second` times a second, each time another isolate, for this long.
fn flood(isolates: &[Isolate], per_second: i64, seconds: i64) -> i64 {
    let mut passed = 0;
    let mut random = Seeded(7);
    for index in 0..per_second * seconds {
        let mut byte = [0];
        random.fill(&mut byte);
        let app = &isolates[usize::from(byte[0]) % isolates.len()];
        passed += i64::from(passes(app, NOW_MS + index * 1000 / per_second));
    }
    passed
}

#[test]
fn without_credit_all_isolates_together_never_pass_more_than_the_rate() {
    for number in [1, 5, 20] {
        let isolates = isolates(number, "default=100/10,credit=0");
        let passed = flood(&isolates, 100, 60);
        // A hundred at once, and then ten a second; lots that lapsed count as used.
        assert!(passed <= 100 + 600, "{number} isolates: {passed}");
        assert!(passed >= 500, "{number} isolates: {passed}");
    }
}

#[test]
fn credit_adds_no_more_than_that_to_each_isolate() {
    for number in [1, 5, 20] {
        let isolates = isolates(number, "default=100/10,credit=10");
        let passed = flood(&isolates, 100, 60);
        let credit = 10 * i64::try_from(number).unwrap();
        assert!(passed <= 100 + 600 + credit, "{number} isolates: {passed}");
    }
}

#[test]
fn a_client_that_asks_now_and_then_costs_no_statement_and_a_busy_one_a_tenth_of_one() {
    let isolates = isolates(1, "credit=10");
    let app = &isolates[0];
    for index in 0..600 {
        assert!(passes(app, NOW_MS + index * 1000));
    }
    assert_eq!(trips(app), 0, "one request a second for ten minutes");
    let busy_ms = NOW_MS + 3_600_000;
    for index in 0..3000 {
        assert!(passes(app, busy_ms + index * 200));
    }
    assert!(trips(app) <= 300, "{} for five a second", trips(app));
}

#[test]
fn a_flood_is_refused_without_asking_the_database() {
    let isolates = isolates(1, "credit=10");
    let app = &isolates[0];
    let passed = (0..10_000).filter(|_| passes(app, NOW_MS)).count();
    assert_eq!(passed, 100);
    assert!(trips(app) <= 11, "{}", trips(app));
    assert!(!passes(app, NOW_MS + 99));
    assert!(passes(app, NOW_MS + 100));
}

fn guarded(app: &Isolate, keys: &[Key<'_>], ip: &str) -> Option<i64> {
    match done(guard(app, Rule::RequestPasswordReset, keys, &from(ip))) {
        Ok(()) => None,
        Err(Error::Denied(Denied::TooManyRequests { retry_after_secs })) => Some(retry_after_secs),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_guard_costs_one_trip_for_what_it_lets_through_and_none_for_what_it_knows_to_have_no_room() {
    let isolates = isolates(2, "request-password-reset=3/60");
    let keys = [Key::Address, Key::Email(EMAIL)];
    for index in 0..3 {
        assert_eq!(guarded(&isolates[index % 2], &keys, "192.0.2.1"), None);
    }
    assert_eq!(guarded(&isolates[0], &keys, "192.0.2.1"), Some(20));
    let before = trips(&isolates[0]);
    assert_eq!(before, 3);
    for _ in 0..100 {
        assert_eq!(guarded(&isolates[0], &keys, "192.0.2.1"), Some(20));
    }
    assert_eq!(trips(&isolates[0]), before);
    // From another address the e-mail address is still without room.
    assert_eq!(guarded(&isolates[1], &keys, "192.0.2.2"), Some(20));
    for app in &isolates {
        set_time(app, NOW_MS + 19_999);
        assert_eq!(guarded(app, &keys, "192.0.2.1"), Some(1));
    }
    set_time(&isolates[1], NOW_MS + 20_000);
    assert_eq!(guarded(&isolates[1], &keys, "192.0.2.1"), None);
    assert_eq!(guarded(&isolates[1], &keys, "192.0.2.1"), Some(20));
}

fn with_ann(rates: &'static str) -> Isolate {
    let app = isolates(1, rates).remove(0);
    let phc = done(password::hash_new(&app, PASSWORD, false)).unwrap();
    let ann = NewUser {
        phc,
        ..new_user("ann", &[])
    };
    done(app.store.driver().batch(accounts::add_user(&ann, false))).unwrap();
    app
}

fn attempt(app: &Isolate, typed: &str, device: Option<String>) -> Result<SignedIn, Error> {
    let asked = SignIn {
        email: EMAIL.to_owned(),
        password: typed.to_owned(),
        remember_me: true,
        replaces: None,
        device: Device::default(),
        wants_refresh: false,
        known_device: device,
    };
    done(sign_in(app, asked, &from("192.0.2.1")))
}

/// How many trips a sign-in takes, and what comes of it.
fn trips_of(app: &Isolate, typed: &str) -> (usize, Result<SignedIn, Error>) {
    let before = trips(app);
    let outcome = attempt(app, typed, None);
    (trips(app) - before, outcome)
}

#[test]
fn a_sign_in_takes_two_trips_right_or_wrong_one_when_it_has_to_wait_and_none_when_that_is_known() {
    let app = with_ann("sign-in=4/10");
    let (taken, outcome) = trips_of(&app, PASSWORD);
    assert_eq!((taken, outcome.is_ok()), (2, true));
    for _ in 0..3 {
        let (taken, outcome) = trips_of(&app, "wrong");
        let wrong = matches!(outcome, Err(Error::Denied(Denied::InvalidCredentials)));
        assert_eq!((taken, wrong), (2, true));
    }
    for (trips, secs) in [(1, 3), (0, 3)] {
        let (taken, outcome) = trips_of(&app, PASSWORD);
        let Err(Error::Denied(Denied::TooManyRequests { retry_after_secs })) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((taken, retry_after_secs), (trips, secs));
    }
}

#[test]
fn a_device_whose_guesses_are_used_up_is_as_any_other() {
    let app = with_ann("off");
    let secrets = &app.settings.secrets;
    let known = attempt(&app, PASSWORD, None).unwrap().known_device;
    let token = || Some(known.to_text(secrets));
    let mut now_ms = NOW_MS;
    for _ in 0..6 {
        assert!(matches!(
            attempt(&app, "", token()),
            Err(Error::Denied(Denied::InvalidCredentials))
        ));
        now_ms += 900_000;
        set_time(&app, now_ms);
    }
    // The seventh from there counts as a stranger's, of which there were none.
    assert!(attempt(&app, PASSWORD, token()).is_ok());
}

#[test]
fn a_new_password_lets_the_owner_in_at_once() {
    let app = with_ann("off");
    for _ in 0..3 {
        attempt(&app, "wrong", None).unwrap_err();
    }
    let outcome = attempt(&app, PASSWORD, None);
    assert!(matches!(
        outcome,
        Err(Error::Denied(Denied::TooManyRequests {
            retry_after_secs: 1
        }))
    ));
    done(forget_account(&app, EMAIL)).unwrap();
    assert!(attempt(&app, PASSWORD, None).is_ok());
}

#[test]
fn counts_name_nobody_and_are_pruned_when_they_say_nothing_any_more() {
    let app = with_ann("");
    attempt(&app, "wrong", None).unwrap_err();
    guarded(
        &app,
        &[Key::Address, Key::Email(EMAIL), Key::Account("ann")],
        "192.0.2.1",
    );
    let store = &app.store.driver().store;
    let keys = query(store, "SELECT key FROM rate");
    assert_eq!(keys.len(), 4);
    for row in keys {
        let key = row.text("key").unwrap();
        assert_eq!(key.len(), 22, "{key}");
    }
    let accounts = query(store, "SELECT account FROM password_guess");
    assert_eq!(accounts[0].text("account").unwrap().len(), 22);
    set_time(&app, NOW_MS + 31 * 86_400_000);
    assert_eq!(done(prune(&app)).unwrap(), 5);
    assert_eq!(count(store, "SELECT count(*) FROM rate"), 0);
    assert_eq!(done(prune(&app)).unwrap(), 0);
}
