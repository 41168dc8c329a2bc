//! A request as JSON, alone or beside a principal.

use portcullis_core::{
    decide::{Directory, Principal, Request, Subject, check, explain},
    time::UnixSecs,
};
use serde_json::Value;

use super::{Target, clinic, outcome, same};

/// Every request has a verdict; `explain` and `check` give the same, and a denial that can be mended
/// names what to change.
pub const TARGET: Target = Target {
    name: "request",
    words: &[
        "\"principal\":",
        "\"request\":",
        "\"permission\":",
        "\"action\":",
        "\"resource\":",
        "\"scope\":",
        "\"tenant\":",
        "\"record\":",
        "\"fields\":",
        "\"context\":",
        "\"target\":",
        "\"grants\":",
        "\"app\":",
        "\"tier\":",
        "\"attributes\":",
        "\"tenants\":",
        "\"owner\":",
        "\"roles\":",
        "\"permissions\":",
        "\"expiresSecs\":",
        "\"id\":",
        "\"record:read\"",
        "\"record:update\"",
        "\"region:n\"",
        "\"region:n/ward:w1\"",
        "\"ward:w1\"",
        "\"NURSE\"",
        "\"DIRECTOR@region:n\"",
        "\"owner_id\":",
        "\"ward_id\":",
        "\"locked\":",
        "\"title\":",
        "\"pages\":",
        "\"tags\":",
        "\"reason\":",
        "\"ann\"",
        "{}",
        "[]",
        "null",
        "true",
        "1.5",
        "\"\"",
    ],
    run,
};

fn run(data: &[u8]) -> Result<u64, String> {
    let policy = clinic::policy()?;
    let Ok(Value::Object(mut line)) = serde_json::from_slice::<Value>(data) else {
        return Ok(0);
    };
    let principal = line.remove("principal").unwrap_or_default();
    let Ok(principal) = serde_json::from_value::<Principal>(principal) else {
        return Ok(1);
    };
    let raw = line.remove("request").unwrap_or(Value::Object(line));
    let request: Request = serde_json::from_value(raw).unwrap_or_default();
    let subject = Subject::compile(policy, &principal);
    let mut codes = Vec::new();
    let known = [
        "region:n",
        "region:s",
        "region:n/ward:w1",
        "region:s/ward:w2",
    ];
    for directory in [
        Directory::open(),
        Directory::closed(policy, known.into_iter()),
    ] {
        let now = UnixSecs::new(1_800_000_000);
        let verdict = check(policy, &subject, &request, &directory, now);
        let told = explain(policy, &subject, &request, &directory, now);
        same("verdicts of check and explain", &verdict.code, &told.code)?;
        if told.message.contains('\n') {
            return Err(format!("a message of several lines: {:?}", told.message));
        }
        written_again(&request)?;
        codes.push((verdict.code.as_str(), told.missing.len().min(4)));
    }
    Ok(outcome(codes))
}

/// What a request is written as reads back as the same request.
fn written_again(request: &Request) -> Result<(), String> {
    let text = serde_json::to_string(request).map_err(|error| error.to_string())?;
    let again = serde_json::from_str::<Request>(&text)
        .map_err(|error| format!("{text} isn't accepted: {error}"))?;
    same("requests", request, &again)
}
