//! `GET /api/auth/get-session`, and `POST`, which isn't served.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::header::ACCESS_CONTROL_EXPOSE_HEADERS;
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use portcullis_issue::opaque::SessionToken;
use portcullis_service::session::{self, Carrier};
use portcullis_service::{Context, Denied, Error, Host, Settings, Store, token as access_token};
use serde_json::{Value, json};

use super::sessions::carrier;
use crate::answer::{Refusal, append, json_response};
use crate::client::{Presented, presented};
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
    let caller = current.caller;
    let bearer = (carrier == Carrier::Bearer).then_some(token.as_str());
    let body = json!({
        "session": wire::session(&caller.session, bearer),
        "user": wire::user(&caller.user),
    });
    let mut response = json_response(StatusCode::OK, &body);
    let mut renewed = current.cookie.as_ref().map(SessionToken::expose);
    let is_newest = caller.session.superseded_by.is_none();
    let is_cookie = carrier == Carrier::Cookie;
    if is_cookie && is_newest && cookies::has_old_session_cookie(&headers, settings) {
        renewed = renewed.or(Some(token.as_str()));
    }
    if let Some(token) = renewed {
        let (headers, now_ms) = (response.headers_mut(), app.host.now_ms());
        cookies::renew_session(headers, settings, token, &caller.session, now_ms);
    }
    if settings.feed.sets_auth_jwt {
        let jwt = access_token::recent(&app, &token, &caller).await?;
        let headers = response.headers_mut();
        append(headers, HeaderName::from_static("set-auth-jwt"), &jwt);
        append(headers, ACCESS_CONTROL_EXPOSE_HEADERS, "set-auth-jwt");
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
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
