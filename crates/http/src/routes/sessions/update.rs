//! `POST /api/auth/update-session`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::session::revoke;
use portcullis_service::{Host, Store};
use serde_json::json;

use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, client, wire};

/// Members of a session that its owner doesn't set, ours and those that clients of the protocol know.
const FIXED: [&str; 17] = [
    "absoluteExpiresAt",
    "activeOrganizationId",
    "activeTeamId",
    "authenticatedAt",
    "createdAt",
    "deviceId",
    "expiresAt",
    "id",
    "impersonatedBy",
    "ipAddress",
    "lastActiveAt",
    "rememberMe",
    "token",
    "tokenExpiresAt",
    "updatedAt",
    "userAgent",
    "userId",
];

/// Names the device of the caller's session: `{deviceName}` to `{session}`.
pub(super) async fn update<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    if let Some(name) = FIXED.iter().find(|name| members.contains_key(**name)) {
        return Err(Refusal::FieldNotAllowed(name));
    }
    if !members.contains_key("deviceName") {
        return Err(Refusal::NoFields);
    }
    let mut problems = Vec::new();
    let name = body::text(&members, "deviceName", &mut problems);
    body::settle(&problems)?;
    let session = revoke::name_device(&app, &caller, &name).await?;
    let body = json!({ "session": wire::session(&session, None) });
    let mut response = json_response(StatusCode::OK, &body);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
