//! The decision core for JavaScript: data in, tagged answers out.
//!
//! [`GateCore`] decides for one principal under one policy, [`VerifierCore`] verifies tokens
//! against one key set. Nothing throws for an ordinary "no", and what is asked often is handed over
//! once, to be looked up in JavaScript. The npm package wraps both; see `pkg/`.
//!
//! This crate can verify and never mint: it depends on no crate that signs, hashes passwords or
//! draws randomness.

mod clock;
mod describe;
mod gate;
mod problem;
mod read;
mod residual;
mod verifier;

pub use gate::GateCore;
pub use verifier::VerifierCore;

/// The standard allocator's code would be several times as large.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
