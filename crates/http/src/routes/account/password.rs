//! `POST /api/auth/change-password` and `POST /api/auth/verify-password`.

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::accounts::{self as use_case, NewPassword};
use portcullis_service::session::Carrier;
use portcullis_service::{Host, Store};
use serde_json::json;

use super::queued;
use crate::answer::{Refusal, done_for, json_response};
use crate::body::Members;
use crate::call::{Call, Current};
use crate::log::UserId;
use crate::routes::sessions::carrier;
use crate::{cookies, wire};

/// Changes the password: `{currentPassword, newPassword, revokeOtherSessions?}` to `{token, user}`.
/// The session goes on under a new token; the old one opens nothing any more.
pub(super) async fn change<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Current, S, H>,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Refusal> {
    let revoke = members.flag("revokeOtherSessions");
    let asked = NewPassword {
        current: members.text("currentPassword"),
        new: members.text("newPassword"),
        revoke_other_sessions: revoke.unwrap_or(false),
    };
    members.settle()?;
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
    Call(app, caller, context, ..): Call<Current, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let password = members.text("password");
    members.settle()?;
    use_case::verify_password(&app, &caller, &password, &context).await?;
    Ok(done_for(caller.user.id))
}
