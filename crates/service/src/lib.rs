//! What the server does, one use case a file, over ports that a host implements.
//!
//! A use case takes an [`App`]: settings, a [`Store`], a [`Host`]. It answers with data, a
//! [`Denied`] that the caller may hear of, or a [`Fault`] that is ours. It knows no HTTP and no SQL.
#![forbid(unsafe_code)]

pub mod audit;
pub mod authorize;
pub mod bootstrap;
mod email;
mod error;
mod host;
pub mod keys;
mod ports;
mod records;
pub mod session;
mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod token;

use std::sync::Arc;

pub use email::Email;
pub use error::{Denied, Error, Fault};
pub use host::Host;
pub use ports::{
    NewGrant, NewScope, NewSession, NewUser, Rehash, RingChange, SessionRef, Store, StoreError,
};
pub use records::{AuditEvent, AuditStatus, Caller, Credential, Session, User};
pub use settings::{
    ACCESS_TOKEN_TTL_SECS, SESSION_TTL_SECS, SHORT_SESSION_TTL_SECS, Settings, SettingsError,
    parse_password_cost,
};

/// Everything that a use case needs.
#[derive(Debug)]
pub struct App<S, H> {
    /// What the operator chose.
    pub settings: Arc<Settings>,
    /// Where things are kept.
    pub store: S,
    /// Clock, randomness, threads.
    pub host: H,
    /// The signing keys, kept for a while between requests.
    pub rings: Arc<keys::RingCache>,
}

/// What is known of the request that a use case serves.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Id that the log, the audit record and the response share.
    pub request_id: String,
    /// When it began, Unix milliseconds.
    pub started_ms: i64,
    /// The client's address as the host trusts it; empty when unknown.
    pub ip_address: String,
    /// The `User-Agent` header; empty when absent.
    pub user_agent: String,
}
