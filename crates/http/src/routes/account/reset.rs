//! `POST /api/auth/request-password-reset`, `GET /api/auth/reset-password/:token` and
//! `POST /api/auth/reset-password`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use portcullis_service::{Context, Host, Store, accounts as use_case};
use serde_json::json;

use super::{queued, read};
use crate::answer::{Refusal, done, json_response};
use crate::body::Members;
use crate::{Shared, query};

/// Where a link for a new password goes on to when the request didn't say.
const DEFAULT_PAGE: &str = "/reset/";

/// Sends a link for a new password: `{email, redirectTo?}`. The answer is the same for every address.
pub(super) async fn request<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let email = members.text("email");
    let callback = members.optional_text("redirectTo");
    members.settle()?;
    read::check_redirect(callback.as_deref(), &app.settings)?;
    let callback = callback.unwrap_or_else(|| DEFAULT_PAGE.to_owned());
    let asked = use_case::request_password_reset(&app, &email, Some(callback), &context).await;
    asked.map_err(|error| read::address(error, "email"))?;
    let body = json!({
        "status": true,
        "message": "If this email exists in our system, check your email for the reset link",
    });
    Ok(queued(json_response(StatusCode::OK, &body)))
}

/// Opens the link of a mail: on to `callbackURL` with `token`, or with `error=INVALID_TOKEN`. The
/// token isn't used up.
pub(super) async fn open<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Path(token): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let callback = query::text(&uri, "callbackURL").filter(|url| !url.is_empty());
    let callback =
        callback.ok_or_else(|| query::invalid("callbackURL", "string, received undefined"))?;
    read::check_callback(Some(&callback), &app.settings)?;
    let absolute = if callback.starts_with('/') {
        format!("{}{callback}", app.settings.origin)
    } else {
        callback
    };
    let url = if use_case::can_reset(&app, &token).await? {
        read::with_parameter(&absolute, "token", &token)
    } else {
        read::with_parameter(&absolute, "error", "INVALID_TOKEN")
    };
    Ok(read::redirect(&url))
}

/// Sets a new password: `{newPassword, token}` to `{status}`; the token of a mail, or an operator's
/// code. Every session of the account ends.
pub(super) async fn reset<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    mut members: Members,
) -> Result<Response, Refusal> {
    let new = members.text("newPassword");
    let token = members.optional_text("token");
    members.settle()?;
    let token = token.or_else(|| query::text(&uri, "token"));
    let token = token.unwrap_or_default();
    use_case::reset_password(&app, &token, &new, &context).await?;
    Ok(queued(done()))
}
