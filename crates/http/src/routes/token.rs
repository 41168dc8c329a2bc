//! `GET /api/auth/token`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::{Denied, Host, Store, feed, token as use_case};
use serde_json::json;

use crate::Shared;
use crate::answer::{Refusal, json_response};
use crate::client::{Presented, presented};
use crate::log::UserId;

/// `{token}`: an access token for the caller's session. An access token alone gets no new one, or
/// a stolen one would never end.
pub(crate) async fn token<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Presented::SessionToken(value) = presented(&headers, &app.settings) else {
        return Err(Denied::Unauthenticated.into());
    };
    let caller = feed::by_token(&app, &value).await?;
    let token = use_case::mint(&app, &caller).await?;
    let mut response = json_response(StatusCode::OK, &json!({ "token": token }));
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
