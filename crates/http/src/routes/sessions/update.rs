//! `POST /api/auth/update-session`.

use axum::response::Response;
use portcullis_service::session::revoke;
use portcullis_service::{Host, Store};
use serde_json::json;

use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::{Call, Current};
use crate::wire;

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
    Call(app, caller, ..): Call<Current, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    if let Some(name) = FIXED.iter().find(|name| members.has(name)) {
        return Err(Refusal::FieldNotAllowed(name));
    }
    if !members.has("deviceName") {
        return Err(Refusal::NoFields);
    }
    let name = members.text("deviceName");
    members.settle()?;
    let session = revoke::name_device(&app, &caller, &name).await?;
    let body = json!({ "session": wire::session(&session, None) });
    Ok(answer(&body, caller.user.id))
}
