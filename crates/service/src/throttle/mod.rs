//! How often something may be asked for, and how often a password may be guessed.
//!
//! # Where it is counted
//! In the database, with one conditional statement for a count (`INSERT … ON CONFLICT DO UPDATE …
//! RETURNING`), which the database runs alone: of any number of requests in any number of isolates
//! or processes, exactly as many get through as may. A Durable Object would be as consistent, but
//! it is one more kind of storage that only one host has; the same SQL runs on SQLite and on D1,
//! where it also shares its round trip with the look-up of the credential.
//!
//! # Rates
//! A [`Rule`] is a number of requests in a window, counted by the generic cell rate algorithm: that
//! many at once, then one more each time that a window divided by that number has passed. So in no
//! window are there more than twice as many, and over time never more. Each key has its own count:
//! an address of a client (IPv6 without its last 64 bits, which one subscriber may choose from), an
//! e-mail address, an account.
//!
//! Every endpoint has [`Rule::Default`], for each address and route, without a statement a request:
//! see [`Permits`]. The other rules are exact, and refused before anything expensive is done.
//!
//! # Password guesses
//! Wrong passwords in a row are counted for each e-mail address that is typed, account or not,
//! wherever they come from (OWASP Authentication, lockout by account): see [`Guesses`]. A guess is
//! counted before the password is hashed and forgotten when it was right, so that guesses at the
//! same time can't outrun the count.
//!
//! So that nobody keeps another out by guessing wrong, a device that the owner has used before has
//! a budget of its own (OWASP, device cookies: [`KnownDevice`]); so has each session, for calls
//! that ask for the password again. And what is counted is forgotten after a time without a guess.

mod device;
mod guess;
mod key;
mod permits;
mod ports;
mod settings;

pub use device::KnownDevice;
pub use guess::{Guess, Via, forget_account, open_guess, right_guess};
pub(crate) use guess::{ask_for as guess_ask, check as check_guess};
pub(crate) use key::permit_key;
pub use key::{AccountKey, Key, account_key};
pub use permits::{Permits, default_rate};
pub use ports::{
    Granted, GuessAsk, GuessOpening, PermitAsk, SignInAsk, SignInOpening, ThrottleStore,
};
pub use settings::{Guesses, Rate, Rule, ThrottleSettings};

use portcullis_issue::random::random_id;

use crate::host::HostEntropy;
use crate::{App, Context, Denied, Error, Host, Store};

/// Lets a request through, or refuses it, by a rule: before any expensive work.
///
/// With several keys all must have room, and a later one is charged only when those before it had.
/// One round trip, and none for a key that is known to have no room yet.
///
/// # Errors
/// [`Denied::TooManyRequests`] with the time after which one more has room.
pub async fn guard<S: Store, H: Host>(
    app: &App<S, H>,
    rule: Rule,
    keys: &[Key<'_>],
    context: &Context,
) -> Result<(), Error> {
    match wait_us(app, rule, keys, context).await? {
        None => Ok(()),
        Some(wait_us) => Err(too_many(wait_us)),
    }
}

/// As [`guard`], for what is left out in silence when there is no room, such as one more mail to
/// the same address.
///
/// # Errors
/// Only faults.
pub async fn has_room<S: Store, H: Host>(
    app: &App<S, H>,
    rule: Rule,
    keys: &[Key<'_>],
    context: &Context,
) -> Result<bool, Error> {
    Ok(wait_us(app, rule, keys, context).await?.is_none())
}

/// Refuses one who is known to have no room by a rule, without asking the store and without charging.
///
/// # Errors
/// As [`guard`].
pub(crate) fn require_open<S, H: Host>(
    app: &App<S, H>,
    rule: Rule,
    key: Key<'_>,
    context: &Context,
) -> Result<(), Error> {
    if app.settings.throttle.rate(rule).is_none() {
        return Ok(());
    }
    let now_us = app.host.now_ms().saturating_mul(1000);
    match app.throttle.closed_us(&key.name(rule, context), now_us) {
        None => Ok(()),
        Some(wait_us) => Err(too_many(wait_us)),
    }
}

/// Batches of one run of [`prune`]; what is left then is for the next.
const PRUNE_BATCHES: usize = 20;

/// Deletes counts that say nothing any more, some thousands at a time. Answers with how many.
///
/// # Errors
/// Only faults.
pub async fn prune<S: Store, H: Host>(app: &App<S, H>) -> Result<u64, Error> {
    let now_ms = app.host.now_ms();
    let guesses = app.settings.throttle.guesses.as_ref();
    let forgotten_ms = guesses.map_or(now_ms, |guesses| guesses.forgotten_ms(now_ms));
    let mut all = 0;
    for _ in 0..PRUNE_BATCHES {
        match app.store.prune_counts(now_ms, forgotten_ms).await? {
            0 => break,
            deleted => all += deleted,
        }
    }
    Ok(all)
}

/// The refusal of one who has to wait.
pub(crate) fn too_many(wait_us: i64) -> Error {
    let secs = wait_us.max(1).saturating_add(999_999) / 1_000_000;
    Denied::TooManyRequests {
        retry_after_secs: secs,
    }
    .into()
}

/// A name for one request's grants, which statements of the same batch can depend on.
pub(crate) fn grant_id<H: Host>(host: &H) -> String {
    random_id(&mut HostEntropy(host))
}

/// How long the first key without room has to wait, in microseconds.
async fn wait_us<S: Store, H: Host>(
    app: &App<S, H>,
    rule: Rule,
    keys: &[Key<'_>],
    context: &Context,
) -> Result<Option<i64>, Error> {
    let Some(rate) = app.settings.throttle.rate(rule) else {
        return Ok(None);
    };
    let now_us = app.host.now_ms().saturating_mul(1000);
    let names: Vec<String> = keys.iter().map(|key| key.name(rule, context)).collect();
    let closed = names
        .iter()
        .find_map(|name| app.throttle.closed_us(name, now_us));
    if closed.is_some() {
        return Ok(closed);
    }
    let asks: Vec<_> = names
        .iter()
        .map(|name| PermitAsk::one(permit_key(&app.settings.secrets, name), rate))
        .collect();
    let granted = app
        .store
        .take_permits(&asks, &grant_id(&app.host), now_us)
        .await?;
    for (name, granted) in names.iter().zip(granted) {
        if granted.permits == 0 {
            let wait_us = rate.wait_us(granted.arrival_us, 1, now_us);
            app.throttle
                .close(name, now_us.saturating_add(wait_us), now_us);
            return Ok(Some(wait_us));
        }
    }
    Ok(None)
}
