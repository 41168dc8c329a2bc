//! The database fails at every statement of every use case: with an error, by never answering, or
//! with an answer that is lost after the commit. Requests go through the real router and the real
//! SQL on a real SQLite; what fails is the driver between.
//!
//! For each failure: no half state, nothing reported that isn't stored, and the same request sent
//! again does what it would have done had nothing failed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]

mod case;
mod cases;
mod driver;
mod every_operation;
mod every_statement;
mod given;
#[path = "../common/rows.rs"]
mod rows;
mod state;
mod tasks;
mod world;
