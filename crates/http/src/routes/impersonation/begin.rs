//! `POST /api/auth/admin/impersonate-user`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::session::Carrier;
use portcullis_service::{Context, Denied, Error, Host, Store, impersonation};
use serde_json::{Map, Value, json};

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
    let Presented::SessionToken(own) = presented(&headers, &app.settings) else {
        return Err(Refusal::SignedOut);
    };
    let caller = match client::current_caller(&app, &headers).await {
        Ok(caller) => caller,
        Err(Error::Denied(Denied::Unauthenticated)) => return Err(Refusal::SignedOut),
        Err(error) => return Err(error.into()),
    };
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = user_id(&members, &mut problems);
    body::settle(&problems)?;
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

/// `userId`, which may come as a number too.
fn user_id(members: &Map<String, Value>, problems: &mut Vec<String>) -> String {
    match members.get("userId") {
        Some(Value::Number(number)) => number.to_string(),
        _ => body::text(members, "userId", problems),
    }
}
