//! What a user does with links: makes a code, sees them, ends them.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Context, Host, Store, identity_links as use_case};
use serde_json::{Value, json};

use super::answer::link;
use crate::answer::{Refusal, json_response};
use crate::log::UserId;
use crate::{Shared, client};

/// Makes a one-time code to give to a service: `{code, expiresAt}`.
pub(super) async fn code<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let made = use_case::new_code(&app, &caller, &context).await?;
    let body = json!({
        "code": made.code.expose().as_str(),
        "expiresAt": to_rfc3339(made.expires_at_ms),
    });
    Ok(answer(&body, caller.user.id))
}

/// The caller's links: `{links}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::caller(&app, &headers).await?;
    let links = use_case::list(&app, &caller).await?;
    let links: Vec<Value> = links.iter().map(link).collect();
    Ok(answer(&json!({ "links": links }), caller.user.id))
}

/// Ends a link, and answers with it as it was.
pub(super) async fn unlink<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let removed = use_case::unlink(&app, &caller, &id, &context).await?;
    Ok(answer(&link(&removed), caller.user.id))
}

fn answer(body: &Value, user_id: String) -> Response {
    let mut response = json_response(StatusCode::OK, body);
    response.extensions_mut().insert(UserId(user_id));
    response
}
