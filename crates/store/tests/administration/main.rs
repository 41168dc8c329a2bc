//! The administration of accounts, by the use cases over a real SQLite: who may do what to whom held
//! against rules that are written down once more, changes at the same moment, bans and their ends, lists.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod bans;
mod changes;
#[path = "../common/clock.rs"]
mod clock;
mod create;
#[path = "../common/done.rs"]
mod done;
mod lists;
mod matrix;
#[path = "../common/rows.rs"]
mod rows;
mod rules;
mod searches;
#[path = "../common/seeded.rs"]
mod seeded;
#[path = "../common/transact.rs"]
mod transact;
mod world;
