//! `decide`: a policy, a principal and a request to the verdict and its reasons.

use portcullis_core::{
    decide::{Directory, Principal, Request, Subject, explain},
    json::{Map, Value},
    policy::{Policy, toml},
    time::UnixSecs,
};

use crate::{answer::Refusal, fields::Fields};

/// Returns the members of the answer, `ok` (whether it is allowed) and `code` among them.
///
/// A request of the wrong shape is a denial as `malformed_request`, as it is everywhere; a
/// principal of the wrong shape is a `bad_request`, and a policy that can't be read has the policy
/// error's own code.
pub(crate) fn run(fields: &Fields) -> Result<Map<String, Value>, Refusal> {
    let policy = policy(fields)?;
    let principal: Principal = serde_json::from_value(fields.required("principal")?.clone())
        .map_err(|error| Refusal::bad_request(format!("field `principal`: {error}")))?;
    let request: Request =
        serde_json::from_value(fields.required("request")?.clone()).unwrap_or_default();
    let directory = match fields.optional("scopes") {
        None => Directory::open(),
        Some(_) => Directory::closed(&policy, fields.strings("scopes")?.into_iter()),
    };
    let now = UnixSecs::new(fields.optional_secs("now")?.unwrap_or(0));
    let subject = Subject::compile(&policy, &principal);
    let explanation = explain(&policy, &subject, &request, &directory, now);
    let Ok(Value::Object(mut members)) = serde_json::to_value(&explanation) else {
        return Err(Refusal::bad_request("the answer isn't an object"));
    };
    let allow = members.remove("allow").unwrap_or(Value::Bool(false));
    members.insert("ok".to_owned(), allow);
    Ok(members)
}

/// A policy as TOML text, or in its JSON form as text or as an object.
pub(crate) fn policy(fields: &Fields) -> Result<Policy, Refusal> {
    let parsed = match fields.required("policy")? {
        Value::String(text) if text.trim_start().starts_with('{') => Policy::parse_json(text),
        Value::String(text) => toml::parse(text),
        object @ Value::Object(_) => Policy::parse_json(&object.to_string()),
        _ => {
            return Err(Refusal::bad_request(
                "field `policy` is not a policy's text",
            ));
        }
    };
    parsed.map_err(|error| Refusal::new(error.kind.code(), error.to_string()))
}
