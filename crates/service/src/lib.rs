//! What the server does, one use case a file, over ports that a host implements.
//!
//! A use case takes an [`App`]: settings, a [`Store`], a [`Host`]. It answers with data, a
//! [`Denied`] that the caller may hear of, or a [`Fault`] that is ours. It knows no HTTP and no SQL.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod admin;
pub mod api_keys;
pub mod audit;
pub mod authorize;
pub mod authzen;
pub mod bootstrap;
pub mod bulk;
pub mod catalog;
mod email;
mod error;
pub mod feed;
pub mod guard;
pub mod hooks;
mod host;
pub mod identity_links;
pub mod impersonation;
mod in_place;
pub mod keys;
pub mod mail;
pub mod operation;
pub mod password;
mod ports;
mod records;
pub mod request;
pub mod security_events;
pub mod session;
mod settings;
pub mod shown;
pub mod sign_in;
pub mod sign_out;
pub mod snapshot;
pub mod tenants;
pub mod throttle;
pub mod token;
pub mod user_files;
pub mod user_settings;

use std::sync::Arc;

pub use email::Email;
pub use error::{Denied, Error, Fault};
pub use hooks::{Hooks, NoHooks, Webhook};
pub use host::{Host, OutgoingRequest};
pub use portcullis_issue::keyring::{GeneratedKey, SIGNATURE_BYTES, Signer};
pub use portcullis_issue::password::{Job, Outcome};
pub use ports::{
    NewGrant, NewScope, NewSession, NewUser, Rehash, RingChange, SessionRef, Store, StoreError,
};
pub use records::{
    AuditEvent, AuditStatus, Caller, Credential, Impersonator, KeyUse, Refreshable, Session, User,
};
pub use settings::{
    ACCESS_TOKEN_TTL_SECS, GivenPolicy, Settings, SettingsError, Sources, parse_password_cost,
};
pub use tenants::{CurrentPolicy, PolicyCache, current_policy};

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
    /// The policy with the permissions made at run time, kept between requests.
    pub policies: Arc<PolicyCache>,
    /// Permits that this isolate or process holds, kept between requests.
    pub throttle: Arc<throttle::Permits>,
    /// Callers kept between requests, and what has changed since.
    pub feed: Arc<feed::Feed>,
    /// Told of changes to tenants, after they were made.
    pub hooks: Arc<dyn Hooks>,
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
    /// The trace that it belongs to, 32 hexadecimal digits (W3C Trace Context); empty when unknown.
    pub trace_id: String,
}
