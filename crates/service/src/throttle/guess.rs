//! Guesses at a password: taken before it is compared, forgotten when it was right.

use portcullis_issue::keyed_hash::keyed_hash;
use portcullis_issue::secret::{Purpose, Secrets};

use super::{AccountKey, GuessAsk, GuessOpening, account_key, grant_id, too_many};
use crate::{App, Error, Host, Store};

/// Where a guess comes from; each source has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via<'a> {
    /// A device on which the account was signed in to before, by its id.
    Device(&'a str),
    /// A session of the account, by its id: whoever has stolen it may guess on, but nobody else.
    Session(&'a str),
    /// Anywhere else, all together.
    Stranger,
}

/// A guess at a password: at whose, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    account: AccountKey,
    source: String,
}

impl Guess {
    /// The guess at the password of an address from a source, not yet taken; `email` lower-cased.
    #[must_use]
    pub fn new(secrets: &Secrets, email: &str, via: Via<'_>) -> Self {
        let source = match via {
            Via::Device(id) => format!("device {id}"),
            Via::Session(id) => format!("session {id}"),
            Via::Stranger => String::new(),
        };
        let source = if source.is_empty() {
            source
        } else {
            keyed_hash(secrets, Purpose::Throttle, &source)
        };
        Self {
            account: account_key(secrets, email),
            source,
        }
    }

    /// At whose password.
    #[must_use]
    pub const fn account(&self) -> &AccountKey {
        &self.account
    }

    /// The keyed hash of where it comes from; empty for strangers.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// Takes a guess at the password of an address, before it is hashed and compared.
///
/// It counts as a failure until [`right_guess`] is told otherwise. `email` is lower-cased.
///
/// # Errors
/// [`Denied::TooManyRequests`](crate::Denied::TooManyRequests) while a wait lasts, the same whether
/// there is such an account or not.
pub async fn open_guess<S: Store, H: Host>(
    app: &App<S, H>,
    email: &str,
    via: Via<'_>,
) -> Result<Guess, Error> {
    let guess = Guess::new(&app.settings.secrets, email, via);
    let now_ms = app.host.now_ms();
    if let Some(ask) = ask_for(app, &guess, now_ms) {
        let opening = app
            .store
            .open_guess(&ask, &grant_id(&app.host), now_ms)
            .await?;
        check(&ask, &opening, now_ms)?;
    }
    Ok(guess)
}

/// Forgets the failures that led up to a right guess, from where it came.
///
/// # Errors
/// Only faults.
pub async fn right_guess<S: Store, H: Host>(app: &App<S, H>, guess: &Guess) -> Result<(), Error> {
    if app.settings.throttle.guesses.is_some() {
        app.store.forget_guess(guess).await?;
    }
    Ok(())
}

/// Forgets every failure at the password of an address: it has a new one.
///
/// # Errors
/// Only faults.
pub async fn forget_account<S: Store, H: Host>(app: &App<S, H>, email: &str) -> Result<(), Error> {
    let account = account_key(&app.settings.secrets, email);
    Ok(app.store.forget_account(&account).await?)
}

/// A guess with the rules for it; `None` when guesses aren't counted.
pub(crate) fn ask_for<S, H>(app: &App<S, H>, guess: &Guess, now_ms: i64) -> Option<GuessAsk> {
    let rules = app.settings.throttle.guesses?;
    Some(GuessAsk {
        guess: guess.clone(),
        forgotten_ms: rules.forgotten_ms(now_ms),
        free: rules.free,
        max: rules.max,
        delay_ms: i64::from(rules.delay_secs) * 1000,
        cap_ms: i64::from(rules.cap_secs) * 1000,
    })
}

/// Refuses a guess that may not be made yet.
pub(crate) fn check(ask: &GuessAsk, opening: &GuessOpening, now_ms: i64) -> Result<(), Error> {
    if opening.is_open {
        return Ok(());
    }
    let open_at_ms = if opening.failures >= ask.max {
        let memory_ms = now_ms.saturating_sub(ask.forgotten_ms);
        opening.changed_at_ms.saturating_add(memory_ms)
    } else {
        opening.open_at_ms
    };
    let wait_ms = open_at_ms.saturating_sub(now_ms);
    Err(too_many(wait_ms.saturating_mul(1000)))
}
