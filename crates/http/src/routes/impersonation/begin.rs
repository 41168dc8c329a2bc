//! `POST /api/auth/admin/impersonate-user`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::session::Carrier;
use portcullis_service::{Context, Denied, Error, Host, Store, impersonation};
use serde_json::json;

use crate::answer::{Refusal, json_response};
use crate::client::{Presented, presented};
use crate::log::UserId;
use crate::routes::sessions::carrier;
use crate::{Shared, body, client, cookies, wire};

/// Lets the caller go on as the user `{userId}`: `{session, user}`.
///
/// A browser gets the other session as its cookie, and its own one is put aside. A client that came
/// with a bearer token gets the other token in `session.token` and `set-auth-token`, and goes on with
/// its own one whenever it likes. An access token alone begins nothing: it would be made into a session
/// that outlives it.
pub(super) async fn begin<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let own = match presented(&headers, &app.settings) {
        Presented::SessionToken(own) => own,
        Presented::AccessToken(_) => return Err(Refusal::SignedOut),
        Presented::Nothing => return Err(nobody(client::nobody(&headers, &app.settings))),
    };
    let caller = match client::current_caller(&app, &headers).await {
        Ok(caller) => caller,
        Err(error) => return Err(nobody(error)),
    };
    let mut members = body::json(&headers, request).await?;
    let user_id = members.id("userId");
    members.settle()?;
    let begun = impersonation::begin(&app, &caller, &user_id, &context).await?;
    let token = begun.token.expose();
    let bearer = (carrier(&headers) == Carrier::Bearer).then_some(token);
    let body = json!({
        "session": wire::session(&begun.caller.session, bearer),
        "user": wire::user(&begun.caller.user),
    });
    let mut response = json_response(StatusCode::OK, &body);
    let answer = response.headers_mut();
    if bearer.is_some() {
        cookies::tell_bearer(answer, &app.settings, token);
    } else {
        cookies::set_aside(answer, &app.settings, &own, &caller.session);
        cookies::set_session(answer, &app.settings, token, false);
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

fn nobody(error: Error) -> Refusal {
    match error {
        Error::Denied(Denied::Unauthenticated) => Refusal::SignedOut,
        error => error.into(),
    }
}
