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
    /// Something about decisions and searches for others.
    Authzen(crate::authzen::Refused),
    /// Something about registered records.
    Catalog(crate::catalog::Refused),
    /// The right password of an account that an administrator has disabled.
    AccountDisabled,
    /// The policy says no, and why.
    Forbidden(Box<Explanation>),
    /// Unknown address, no password set, or wrong password: which of them is not said.
    InvalidCredentials,
    /// The address isn't one.
    InvalidEmail,
    /// A password longer than any that could be right.
    PasswordTooLong,
    /// Something about tenants, members and roles made at run time.
    Tenants(Refused),
    /// No session, an unknown one, or one that has ended.
    Unauthenticated,
}

/// What broke.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Signing keys can't be made, opened or used; the text says which and why.
    Keys(String),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
