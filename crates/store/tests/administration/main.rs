//! The administration of accounts, by the use cases over a real SQLite: who may do what to whom held
//! against rules that are written down once more, changes at the same moment, bans and their ends, lists.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod bans;
mod borders;
mod changes;
#[path = "../common/clock.rs"]
mod clock;
mod create;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/done.rs"]
mod done;
mod holding;
mod lists;
mod matrix;
#[path = "../common/memory.rs"]
mod memory;
#[path = "../common/rows.rs"]
mod rows;
mod rules;
mod searches;
#[path = "../common/seeded.rs"]
mod seeded;
mod stretches;
#[path = "../common/transact.rs"]
mod transact;
mod world;
