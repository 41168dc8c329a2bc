//! What the ports promise, held against the SQL on a real SQLite: each conditional write both ways.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod accounts;
mod audit;
mod hooks;
mod keys;
mod scopes;
mod sessions;
mod support;
mod tenants;
