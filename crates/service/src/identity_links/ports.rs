//! What links need from a store.

use core::future::Future;

use super::Identity;
use crate::{AuditEvent, StoreError};

/// A link from an identity to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLink {
    /// 32 letters and digits.
    pub id: String,
    /// Whose account.
    pub user_id: String,
    /// The network.
    pub network: String,
    /// The identity's id there.
    pub external_id: String,
    /// What it is called there.
    pub display_name: Option<String>,
    /// Name of the service that handed the code in.
    pub linked_by: String,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// When a service last signed in by it, Unix milliseconds.
    pub last_used_at_ms: Option<i64>,
}

/// A code to give out, in place of the one before.
#[derive(Debug, Clone)]
pub struct NewCode<'a> {
    /// Whose.
    pub user_id: &'a str,
    /// SHA-256 of the code, as text.
    pub code_hash: &'a str,
    /// When, Unix milliseconds.
    pub created_at_ms: i64,
    /// From when on it doesn't count, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// A link to make with a code.
#[derive(Debug, Clone, Copy)]
pub struct NewLink<'a> {
    /// Its id.
    pub id: &'a str,
    /// SHA-256 of the code, as text.
    pub code_hash: &'a str,
    /// The identity.
    pub identity: &'a Identity,
    /// What it is called there.
    pub display_name: Option<&'a str>,
    /// Name of the service.
    pub service: &'a str,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Most links of one account.
    pub max_links: u32,
}

/// How a code was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The code is unknown, expired or used.
    InvalidCode,
    /// The account has as many links as it may.
    Limit,
    /// The identity is linked by this code: now, or when the same was asked before.
    Linked {
        /// The link.
        link: IdentityLink,
        /// Whether it was made now.
        is_new: bool,
    },
    /// The identity is linked to another account.
    Taken,
}

/// A session under which a service acts for a user. Its token is known to nobody.
#[derive(Debug, Clone, Copy)]
pub struct ServiceSession<'a> {
    /// The identity that names the user.
    pub identity: &'a Identity,
    /// Name of the service.
    pub service: &'a str,
    /// The session's id, if a new one is needed.
    pub session_id: &'a str,
    /// SHA-256 of its token, as text.
    pub token_hash: &'a str,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// From when on it is over, Unix milliseconds.
    pub expires_at_ms: i64,
    /// Beyond which it isn't extended, Unix milliseconds.
    pub absolute_expires_at_ms: i64,
    /// Address of the service; empty when unknown.
    pub ip_address: &'a str,
}

/// How a service's sign-in went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The linked account is disabled.
    Disabled {
        /// Whose account.
        user_id: String,
    },
    /// The identity is linked to nobody.
    NotLinked,
    /// This session holds.
    Session {
        /// Its id.
        id: String,
    },
}

/// Where links are kept.
pub trait IdentityLinkStore: Send + Sync {
    /// Keeps a code in place of the user's last one and records the event. `false`, and nothing done,
    /// when the account has been disabled or deleted.
    fn put_link_code(
        &self,
        new: &NewCode<'_>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Uses a code up and links an identity to its user, and records the event, whose `user_id` is
    /// taken from the link; all or nothing, in one batch.
    fn redeem_link_code(
        &self,
        new: &NewLink<'_>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Redeemed, StoreError>> + Send;

    /// The links of a user, oldest first.
    fn identity_links(
        &self,
        user_id: &str,
    ) -> impl Future<Output = Result<Vec<IdentityLink>, StoreError>> + Send;

    /// Ends a link of the user and the session that services had by it, and records the event; the
    /// link as it was. `None`, and nothing recorded, when the user has no such link.
    fn remove_identity_link(
        &self,
        user_id: &str,
        id: &str,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Option<IdentityLink>, StoreError>> + Send;

    /// Begins or extends the session by which services act through a link, and records the event,
    /// whose `user_id` is taken from the link. Nothing is done or recorded when there is no link, or its
    /// account is disabled.
    fn begin_service_session(
        &self,
        new: &ServiceSession<'_>,
        event: &AuditEvent,
    ) -> impl Future<Output = Result<Begun, StoreError>> + Send;
}
