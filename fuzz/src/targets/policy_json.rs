//! The JSON form of a policy.

use portcullis_core::policy::Policy;

use super::{Target, clinic, policy_toml::shape, refusal, same};

/// A policy that is accepted is written as JSON that is accepted, and written the same again.
pub const TARGET: Target = Target {
    name: "policy_json",
    words: clinic::WORDS,
    run,
};

fn run(data: &[u8]) -> Result<u64, String> {
    let Ok(text) = str::from_utf8(data) else {
        return Ok(0);
    };
    let policy = match Policy::parse_json(text) {
        Ok(policy) => policy,
        Err(error) => return refusal(error.kind.code(), &error.to_string()),
    };
    let json = policy.document().to_json();
    let again = Policy::parse_json(&json)
        .map_err(|error| format!("what it is written as isn't accepted: {error}"))?;
    same(
        "digests",
        &policy.digest().to_vec(),
        &again.digest().to_vec(),
    )?;
    same("JSON forms", &json, &again.document().to_json())?;
    clinic::ask(&policy)?;
    Ok(shape(&policy))
}
