//! `GET /api/auth/get-session`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use portcullis_service::{Denied, Error, Host, Store, session};
use serde_json::{Value, json};

use crate::answer::{Refusal, json_response};
use crate::client::{Presented, presented};
use crate::log::UserId;
use crate::{Shared, cookies, wire};

/// `{session, user}`, or `null` to one who isn't signed in; use extends a remembered session.
pub(crate) async fn get_session<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let settings = &app.settings;
    let Presented::SessionToken(token) = presented(&headers, settings) else {
        return Ok(signed_out(&headers, settings));
    };
    let query = uri.query().unwrap_or_default();
    let may_extend = !query.split('&').any(|pair| pair == "disableRefresh=true");
    let current = match session::current(&app, &token, may_extend).await {
        Ok(current) => current,
        Err(Error::Denied(Denied::Unauthenticated)) => return Ok(signed_out(&headers, settings)),
        Err(error) => return Err(error.into()),
    };
    let caller = current.caller;
    let body = json!({
        "session": wire::session(&caller.session, Some(&token)),
        "user": wire::user(&caller.user),
    });
    let mut response = json_response(StatusCode::OK, &body);
    if current.is_extended {
        cookies::set_session(response.headers_mut(), settings, &token, true);
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

fn signed_out(headers: &HeaderMap, settings: &portcullis_service::Settings) -> Response {
    let mut response = json_response(StatusCode::OK, &Value::Null);
    if cookies::has_session_cookie(headers, settings) {
        cookies::clear_session(response.headers_mut(), settings);
    }
    response
}
