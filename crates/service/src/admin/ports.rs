//! What the administration of accounts needs of a store.

use core::future::Future;

use portcullis_core::decide::{Grant, RawScope};

use super::query::{Filter, Search, Sort};
use crate::accounts::NewOneTime;
use crate::throttle::AccountKey;
use crate::{AuditEvent, NewGrant, Session, StoreError, User};

/// An account as those see it who administer it.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The account.
    pub user: User,
    /// Its roles, where they are held, in no order.
    pub grants: Vec<HeldGrant>,
    /// The ban that was set, if any; it may be over.
    pub ban: Option<Ban>,
    /// Why it is disabled, if it is.
    pub disabled_reason: Option<String>,
}

/// A role that an account holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldGrant {
    /// Row id.
    pub id: String,
    /// The role.
    pub role: String,
    /// Scope text; empty is global.
    pub scope: String,
    /// When it was given, Unix milliseconds.
    pub created_at_ms: i64,
}

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// Why.
    pub reason: Option<String>,
    /// From when on it is over, Unix milliseconds; `None` is never.
    pub expires_at_ms: Option<i64>,
}

impl Ban {
    /// Whether it holds at a time.
    #[must_use]
    pub fn holds_at(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_none_or(|end_ms| end_ms > now_ms)
    }
}

impl HeldGrant {
    /// The role and where it is held, as the engine takes it.
    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant {
            role: self.role.clone(),
            scope: RawScope::Text(self.scope.clone()),
        }
    }
}

impl Account {
    /// The roles, as the engine takes them.
    #[must_use]
    pub fn roles(&self) -> Vec<Grant> {
        self.grants.iter().map(HeldGrant::grant).collect()
    }

    /// The ban, while it holds.
    #[must_use]
    pub fn ban_at(&self, now_ms: i64) -> Option<&Ban> {
        self.ban.as_ref().filter(|ban| ban.holds_at(now_ms))
    }
}

/// Which accounts a list has.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Those whose address or name is like this.
    pub search: Option<Search>,
    /// And those of whom this is so.
    pub filter: Option<Filter>,
    /// In which order; those alike in the order of their ids.
    pub sort: Sort,
    /// At most so many.
    pub limit: u32,
    /// Leaving out so many; of no account behind a place.
    pub offset: u32,
    /// Those behind this place in the order.
    pub after: Option<Place>,
    /// Only those who hold a role at one of these scopes or within it; `None` is everybody.
    pub within: Option<Vec<String>>,
    /// The present, Unix milliseconds, for bans that are over.
    pub now_ms: i64,
}

/// A place in an order of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The value that the list is ordered by.
    pub key: Key,
    /// The account's id.
    pub id: String,
}

/// A value that a list is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A whole number.
    Integer(i64),
    /// No value.
    Null,
    /// Text.
    Text(String),
}

/// A page of accounts.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The accounts, each with the value that the list is ordered by.
    pub accounts: Vec<(Account, Key)>,
    /// How many there are in all; `None` behind a place, where they were counted before.
    pub total: Option<i64>,
}

/// What a change was decided on, and has to hold still when it is written.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Who makes the change.
    pub caller_id: String,
    /// What the caller's epoch was.
    pub caller_epoch: i64,
    /// Whose account it is.
    pub user_id: String,
    /// What the account's epoch was; `None` where its roles don't matter.
    pub user_epoch: Option<i64>,
}

/// What is done to an account.
#[derive(Clone)]
pub enum Effect {
    /// Another name, picture or address; `None` leaves it.
    Profile(ProfileEffect),
    /// Roles taken, by the ids of their rows, and given.
    Roles {
        /// Those taken.
        taken: Vec<String>,
        /// Those given.
        given: Vec<NewGrant>,
    },
    /// A ban, which ends every session.
    Ban(Ban),
    /// No ban any more.
    Unban,
    /// Another tier; `None` is the policy's default.
    Tier(Option<String>),
    /// Another password, which ends every session; wrong guesses are forgotten.
    Password {
        /// Its PHC string.
        phc: String,
        /// Whose wrong guesses.
        guesses: AccountKey,
    },
    /// Every session ends, and each that held is recorded.
    EndSessions,
    /// The session with this id ends.
    EndSession(String),
    /// The account is deleted with all that is its own.
    Remove,
}

impl core::fmt::Debug for Effect {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Profile(_) => "Profile",
            Self::Roles { .. } => "Roles",
            Self::Ban(_) => "Ban",
            Self::Unban => "Unban",
            Self::Tier(_) => "Tier",
            Self::Password { .. } => "Password(hidden)",
            Self::EndSessions => "EndSessions",
            Self::EndSession(_) => "EndSession",
            Self::Remove => "Remove",
        })
    }
}

/// What is changed of how an account shows itself.
#[derive(Debug, Clone, Default)]
pub struct ProfileEffect {
    /// Another name.
    pub name: Option<String>,
    /// Another picture, or none.
    pub image: Option<Option<String>>,
    /// Another address; links that were given out for the account open nothing any more.
    pub email: Option<String>,
    /// Whether the address counts as confirmed.
    pub email_verified: Option<bool>,
}

/// A change to an account.
#[derive(Debug, Clone)]
pub struct Change {
    /// What it was decided on.
    pub ground: Ground,
    /// What is done, in order.
    pub effects: Vec<Effect>,
    /// Roles of which some account that may sign in has to hold one everywhere afterwards; empty
    /// where the change takes no administrator away.
    pub keeps_one_of: Vec<String>,
    /// When, Unix milliseconds.
    pub now_ms: i64,
    /// What is recorded. For ended sessions once for each.
    pub event: AuditEvent,
}

/// How a change came out. But for the first, nothing was done.
#[derive(Debug, Clone)]
pub enum Changed {
    /// It was made; the account as it is now, unless it was deleted.
    Done(Option<Box<Account>>),
    /// The caller or the account has changed since.
    Stale,
    /// Another account has the address.
    EmailTaken,
    /// Nobody would be left who administers.
    LastAdministrator,
    /// The account is the last owner of a tenant.
    LastOwner,
}

/// An account to make.
#[derive(Clone)]
pub struct NewAccount {
    /// The account.
    pub user: User,
    /// Its password's PHC string, if it has one.
    pub phc: Option<String>,
    /// Roles to start with.
    pub grants: Vec<NewGrant>,
    /// A ban to start with.
    pub ban: Option<Ban>,
    /// A code with which its owner sets a password.
    pub reset_code: Option<NewOneTime>,
    /// Who makes it, and what that one's epoch was.
    pub caller: (String, i64),
}

impl core::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NewAccount")
            .field("user", &self.user)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// Accounts for those who administer them. Every method that changes something is one transaction.
pub trait AdminStore: Send + Sync {
    /// The account with this id.
    fn account(
        &self,
        user_id: &str,
    ) -> impl Future<Output = Result<Option<Account>, StoreError>> + Send;

    /// Several accounts by their ids, in no order; those that aren't there are left out.
    fn accounts_by_id(
        &self,
        user_ids: &[String],
    ) -> impl Future<Output = Result<Vec<Account>, StoreError>> + Send;

    /// A page of accounts.
    fn list_accounts(
        &self,
        asked: &Asked,
    ) -> impl Future<Output = Result<Listed, StoreError>> + Send;

    /// Makes an account and records it; not when its address is taken or the caller has changed.
    fn create_account(
        &self,
        new: &NewAccount,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;

    /// Changes an account and records it.
    fn change_account(
        &self,
        change: &Change,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;

    /// The session with this id, or the hash of this token.
    fn session_named(
        &self,
        id: &str,
        token_hash: &str,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;
}
