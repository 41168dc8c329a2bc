//! A small fuzzer that needs no nightly compiler, and what is fuzzed.
//!
//! A target is a function of bytes ([`targets::Target`]). The fuzzer mutates inputs of a corpus; an
//! input whose outcome was never seen before joins the others, which takes the place of the coverage
//! that instrumented fuzzers follow. The same seed and corpus give the same inputs.
//!
//! A target runs under cargo-fuzz when its file in `fuzz_targets` says
//! `fuzz_target!(|data: &[u8]| assert_eq!((TARGET.run)(data).err(), None))` instead.

mod engine;
pub mod targets;

pub use engine::main;
