//! What the ports promise, held against the SQL on a real SQLite: each conditional write both ways.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod accounts;
mod audit;
mod d1;
mod hooks;
mod identity_links;
mod keys;
mod one_time;
mod parallel;
mod scopes;
mod security_events;
mod session_changes;
mod session_refresh;
mod sessions;
mod support;
mod tenants;
mod throttle;
mod throttled;
mod user_settings;
