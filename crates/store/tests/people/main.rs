//! People who administer others: acting as them, many at a time, as files. Through the real router and
//! the real SQL on a real SQLite, at times that the tests choose.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod access_tokens;
mod areas;
mod bulk;
#[path = "../common/database.rs"]
mod database;
mod deleting;
#[path = "../common/done.rs"]
mod done;
mod export;
mod impersonation;
mod import;
#[path = "../common/memory.rs"]
mod memory;
mod own_account;
#[path = "../common/rows.rs"]
mod rows;
#[path = "../common/seeded.rs"]
mod seeded;
mod sessions;
#[path = "../common/transact.rs"]
mod transact;
mod world;
