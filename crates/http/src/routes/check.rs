//! `POST /api/check`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_core::decide::Request;
use portcullis_service::authorize::{self, MAX_CHECKS};
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, client};

/// What the caller may do: one request to its explanation, or `{checks: [request, …]}` to
/// `{results: [explanation, …]}` in the same order. A request that makes no sense is a deny with
/// the code `malformed_request`, not an error.
pub(crate) async fn check<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let mut members = body::json(&headers, request).await?;
    let body = match members.remove("checks") {
        None => {
            let request = read(Value::Object(members));
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
    let mut response = json_response(StatusCode::OK, &body);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

/// A request, or one that asks for nothing and is denied as malformed.
fn read(value: Value) -> Request {
    serde_json::from_value(value).unwrap_or_default()
}
