//! `GET /api/auth/list-sessions`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::session::revoke;
use portcullis_service::{Host, Store};
use serde_json::Value;

use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, client, wire};

/// The caller's sessions, the last used first; takes a fresh sign-in.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let sessions = revoke::list(&app, &caller).await?;
    let body: Vec<Value> = sessions
        .iter()
        .map(|session| wire::session(session, None))
        .collect();
    let mut response = json_response(StatusCode::OK, &Value::Array(body));
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
