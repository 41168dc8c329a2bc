//! `POST /api/auth/update-user`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::accounts::{self as use_case, Profile};
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use super::{done, read};
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, body, client};

/// Changes name and picture: `{name?, image?}` to `{status}`.
pub(super) async fn update_user<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    if members.contains_key("email") {
        let body = json!({
            "message": "Email can not be updated",
            "code": "EMAIL_CAN_NOT_BE_UPDATED",
        });
        return Ok(json_response(StatusCode::BAD_REQUEST, &body));
    }
    read::check_members(&members)?;
    let mut problems = Vec::new();
    let image = match members.get("image") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(_) => Some(Some(body::text(&members, "image", &mut problems))),
    };
    let name = members
        .get("name")
        .map(|_| body::text(&members, "name", &mut problems));
    let profile = Profile { name, image };
    body::settle(&problems)?;
    use_case::update_user(&app, &caller, profile, &context).await?;
    let mut response = done();
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
