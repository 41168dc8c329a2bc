//! What the use cases need from a store. Each method is one atomic intent: a host without
//! interactive transactions (D1) can offer them all.

use core::fmt;
use core::future::Future;

use portcullis_issue::keyring::KeyRecord;

use crate::accounts::AccountStore;
use crate::admin::AdminStore;
use crate::api_keys::ApiKeyStore;
use crate::audit::AuditLog;
use crate::audit::chain::AuditChain;
use crate::catalog::CatalogStore;
use crate::feed::AccessChanges;
use crate::identity_links::IdentityLinkStore;
use crate::impersonation::ImpersonationStore;
use crate::operation::OperationStore;
use crate::security_events::SecurityEventStore;
use crate::session::{NewRefresh, SessionStore};
use crate::tenants::TenantStore;
use crate::throttle::ThrottleStore;
use crate::user_settings::UserSettingsStore;
use crate::{AuditEvent, Caller, Credential, Session, User};

/// The store failed; the text is for the log alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What was tried and what the database said.
    pub message: String,
}

impl StoreError {
    /// Wraps what the database said.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for StoreError {}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// SHA-256 of its token, as text.
    pub token_hash: String,
    /// Ends this session of the same user in the same moment: the one that was signed in before,
    /// so that no identifier outlives a sign-in (session fixation, OWASP ASVS 7.2.4).
    pub replaces_token_hash: Option<String>,
    /// A new PHC string, when the stored one is weaker than it should be, with the one it replaces.
    pub rehash: Option<Rehash>,
    /// Its first refresh token, when it has any.
    pub refresh: Option<NewRefresh>,
}

/// A password hash to bring up to date.
#[derive(Clone)]
pub struct Rehash {
    /// What is stored now; nothing is changed if it is something else by then.
    pub from: String,
    /// What to store.
    pub to: String,
}

impl fmt::Debug for Rehash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rehash { .. }")
    }
}

/// How a caller names its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionRef {
    /// By the id that a verified access token carries in `sid`.
    Id(String),
    /// By SHA-256 of the session token, as text.
    TokenHash(String),
}

/// A change to the stored signing keys; each holds only if the ring is still as it was seen.
#[derive(Debug, Clone)]
pub enum RingChange {
    /// Store a key in its state, unless another one is in that state.
    Add(Box<KeyRecord>),
    /// Delete a key unless it is active.
    Drop {
        /// The key's id.
        kid: String,
    },
    /// Retire `retire` and make `next` active, together.
    Promote {
        /// The id of the next key.
        next: String,
        /// The id of the active key.
        retire: Option<String>,
    },
    /// Store a private part that was sealed again, unless another one is stored by now.
    Reseal {
        /// The key's id.
        kid: String,
        /// What is stored now.
        from: String,
        /// What to store.
        to: String,
    },
    /// Retire an active key.
    Retire {
        /// The key's id.
        kid: String,
    },
}

/// An account to make.
#[derive(Clone)]
pub struct NewUser {
    /// The account.
    pub user: User,
    /// Its password's PHC string.
    pub phc: String,
    /// Roles to start with.
    pub grants: Vec<NewGrant>,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("user", &self.user)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// A role to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// Row id.
    pub id: String,
    /// The role.
    pub role: String,
    /// Scope text; empty is global.
    pub scope: String,
}

/// A scope to make known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScope {
    /// Full path, such as `state:ca/team:t7`.
    pub path: String,
    /// What people call it; `None` leaves the label it has, and a new scope is called by its id.
    pub label: Option<String>,
}

/// Where accounts, sessions, grants, keys and the audit log are kept.
///
/// "Not there" is `Ok(None)`; an error is a failure of the store itself.
pub trait Store:
    AccountStore
    + AdminStore
    + ApiKeyStore
    + TenantStore
    + CatalogStore
    + SessionStore
    + ThrottleStore
    + UserSettingsStore
    + SecurityEventStore
    + IdentityLinkStore
    + ImpersonationStore
    + AccessChanges
    + AuditChain
    + AuditLog
    + OperationStore
{
    /// The account with this address, with its password hash.
    fn credential_by_email(
        &self,
        email: &str,
    ) -> impl Future<Output = Result<Option<Credential>, StoreError>> + Send;

    /// Begins a session, brings the password hash up to date and records the event, all or
    /// nothing. `false`, and nothing done, when the account has been disabled or deleted since.
    fn begin_session(
        &self,
        new: &NewSession,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Who calls by this session at `now_ms`: it holds, and its account isn't disabled.
    fn caller(
        &self,
        session: &SessionRef,
        now_ms: i64,
    ) -> impl Future<Output = Result<Option<Caller>, StoreError>> + Send;

    /// Ends a session at once and records the event, whose `user_id` is taken from the session.
    /// `false`, and nothing recorded, when there was no such session.
    fn end_session(
        &self,
        session: &SessionRef,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Adds an event that goes with no other change.
    fn record(&self, event: &AuditEvent) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Events with a number over `after`, oldest first, at most `limit`.
    fn audit_page(
        &self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<AuditEvent>, StoreError>> + Send;

    /// Full paths of known scopes that a holder of `scopes` (scope texts; empty is global) reaches:
    /// those on whose path the leaf of one of them lies. With `leaves`, only those whose own leaf
    /// (`team:t7`) is among them. In order, at most `limit`.
    fn scopes_within(
        &self,
        scopes: &[String],
        leaves: Option<&[String]>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// All signing keys.
    fn signing_keys(&self) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send;

    /// Applies changes to the signing keys, all or nothing; a change whose condition no longer
    /// holds does nothing.
    fn change_ring(
        &self,
        changes: &[RingChange],
        now_secs: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
