//! `POST /api/auth/sign-out` and `/api/auth/logout`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::{Context, Host, Store, sign_out as use_case};
use serde_json::json;

use crate::answer::{Refusal, json_response};
use crate::client::{Presented, presented};
use crate::{Shared, body, cookies};

/// Ends the caller's session at once and takes its cookies back; without a session, the same.
pub(crate) async fn sign_out<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    body::optional_json(&headers, request).await?;
    if let Presented::SessionToken(token) = presented(&headers, &app.settings) {
        use_case::sign_out(&app, &token, &context).await?;
    }
    let mut response = json_response(StatusCode::OK, &json!({ "success": true }));
    cookies::clear_session(response.headers_mut(), &app.settings);
    Ok(response)
}
