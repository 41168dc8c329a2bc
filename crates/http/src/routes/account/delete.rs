//! `POST /api/auth/delete-user` and `GET /api/auth/delete-user/callback`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use portcullis_service::accounts::{self as use_case, Deletion};
use portcullis_service::{Context, Denied, Error, Host, Store};
use serde_json::json;

use super::{queued, read};
use crate::answer::{Refusal, json_response};
use crate::{Shared, body, client, cookies, query};

/// Deletes the caller's account: `{password?, token?, callbackURL?}` to `{success, message}`. Without
/// password and token a link is sent where mail goes anywhere; else the session has to be fresh.
pub(super) async fn delete_user<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    if !app.settings.accounts.delete_user {
        return Err(Refusal::NotFound);
    }
    let caller = client::session_caller(&app, &headers).await?;
    let mut members = body::optional_json(&headers, request).await?;
    let asked = Deletion {
        password: members.optional_text("password"),
        token: members.optional_text("token"),
        callback: members.optional_text("callbackURL"),
    };
    members.settle()?;
    read::check_callback(asked.callback.as_deref(), &app.settings)?;
    if use_case::delete_user(&app, &caller, asked, &context).await? {
        let mut response = gone();
        cookies::clear_session(response.headers_mut(), &app.settings);
        return Ok(response);
    }
    let body = json!({ "success": true, "message": "Verification email sent" });
    Ok(queued(json_response(StatusCode::OK, &body)))
}

/// Opens a link that deletes the account, where its owner is signed in: on to `callbackURL`, or to
/// `{success, message}`.
pub(super) async fn callback<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !app.settings.accounts.delete_user {
        return Ok(missing("NOT_FOUND", "Not found"));
    }
    let callback = query::text(&uri, "callbackURL").filter(|url| !url.is_empty());
    read::check_callback(callback.as_deref(), &app.settings)?;
    let caller = match client::session_caller(&app, &headers).await {
        Ok(caller) => caller,
        Err(Error::Denied(Denied::Unauthenticated)) => {
            let message = "Failed to get user info";
            return Ok(missing("FAILED_TO_GET_USER_INFO", message));
        }
        Err(error) => return Err(error.into()),
    };
    let asked = Deletion {
        token: Some(query::text(&uri, "token").unwrap_or_default()),
        ..Deletion::default()
    };
    use_case::delete_user(&app, &caller, asked, &context).await?;
    let mut response = callback.map_or_else(gone, |url| read::redirect(&url));
    cookies::clear_session(response.headers_mut(), &app.settings);
    Ok(response)
}

fn gone() -> Response {
    let body = json!({ "success": true, "message": "User deleted" });
    json_response(StatusCode::OK, &body)
}

fn missing(code: &str, message: &str) -> Response {
    let body = json!({ "message": message, "code": code });
    json_response(StatusCode::NOT_FOUND, &body)
}
