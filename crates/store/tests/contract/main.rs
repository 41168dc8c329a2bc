//! What the ports promise, held against the SQL on a real SQLite: each conditional write both ways.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod accounts;
mod api_keys;
mod api_keys_parallel;
mod audit;
mod audit_chain;
mod audit_push;
mod audit_search;
mod d1;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/done.rs"]
mod done;
mod hooks;
mod identity_links;
mod keys;
mod last_administrator;
mod one_time;
mod parallel;
#[path = "../common/rows.rs"]
mod rows;
mod scopes;
mod security_events;
#[path = "../common/seeded.rs"]
mod seeded;
mod session_changes;
mod session_refresh;
mod sessions;
mod support;
mod tenants;
mod throttle;
mod throttled;
#[path = "../common/transact.rs"]
mod transact;
mod user_settings;
