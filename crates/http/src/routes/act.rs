//! `POST /api/demo/act`: what a guarded endpoint of an application looks like.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_core::decide::RawScope;
use portcullis_service::{Context, Host, Store, authorize};
use serde_json::{Value, json};

use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, client};

/// Does nothing, but only for callers that may: `{permission, scope?}` to `{allow, code}`, or 403
/// with the explanation. Either way it leaves an audit record.
pub(crate) async fn act<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let mut members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let permission = body::text(&members, "permission", &mut problems);
    let scope = match members.remove("scope") {
        None | Some(Value::Null) => RawScope::global(),
        Some(value) => serde_json::from_value(value).unwrap_or_else(|_| {
            problems.push("[body.scope] Invalid input: expected string or object".to_owned());
            RawScope::global()
        }),
    };
    body::settle(&problems)?;
    let allowed = authorize::require(&app, &caller, &permission, scope, &context).await?;
    let body = json!({ "allow": allowed.allow, "code": allowed.code.as_str() });
    let mut response = json_response(StatusCode::OK, &body);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
