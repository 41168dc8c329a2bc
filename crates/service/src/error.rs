//! Why a use case didn't do what it was asked.

use core::fmt;

use portcullis_core::decide::Explanation;

use crate::StoreError;
use crate::tenants::Refused;

/// A refusal or a failure.
#[derive(Debug)]
pub enum Error {
    /// Expected: the caller asked for what it may not have.
    Denied(Denied),
    /// Ours: something broke. The caller hears no more than that.
    Fault(Fault),
}

/// What a caller may hear of a refusal.
#[derive(Debug, PartialEq)]
pub enum Denied {
    /// Something about the caller's account.
    Account(crate::accounts::Refused),
    /// Something about the administration of accounts.
    Admin(crate::admin::Refused),
    /// Something about API keys.
    ApiKeys(crate::api_keys::Refused),
    /// Something about decisions and searches for others.
    Authzen(crate::authzen::Refused),
    /// Something about registered records.
    Catalog(crate::catalog::Refused),
    /// Somebody who acts for the user asked for what takes the user in person.
    ByActor,
    /// The policy says no, and why.
    Forbidden(Box<Explanation>),
    /// Something about links to chat identities, and services that act by them.
    IdentityLinks(crate::identity_links::Refused),
    /// Something about acting as somebody else.
    Impersonation(crate::impersonation::Refused),
    /// Unknown address, no password set, or wrong password: which of them is not said.
    InvalidCredentials,
    /// The address isn't one.
    InvalidEmail,
    /// A new password that is on the list of common ones, or says no more than whose it is.
    PasswordTooCommon,
    /// A password longer than any that could be right.
    PasswordTooLong,
    /// A new password below the length that the operator asks for.
    PasswordTooShort {
        /// The least number of code points.
        min: usize,
    },
    /// A password that should prove who the caller is doesn't.
    InvalidPassword,
    /// A refresh token that is malformed, unknown, over or used before: which of them is not said.
    RefreshToken,
    /// The sign-in is longer ago than a sensitive call allows.
    SessionNotFresh,
    /// Something about tenants, members and roles made at run time.
    Tenants(Refused),
    /// Asked for more often than may be.
    TooManyRequests {
        /// After how many seconds there is room for one more.
        retry_after_secs: i64,
    },
    /// No session, an unknown one, or one that has ended.
    Unauthenticated,
    /// Something about settings of users.
    UserSettings(crate::user_settings::Refused),
}

/// What broke.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// A password could not be hashed or compared; the text says why, and nothing about it.
    Hashing(String),
    /// Signing keys can't be made, opened or used; the text says which and why.
    Keys(String),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hashing(what) => write!(f, "password hashing: {what}"),
            Self::Keys(what) => write!(f, "signing keys: {what}"),
            Self::Store(error) => write!(f, "store: {error}"),
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Fault(Fault::Store(error))
    }
}
