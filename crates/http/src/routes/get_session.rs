//! `GET /api/auth/get-session`, and `POST`, which isn't served.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::header::ACCESS_CONTROL_EXPOSE_HEADERS;
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use portcullis_issue::opaque::SessionToken;
use portcullis_service::session::{self, Carrier, Current};
use portcullis_service::{
    App, Caller, Context, Denied, Error, Host, Settings, Store, token as access_token,
};
use serde_json::{Value, json};

use super::sessions::carrier;
use crate::answer::{Refusal, append, json_response};
use crate::client::{Presented, key_session, presented};
use crate::log::UserId;
use crate::{Shared, cookies, wire};

/// `{session, user}`, or `null` to one who isn't signed in; use extends a remembered session.
pub(crate) async fn get_session<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let settings = &app.settings;
    if let Some(caller) = key_session(&app, &headers, &context).await? {
        return Ok(of_key(&caller, &context));
    }
    let Presented::SessionToken(token) = presented(&headers, settings) else {
        return Ok(signed_out(&headers, settings));
    };
    let carrier = carrier(&headers);
    let query = uri.query().unwrap_or_default();
    let may_write = !query.split('&').any(|pair| pair == "disableRefresh=true");
    let current = match session::current(&app, &token, carrier, may_write, &context).await {
        Ok(current) => current,
        Err(Error::Denied(Denied::Unauthenticated)) => return Ok(signed_out(&headers, settings)),
        Err(error) => return Err(error.into()),
    };
    let caller = &current.caller;
    let bearer = (carrier == Carrier::Bearer).then_some(token.as_str());
    let body = json!({
        "session": wire::session(&caller.session, bearer),
        "user": wire::user(&caller.user),
    });
    let mut response = json_response(StatusCode::OK, &body);
    renew_cookie(&app, response.headers_mut(), &headers, &token, &current);
    if settings.feed.sets_auth_jwt {
        let jwt = access_token::recent(&app, &token, caller).await?;
        let headers = response.headers_mut();
        append(headers, HeaderName::from_static("set-auth-jwt"), &jwt);
        append(headers, ACCESS_CONTROL_EXPOSE_HEADERS, "set-auth-jwt");
    }
    let user = UserId(current.caller.user.id);
    response.extensions_mut().insert(user);
    Ok(response)
}

/// What an API key is answered where that is on: a session in name alone, which no other endpoint knows.
/// Its token is the key's id; the key itself is in no answer.
fn of_key(caller: &Caller, context: &Context) -> Response {
    let mut session = caller.session.clone();
    session.ip_address.clone_from(&context.ip_address);
    session.user_agent.clone_from(&context.user_agent);
    let body = json!({
        "session": wire::session(&session, None),
        "user": wire::user(&caller.user),
    });
    let mut response = json_response(StatusCode::OK, &body);
    let user = UserId(caller.user.id.clone());
    response.extensions_mut().insert(user);
    response
}

/// Gives the browser the cookie again when its session was extended, its token is another one, or the
/// cookie still has an older name.
pub(crate) fn renew_cookie<S, H: Host>(
    app: &App<S, H>,
    out: &mut HeaderMap,
    asked: &HeaderMap,
    token: &str,
    current: &Current,
) {
    let (settings, session) = (&app.settings, &current.caller.session);
    let is_cookie = carrier(asked) == Carrier::Cookie;
    let is_newest = session.superseded_by.is_none();
    let is_old = is_cookie && is_newest && cookies::has_old_session_cookie(asked, settings);
    let renewed = current.cookie.as_ref().map(SessionToken::expose);
    if let Some(token) = renewed.or(is_old.then_some(token)) {
        cookies::renew_session(out, settings, token, session, app.host.now_ms());
    }
}

/// Refused as by a server of this protocol that extends sessions on `GET`.
pub(crate) async fn post_get_session() -> Response {
    let body = json!({
        "message": "POST method requires deferSessionRefresh to be enabled in session config",
        "code": "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    });
    json_response(StatusCode::METHOD_NOT_ALLOWED, &body)
}

fn signed_out(headers: &HeaderMap, settings: &Settings) -> Response {
    let mut response = json_response(StatusCode::OK, &Value::Null);
    if cookies::has_session_cookie(headers, settings) {
        cookies::clear_session(response.headers_mut(), settings);
    }
    response
}
