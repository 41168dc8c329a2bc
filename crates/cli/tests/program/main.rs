//! The `portcullis` program as an operator meets it: started, stopped, killed, misused.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation doesn't hold"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a test that waits for a process needs a clock"
)]

mod audit_chain;
mod doctor;
mod dumps;
mod errors;
mod help;
mod import;
mod keys;
mod kill_nine;
mod mail;
mod policy;
mod reset_code;
mod secrets;
mod stop;
mod support;
mod variables;
