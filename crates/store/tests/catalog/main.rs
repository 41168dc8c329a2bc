//! Registered records and accounts are found by what the policy could allow, on a real SQLite:
//! everything that is allowed, in order, and nothing else is read.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod accounts;
mod cost;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/done.rs"]
mod done;
mod put;
mod records;
#[path = "../common/rows.rs"]
mod rows;
mod support;
