//! What counting needs from a store.

use core::future::Future;

use super::settings::Rate;
use super::{AccountKey, Guess};
use crate::{AuditEvent, Credential, NewSession, StoreError};

/// Permits that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermitAsk {
    /// Whose; a keyed hash.
    pub key: String,
    /// How many there are in a window.
    pub rate: Rate,
    /// As many as there are room for, up to this.
    pub want: u32,
    /// None at all rather than fewer than this.
    pub least: u32,
}

impl PermitAsk {
    /// Asks for one.
    #[must_use]
    pub const fn one(key: String, rate: Rate) -> Self {
        Self {
            key,
            rate,
            want: 1,
            least: 1,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// How many; 0 is a refusal.
    pub permits: u32,
    /// The count as it stands now: its theoretical arrival time, Unix microseconds.
    pub arrival_us: i64,
}

/// A guess that is about to be made, with the rules for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessAsk {
    /// At whose password, from where.
    pub guess: Guess,
    /// Failures counted before this time are forgotten, if none came after; Unix milliseconds.
    pub forgotten_ms: i64,
    /// Failures in a row without a wait between them.
    pub free: u32,
    /// Failures in a row after which no guess is taken.
    pub max: u32,
    /// The first wait, in milliseconds; each is twice the one before.
    pub delay_ms: i64,
    /// The longest wait, in milliseconds.
    pub cap_ms: i64,
}

/// Whether a guess may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessOpening {
    /// Whether it may; it is counted as a failure until it turns out to be right.
    pub is_open: bool,
    /// Failures in a row, with this guess if it may be made.
    pub failures: u32,
    /// From when on the next guess is taken, Unix milliseconds; 0 for at once.
    pub open_at_ms: i64,
    /// When the last guess was taken, Unix milliseconds.
    pub changed_at_ms: i64,
}

/// A sign-in that is about to be tried.
#[derive(Debug, Clone)]
pub struct SignInAsk<'a> {
    /// The permit that it takes; `None` when rates are off.
    pub permit: Option<PermitAsk>,
    /// The guess that it is, taken only with the permit; `None` when guesses aren't counted.
    pub guess: Option<GuessAsk>,
    /// A name for what is granted to it, never used before.
    pub grant_id: String,
    /// The address of the account.
    pub email: &'a str,
    /// The time, Unix milliseconds.
    pub now_ms: i64,
}

/// What a sign-in begins with.
#[derive(Debug)]
pub struct SignInOpening {
    /// What came of asking for the permit; `None` when none was asked for.
    pub permit: Option<Granted>,
    /// What came of asking for the guess; `None` when none was asked for, or the permit was
    /// refused.
    pub guess: Option<GuessOpening>,
    /// The account with this address, with its password hash.
    pub credential: Option<Credential>,
}

/// Where requests and guesses are counted. Every method is one round trip.
pub trait ThrottleStore {
    /// Takes permits, for each ask after another until one is refused; that one is the last that is
    /// answered. Each is one conditional statement.
    fn take_permits(
        &self,
        asks: &[PermitAsk],
        grant_id: &str,
        now_us: i64,
    ) -> impl Future<Output = Result<Vec<Granted>, StoreError>> + Send;

    /// Counts a guess as a failure, if one may be made now.
    fn open_guess(
        &self,
        ask: &GuessAsk,
        grant_id: &str,
        now_ms: i64,
    ) -> impl Future<Output = Result<GuessOpening, StoreError>> + Send;

    /// Takes the permit and the guess of a sign-in and looks its account up, all in one batch.
    fn open_sign_in(
        &self,
        ask: &SignInAsk<'_>,
    ) -> impl Future<Output = Result<SignInOpening, StoreError>> + Send;

    /// As [`Store::begin_session`](crate::Store::begin_session), and forgets the failures that led
    /// up to `right`, in the same batch.
    fn begin_session_after(
        &self,
        new: &NewSession,
        right: Option<&Guess>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets failures: the guess was right.
    fn forget_guess(&self, guess: &Guess) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets all failures at an account's password, wherever they came from.
    fn forget_account(
        &self,
        account: &AccountKey,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes counts of permits that have room for all again, and failures of guesses before
    /// `forgotten_ms`. Answers with how many.
    fn prune_counts(
        &self,
        now_ms: i64,
        forgotten_ms: i64,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
