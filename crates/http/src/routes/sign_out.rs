//! `POST /api/auth/sign-out` and `/api/auth/logout`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::session::Carrier;
use portcullis_service::sign_out::{self as use_case, By};
use portcullis_service::{Context, Host, Store};
use serde_json::json;

use super::sessions::carrier;
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
    let presented = presented(&headers, &app.settings);
    let by = match &presented {
        Presented::AccessToken(token) => Some(By::AccessToken(token)),
        Presented::Nothing => None,
        Presented::SessionToken(token) => Some(By::SessionToken(token)),
    };
    // Whoever signs out of a browser isn't to find it signed in as the administrator behind it.
    let is_cookie = carrier(&headers) == Carrier::Cookie;
    let own = cookies::aside(&headers, &app.settings).filter(|_| is_cookie);
    match (by, own) {
        (Some(by), Some(own)) => use_case::sign_out_of_both(&app, by, &own, &context).await?,
        (Some(by), None) => use_case::sign_out(&app, by, &context).await?,
        (None, Some(own)) => use_case::sign_out(&app, By::SessionToken(&own), &context).await?,
        (None, None) => false,
    };
    let mut response = json_response(StatusCode::OK, &json!({ "success": true }));
    cookies::clear_session(response.headers_mut(), &app.settings);
    cookies::clear_admin_session(response.headers_mut(), &app.settings, &headers);
    Ok(response)
}
