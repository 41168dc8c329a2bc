//! Callers that are kept, on a real SQLite that several servers share and a clock that the test turns:
//! what is seen when, and how often the database is asked.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod api_keys;
mod bound;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/done.rs"]
mod done;
mod kept;
mod random;
mod replicas;
#[path = "../common/rows.rs"]
mod rows;
mod secrets;
#[path = "../common/seeded.rs"]
mod seeded;
mod support;
mod tokens;
#[path = "../common/transact.rs"]
mod transact;
mod triggers;
