//! From the name of an operation to its file.

use portcullis_core::json::{Value, excerpt};

use crate::{
    answer::{Answer, Refusal, decision_line, to_line},
    decide,
    fields::Fields,
    filter, password_verify, thumbprint, verify_jws, verify_jwt, verify_raw,
};

/// Runs the operation `op` on one line and returns the answer, one line without its end.
///
/// `op` is one of the names in the crate's documentation. Never panics.
#[must_use]
pub fn run_line(op: &str, line: &str) -> String {
    match Fields::parse(line) {
        Ok(mut fields) if op == "decide" => match decide::run(&fields) {
            Ok(members) => decision_line(&fields.take_id(), members),
            Err(refusal) => to_line(&fields.take_id(), Err(refusal)),
        },
        Ok(mut fields) => to_line(&fields.take_id(), run(op, &fields)),
        Err(refusal) => to_line(&Value::Null, Err(refusal)),
    }
}

fn run(op: &str, fields: &Fields) -> Answer {
    match op {
        "filter" => filter::run(fields),
        "passwordVerify" => password_verify::run(fields),
        "thumbprint" => thumbprint::run(fields),
        "verifyJws" => verify_jws::run(fields),
        "verifyJwt" => verify_jwt::run(fields),
        "verifyRaw" => verify_raw::run(fields),
        other => Err(Refusal::bad_request(format!(
            "operation `{}` is unknown",
            excerpt(other)
        ))),
    }
}
