//! What a caller may hear when something about its account is refused.

use crate::{Denied, Error};

/// Why something about an account was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The caller has no account of this id at a provider.
    AccountNotFound,
    /// The right password, but the account is banned.
    Banned,
    /// Changing addresses is switched off.
    ChangeEmailOff,
    /// Deleting one's own account is switched off.
    DeletionOff,
    /// The address is confirmed already.
    EmailAlreadyVerified,
    /// The address isn't that of the caller.
    EmailMismatch,
    /// The right password, but the address has to be confirmed first.
    EmailNotVerified,
    /// Another account has this address.
    EmailTaken,
    /// A link for deleting the account that is unknown, used, over, or another account's.
    InvalidDeletionToken,
    /// A link or code for a new password that is unknown, used or over.
    InvalidResetToken,
    /// A link for confirming an address that is unknown or used.
    InvalidVerification,
    /// The last way to sign in isn't given up.
    LastAccount,
    /// Mail goes nowhere, so there is no link to change the address with.
    MailOff,
    /// The account has no password.
    NoCredential,
    /// Nothing that could be changed was named.
    NothingToUpdate,
    /// Links for a new password are switched off, because mail goes nowhere.
    ResetOff,
    /// The new address is the old one.
    SameEmail,
    /// Without a password, only a session that began lately may delete the account.
    SessionStale,
    /// Signing up is switched off.
    SignUpOff,
    /// Values that aren't as they should be: the member of the body, and what it should be.
    Value(&'static str, &'static str),
    /// A link for confirming an address that is over.
    VerificationExpired,
    /// Mail goes nowhere, so there is no link to confirm an address with.
    VerificationOff,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Denied(Denied::Account(refused))
    }
}
