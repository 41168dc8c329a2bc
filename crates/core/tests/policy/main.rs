//! What each section of a policy file means, and how mistakes in it are told.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, too, stop at what isn't as they expect"
)]

use portcullis_core::policy::{Policy, toml};

mod conditions;
mod mistakes;
mod sections;

#[track_caller]
pub(crate) fn refused(text: &str, code: &str, message: &str) {
    let error = toml::parse(text).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind.code(), code);
}

/// The policy of a file whose first line is `name = "p"`.
#[track_caller]
pub(crate) fn parsed(text: &str) -> Policy {
    toml::parse(&format!("name = \"p\"\n{text}")).unwrap()
}
