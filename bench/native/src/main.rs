//! Reads fixtures (JSON, see `bench/peers-native.mjs`) from standard input, and writes nanoseconds a decision by
//! fixture and candidate to standard output.

use std::{collections::BTreeMap, error::Error, io};

mod cedar;
mod measure;
mod portcullis;

use measure::Candidate;
use serde::Deserialize;

/// A policy, a principal and requests with the answers they must get, in both languages.
#[derive(Deserialize)]
struct Fixture {
    title: String,
    policy: serde_json::Value,
    principal: portcullis_core::decide::Principal,
    scopes: Option<Vec<String>>,
    requests: Vec<portcullis_core::decide::Request>,
    expected: Vec<bool>,
    cedar: cedar::Data,
}

fn main() -> Result<(), Box<dyn Error>> {
    let fixtures: Vec<Fixture> = serde_json::from_reader(io::stdin().lock())?;
    let mut figures = BTreeMap::new();
    for fixture in &fixtures {
        let mut candidates = portcullis::candidates(fixture)?;
        candidates.push(cedar::candidate(&fixture.cedar)?);
        for candidate in &candidates {
            agree(fixture, candidate)?;
        }
        figures.insert(&fixture.title, measure::measure(&candidates));
    }
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// A measurement of two things that answer differently would compare nothing.
fn agree(fixture: &Fixture, (name, decide): &Candidate) -> Result<(), String> {
    for (i, expected) in fixture.expected.iter().enumerate() {
        let answer = decide(i);
        if answer != *expected {
            let request = serde_json::to_string(&fixture.requests[i]).unwrap_or_default();
            return Err(format!(
                "{}: {name} answers {answer} to {request}",
                fixture.title
            ));
        }
    }
    Ok(())
}
