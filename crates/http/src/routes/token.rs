//! `GET /api/auth/token`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::{Context, Denied, Host, Store, session, token as use_case};
use serde_json::json;

use super::get_session::renew_cookie;
use super::sessions::carrier;
use crate::Shared;
use crate::answer::{Refusal, json_response};
use crate::client::{Presented, nobody, presented};
use crate::log::UserId;

/// `{token}`: a new access token for the caller's session. An access token alone gets none, or a
/// stolen one would never end. As with `get-session`, use extends a remembered session: a page may ask
/// for nothing else.
pub(crate) async fn token<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let value = match presented(&headers, &app.settings) {
        Presented::SessionToken(value) => value,
        Presented::AccessToken(_) => return Err(Denied::Unauthenticated.into()),
        Presented::Nothing => return Err(nobody(&headers, &app.settings).into()),
    };
    let current = session::current(&app, &value, carrier(&headers), true, &context).await?;
    let token = use_case::mint(&app, &current.caller).await?;
    let mut response = json_response(StatusCode::OK, &json!({ "token": token }));
    renew_cookie(&app, response.headers_mut(), &headers, &value, &current);
    let user = UserId(current.caller.user.id);
    response.extensions_mut().insert(user);
    Ok(response)
}
