//! The text of a policy.

use portcullis_core::policy::{Policy, toml};

use super::{Target, clinic, outcome, refusal, same};

/// A policy that is accepted has a JSON form that says the same and can be asked without a panic.
pub const TARGET: Target = Target {
    name: "policy_toml",
    words: clinic::WORDS,
    run,
};

fn run(data: &[u8]) -> Result<u64, String> {
    let Ok(text) = str::from_utf8(data) else {
        return Ok(0);
    };
    let policy = match toml::parse(text) {
        Ok(policy) => policy,
        Err(error) => return refusal(error.kind.code(), &error.to_string()),
    };
    let json = policy.document().to_json();
    let again = Policy::parse_json(&json)
        .map_err(|error| format!("its JSON form isn't accepted: {error}"))?;
    same(
        "digests",
        &policy.digest().to_vec(),
        &again.digest().to_vec(),
    )?;
    same("JSON forms", &json, &again.document().to_json())?;
    clinic::ask(&policy)?;
    Ok(shape(&policy))
}

/// Roughly what a policy has.
pub(super) fn shape(policy: &Policy) -> u64 {
    let rules = policy
        .rules()
        .iter()
        .map(|rule| rule.when.atoms().len().min(4));
    outcome((
        policy.roles().len().min(8),
        policy.permissions().len().min(8),
        policy.tiers().len(),
        policy.resources().len(),
        policy.tenants().is_some(),
        rules.collect::<Vec<_>>(),
    ))
}
