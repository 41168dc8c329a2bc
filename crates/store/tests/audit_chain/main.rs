//! The audit log's hash chain: SHA-256 in SQL against SHA-256 in Rust, and writers that are killed.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test stops where its expectation doesn't hold"
)]

mod hash;
mod support;
mod view;
mod writers;
