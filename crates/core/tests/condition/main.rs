//! What conditions mean: LANGUAGE.md section 4.

#[path = "../condition_support/mod.rs"]
mod condition_support;
mod folding;
mod logic;
mod types;
mod values;

use condition_support::outcome;
use portcullis_core::condition::Truth;

const AUTH: &str = r#"{"flag": true, "count": 7, "ratio": 1.5, "owner_id": "u1", "flags": [true],
    "counts": [1, 7], "ratios": [0.5, 1.5], "teams": ["red", "blue"]}"#;

/// How a condition comes out when the record and the request have the values of [`AUTH`], too.
fn full(text: &str) -> Truth {
    outcome(text, AUTH, Some(AUTH), AUTH)
}

/// How it comes out when every attribute and field is null.
fn empty(text: &str) -> Truth {
    outcome(text, "{}", Some("{}"), "{}")
}

/// How it comes out in a request without a record.
fn recordless(text: &str) -> Truth {
    outcome(text, AUTH, None, AUTH)
}

fn all_are(truth: Truth, of: fn(&str) -> Truth, texts: &[&str]) {
    for text in texts {
        assert_eq!(of(text), truth, "{text}");
    }
}
