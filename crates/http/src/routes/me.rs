//! `GET /api/auth/me`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::{Host, Store, authorize, current_policy};
use serde_json::json;

use super::policy::digest_text;
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, client, wire};

/// Who the caller is, what it holds, and which scopes that reaches; 401 when signed out.
pub(crate) async fn me<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let scopes = authorize::scopes_of(&app, &caller).await?;
    let policy = &*current_policy(&app, &caller).await?;
    let body = json!({
        "user": wire::user(&caller.user),
        "session": wire::session(&caller.session, None),
        "principal": caller.principal(policy),
        "scopes": scopes,
        "policy": {
            "name": policy.name(),
            "version": policy.document().version,
            "digest": digest_text(policy),
        },
    });
    let mut response = json_response(StatusCode::OK, &body);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
