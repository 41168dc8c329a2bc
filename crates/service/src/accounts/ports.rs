//! What the use cases about accounts need from a store.

use core::future::Future;

use crate::mail::{NewMail, SettledMail, TakenMail};
use crate::session::Rotation;
use crate::throttle::{AccountKey, Guess};
use crate::{AuditEvent, Credential, NewSession, NewUser, StoreError};

/// What a one-time value opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The owner of the old address agrees to the new one, which is the payload.
    ConfirmEmailChange,
    /// Deletes the account.
    DeleteAccount,
    /// Sets a new password.
    ResetPassword,
    /// Confirms the account's address, which is the payload.
    VerifyEmail,
    /// Confirms a new address, and makes it the account's: the payload is `old new`.
    VerifyNewEmail,
}

impl Purpose {
    /// How it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmailChange => "confirm-email-change",
            Self::DeleteAccount => "delete-account",
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
            Self::VerifyNewEmail => "verify-new-email",
        }
    }

    /// Reads what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::ConfirmEmailChange,
            Self::DeleteAccount,
            Self::ResetPassword,
            Self::VerifyEmail,
            Self::VerifyNewEmail,
        ]
        .into_iter()
        .find(|one| one.as_str() == text)
    }
}

/// A one-time value to give out.
#[derive(Debug, Clone)]
pub struct NewOneTime {
    /// Row id.
    pub id: String,
    /// SHA-256 of the secret, as text.
    pub secret_hash: String,
    /// What it opens.
    pub purpose: Purpose,
    /// What it is about; no secrets.
    pub payload: String,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// From when on it opens nothing, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// A one-time value that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTime {
    /// What it opens.
    pub purpose: Purpose,
    /// Whose it is.
    pub user_id: String,
    /// What it is about.
    pub payload: String,
    /// From when on it opens nothing, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// An attempt to use a one-time value up.
#[derive(Debug, Clone)]
pub struct Use {
    /// SHA-256 of the secret, as text.
    pub secret_hash: String,
    /// What it has to open.
    pub purpose: Purpose,
    /// Whose it has to be.
    pub user_id: String,
    /// Names this attempt.
    pub use_id: String,
    /// When, Unix milliseconds.
    pub now_ms: i64,
}

/// Whose account is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom<'a> {
    /// That with this address.
    Email(&'a str),
    /// That with this id.
    Id(&'a str),
}

/// Which accounts a one-time value is made for; disabled ones never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Any.
    Anybody,
    /// Those whose address isn't confirmed.
    Unverified,
}

/// A one-time value to make for an account, if there is such an account.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Whose.
    pub whom: Whom<'a>,
    /// If it is one of these.
    pub audience: Audience,
    /// The value.
    pub value: NewOneTime,
    /// The mail that carries it.
    pub mail: NewMail,
    /// What is recorded, whether there is such an account or not; whose it is becomes its `user_id`.
    pub event: AuditEvent,
}

/// An account that somebody makes.
#[derive(Debug)]
pub struct SignUpRecord {
    /// The account.
    pub user: NewUser,
    /// The session that begins with it, and its record.
    pub session: Option<(NewSession, AuditEvent)>,
    /// The link that confirms the address.
    pub verification: Option<(NewOneTime, NewMail)>,
    /// Mail to the owner of an account that has the address already.
    pub exists: Option<NewMail>,
    /// What is recorded when the account was made.
    pub made: AuditEvent,
    /// What is recorded when there is one.
    pub refused: AuditEvent,
}

/// What is changed of how an account shows itself.
#[derive(Debug, Clone)]
pub struct ProfileChange {
    /// Whose.
    pub user_id: String,
    /// Another name.
    pub name: Option<String>,
    /// Another picture, or none.
    pub image: Option<Option<String>>,
    /// Whether it changes what the account may do.
    pub counts: bool,
    /// When, Unix milliseconds.
    pub now_ms: i64,
}

/// A password to change.
pub struct PasswordChange {
    /// Whose.
    pub user_id: String,
    /// The PHC string that the old password was compared with; nothing is changed if it is another
    /// one by then.
    pub from: String,
    /// The new PHC string.
    pub to: String,
    /// The session that the caller came with.
    pub session_id: String,
    /// Its new token.
    pub rotation: Rotation,
    /// Whether the account's other sessions end.
    pub ends_others: bool,
    /// The guess that was right, whose failures are forgotten.
    pub guess: Guess,
    /// Mail that tells of it.
    pub notice: Option<NewMail>,
    /// When, Unix milliseconds.
    pub now_ms: i64,
    /// What is recorded.
    pub event: AuditEvent,
}

impl core::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PasswordChange")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// A password to set in place of one that was forgotten.
pub struct NewHash {
    /// Its PHC string.
    pub phc: String,
    /// Whose wrong guesses are forgotten with it.
    pub guesses: AccountKey,
}

impl core::fmt::Debug for NewHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NewHash(hidden)")
    }
}

/// How changing an address came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailChange {
    /// It is the account's address now.
    Done,
    /// The link was used up, is over, or the account's address is another one by now.
    Gone,
    /// Another account has the address.
    Taken,
}

/// An account as one can sign in with it: the password here, or one at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedAccount {
    /// Row id; for the password, the user's id.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// `credential` for the password, else the provider.
    pub provider: String,
    /// Its id there; for the password, the user's id.
    pub account_id: String,
    /// What the provider was asked for.
    pub scopes: Vec<String>,
    /// When it was linked, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub updated_at_ms: i64,
}

/// Accounts, one-time values and mail. Every method that changes something is one transaction.
pub trait AccountStore: Send + Sync {
    /// The account with this id, with its password hash.
    fn credential_by_id(
        &self,
        user_id: &str,
    ) -> impl Future<Output = Result<Option<Credential>, StoreError>> + Send;

    /// Makes an account, unless there is one with its address: then `false`, and nothing is done but
    /// to record it and to write to its owner.
    fn sign_up(&self, new: &SignUpRecord) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Changes how an account shows itself; `false` when it is gone.
    fn update_profile(
        &self,
        change: &ProfileChange,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Changes a password and gives the caller's session a new token. Links that were given out for
    /// the account open nothing any more. `false`, and nothing done, when the stored hash is another one
    /// by now or the account is disabled or gone.
    fn change_password(
        &self,
        change: &PasswordChange,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes a one-time value and writes its mail, if there is such an account and it wasn't asked
    /// for too often in the last hour; `true` when it was made. The event is recorded either way.
    fn ask(&self, ask: &Ask<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A one-time value that wasn't used, of an account that isn't disabled; it may be over.
    fn one_time(
        &self,
        secret_hash: &str,
    ) -> impl Future<Output = Result<Option<OneTime>, StoreError>> + Send;

    /// Uses a value up, sets a password, ends every session, and makes the account's other links
    /// open nothing any more. `false`, and nothing done, when the value was used or is over.
    fn reset_password(
        &self,
        by: &Use,
        new: &NewHash,
        notice: Option<&NewMail>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Uses a value up and notes that the account's address, `email`, is confirmed. `false`, and
    /// nothing done, when the value was used or is over, or the address is another one by now.
    fn verify_email(
        &self,
        by: &Use,
        email: &str,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Uses a value up and gives out the next one. `false`, and nothing done, when it was used or is
    /// over.
    fn confirm_email_change(
        &self,
        by: &Use,
        next: &NewOneTime,
        mail: &NewMail,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Uses a value up and gives the account a confirmed address, `to` for `from`. Its other links
    /// open nothing any more.
    fn change_email(
        &self,
        by: &Use,
        from: &str,
        to: &str,
        notice: Option<&NewMail>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<EmailChange, StoreError>> + Send;

    /// Deletes an account with everything that is its own, using a value up when there is one. One that holds
    /// one of these roles everywhere is deleted only while another account that isn't banned or disabled holds one
    /// of no lower level, also when both are deleted at the same moment.
    fn delete_user(
        &self,
        user_id: &str,
        by: Option<&Use>,
        administrating: &[(String, u32)],
        event: &AuditEvent,
    ) -> impl Future<Output = Result<super::Deleted, StoreError>> + Send;

    /// How an account can sign in.
    fn linked_accounts(
        &self,
        user_id: &str,
    ) -> impl Future<Output = Result<Vec<LinkedAccount>, StoreError>> + Send;

    /// Takes an account at a provider from its owner, unless it is the last one; `false`, and nothing
    /// done, then and when there is none of this id.
    fn unlink_account(
        &self,
        user_id: &str,
        id: &str,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Mail that is due at `now_ms`, at most `limit`; it isn't due again before `until_ms`.
    fn take_mail(
        &self,
        now_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<TakenMail>, StoreError>> + Send;

    /// Notes what came of mail that was taken.
    fn settle_mail(
        &self,
        settled: &SettledMail,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes one-time values that ended before a time, and mail that died or whose link ended
    /// before it.
    fn prune_accounts(&self, before_ms: i64)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}
