//! An application's tables under a policy, on a real SQLite: what the SQL picks is what the decision
//! allows, and nothing gets past the bound client.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "a test stops where its expectation doesn't hold"
)]

mod agreement;
#[path = "../common/done.rs"]
mod done;
mod generate;
mod hidden;
mod pages;
mod random_table;
mod random_values;
mod size;
mod support;
mod tables;
mod tenancy;
mod todos;
mod values;
mod wide;
mod writes;
