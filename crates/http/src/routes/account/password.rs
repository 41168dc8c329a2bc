//! `POST /api/auth/change-password` and `POST /api/auth/verify-password`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::accounts::{self as use_case, NewPassword};
use portcullis_service::session::Carrier;
use portcullis_service::{Context, Host, Store};
use serde_json::json;

use super::{done, queued};
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::routes::sessions::carrier;
use crate::{Shared, body, client, cookies, wire};

/// Changes the password: `{currentPassword, newPassword, revokeOtherSessions?}` to `{token, user}`.
/// The session goes on under a new token; the old one opens nothing any more.
pub(super) async fn change<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let revoke = body::flag(&members, "revokeOtherSessions", &mut problems);
    let asked = NewPassword {
        current: body::text(&members, "currentPassword", &mut problems),
        new: body::text(&members, "newPassword", &mut problems),
        revoke_other_sessions: revoke.unwrap_or(false),
    };
    body::settle(&problems)?;
    let tokens = use_case::change_password(&app, &caller, &asked, &context)
        .await?
        .tokens;
    let token = tokens.session.expose();
    let mut answer = json!({ "token": token, "user": wire::user(&caller.user) });
    wire::add_refresh(&mut answer, &tokens, &caller.session);
    let mut response = json_response(StatusCode::OK, &answer);
    let out = response.headers_mut();
    match carrier(&headers) {
        Carrier::Bearer => cookies::tell_bearer(out, &app.settings, token),
        Carrier::Cookie => {
            let now_ms = app.host.now_ms();
            cookies::renew_session(out, &app.settings, token, &caller.session, now_ms);
        }
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(queued(response))
}

/// Proves that the caller knows its password: `{password}` to `{status}`.
pub(super) async fn verify<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let password = body::text(&members, "password", &mut problems);
    body::settle(&problems)?;
    use_case::verify_password(&app, &caller, &password, &context).await?;
    let mut response = done();
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
