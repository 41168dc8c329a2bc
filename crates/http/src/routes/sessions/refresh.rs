//! `POST /api/auth/session/refresh`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use portcullis_service::session::refresh as use_case;
use portcullis_service::{Context, Host, Store, token};
use serde_json::json;

use crate::answer::{Refusal, json_response};
use crate::body::Members;
use crate::log::UserId;
use crate::{Shared, cookies, wire};

/// Exchanges `{refreshToken}` for the next one, a session token and an access token.
pub(super) async fn refresh<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let presented = members.text("refreshToken");
    members.settle()?;
    let (tokens, caller) = use_case::refresh(&app, &presented, &context).await?;
    let session_token = tokens.session.expose();
    let mut body = json!({
        "token": session_token,
        "accessToken": token::mint(&app, &caller).await?,
        "session": wire::session(&caller.session, Some(session_token)),
        "user": wire::user(&caller.user),
    });
    wire::add_refresh(&mut body, &tokens, &caller.session);
    let mut response = json_response(StatusCode::OK, &body);
    cookies::tell_bearer(response.headers_mut(), &app.settings, session_token);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
