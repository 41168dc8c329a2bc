//! `POST /api/auth/update-user`.

use axum::response::Response;
use http::StatusCode;
use portcullis_service::accounts::{self as use_case, Profile};
use portcullis_service::{Host, Store};
use serde_json::json;

use super::read;
use crate::answer::{Refusal, done_for, json_response};
use crate::body::Members;
use crate::call::{Call, Current};

/// Changes name and picture: `{name?, image?}` to `{status}`.
pub(super) async fn update_user<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    if members.has("email") {
        let body = json!({
            "message": "Email can not be updated",
            "code": "EMAIL_CAN_NOT_BE_UPDATED",
        });
        return Ok(json_response(StatusCode::BAD_REQUEST, &body));
    }
    read::check_members(&members)?;
    let image = members.nullable_text("image");
    let name = members.given_text("name");
    let profile = Profile { name, image };
    members.settle()?;
    use_case::update_user(&app, &caller, profile, &context).await?;
    Ok(done_for(caller.user.id))
}
