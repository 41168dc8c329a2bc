//! What is fuzzed: everything that reads text from outside and has no test of every shape of it.

pub mod condition;
pub mod password_hash;
pub mod policy_json;
pub mod policy_toml;
pub mod request;
pub mod snapshot;

mod clinic;

use std::hash::{DefaultHasher, Hash, Hasher};

/// Something that reads bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its program and of its directory in `corpus`.
    pub name: &'static str,
    /// Words of its language.
    pub words: &'static [&'static str],
    /// Reads the bytes; the number tells outcomes apart, an error is a promise that was broken.
    pub run: fn(&[u8]) -> Result<u64, String>,
}

/// A number for an outcome.
fn outcome(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A number for an error: its message without what is quoted and counted in it.
///
/// # Errors
/// When the message isn't one line.
fn refusal(code: &str, message: &str) -> Result<u64, String> {
    if message.chars().any(|char| char == '\n' || char == '\r') {
        return Err(format!("a message of several lines: {message:?}"));
    }
    let plain: String = message
        .split('`')
        .step_by(2)
        .flat_map(str::chars)
        .filter(|char| !char.is_ascii_digit())
        .collect();
    Ok(outcome((code, plain)))
}

/// An error with both sides when they differ.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    Err(format!("{what} differ: {left:?} and {right:?}"))
}
