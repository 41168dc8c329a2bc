//! Decisions: under the shipped policies, under small ones made for a rule each, and under random ones
//! against searches that try everything.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that isn't as it should be"
)]

mod explanations;
mod fields;
mod manage;
mod properties;
mod random;
mod requests;
mod rules;
mod scopes;
mod search;
mod superusers;
mod support;
mod tables;
mod tenants;
mod tiers;
mod views;

use support::*;
