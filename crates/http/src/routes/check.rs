//! `POST /api/check`.

use axum::response::Response;
use portcullis_core::decide::Request;
use portcullis_service::authorize::{self, MAX_CHECKS};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use crate::answer::{Refusal, answer};
use crate::body;
use crate::body::Members;
use crate::call::{Call, Guarded};

/// What the caller may do: one request to its explanation, or `{checks: [request, …]}` to
/// `{results: [explanation, …]}` in the same order. A request that makes no sense is a deny with
/// the code `malformed_request`, not an error.
pub(crate) async fn check<S: Store, H: Host>(
    Call(app, caller, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let body = match members.take("checks") {
        None => {
            let request = read(Value::Object(members.into_map()));
            let results = authorize::check(&app, &caller, &[request]).await?;
            json!(results.first())
        }
        Some(Value::Array(checks)) if checks.len() <= MAX_CHECKS => {
            let requests: Vec<_> = checks.into_iter().map(read).collect();
            json!({ "results": authorize::check(&app, &caller, &requests).await? })
        }
        Some(Value::Array(_)) => {
            return Err(Refusal::Validation(format!(
                "[body.checks] Too big: expected array to have <={MAX_CHECKS} items"
            )));
        }
        Some(other) => {
            return Err(Refusal::Validation(format!(
                "[body.checks] Invalid input: expected array, received {}",
                body::type_name(Some(&other))
            )));
        }
    };
    Ok(answer(&body, caller.user.id))
}

/// A request, or one that asks for nothing and is denied as malformed.
fn read(value: Value) -> Request {
    serde_json::from_value(value).unwrap_or_default()
}
