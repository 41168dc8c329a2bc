//! `POST /api/auth/session/step-up`.

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::session::{Carrier, fresh};
use portcullis_service::{Host, Store};
use serde_json::json;

use super::carrier;
use crate::answer::{Refusal, json_response};
use crate::body::Members;
use crate::call::{Call, Current};
use crate::log::UserId;
use crate::{cookies, wire};

/// Makes the caller's sign-in fresh again by `{password}`, and gives its session a new token: as cookie,
/// and to a bearer in `token`.
pub(super) async fn step_up<S: Store, H: Host>(
    Call(app, mut caller, context, ..): Call<Current, S, H>,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, Refusal> {
    let password = members.text("password");
    members.settle()?;
    let tokens = fresh::step_up(&app, &caller, password, &context).await?;
    let now_ms = app.host.now_ms();
    caller.session.authenticated_at_ms = now_ms;
    caller.session.updated_at_ms = now_ms;
    let token = tokens.session.expose();
    let bearer = (carrier(&headers) == Carrier::Bearer).then_some(token);
    let mut body = json!({
        "status": true,
        "token": bearer,
        "session": wire::session(&caller.session, bearer),
    });
    wire::add_refresh(&mut body, &tokens, &caller.session);
    let mut response = json_response(StatusCode::OK, &body);
    if bearer.is_none() {
        let headers = response.headers_mut();
        cookies::renew_session(headers, &app.settings, token, &caller.session, now_ms);
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
