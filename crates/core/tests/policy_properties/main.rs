//! What holds for every policy, tried on many that are made from random bytes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, too, stop at what isn't as they expect"
)]

mod files;
mod packed;
mod policies;
mod reduced;
