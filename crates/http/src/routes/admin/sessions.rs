//! `list-user-sessions`, `revoke-user-session` and `revoke-user-sessions`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::{Context, Host, Store, admin as use_case};
use serde_json::{Value, json};

use super::answer::answer;
use super::{caller, read};
use crate::answer::Refusal;
use crate::{Shared, body, wire};

/// The sessions of an account that hold: `{userId}` to `{sessions}`.
pub(super) async fn list<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    body::settle(&problems)?;
    let sessions = use_case::list_sessions(&app, &caller, &user_id, &context).await?;
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|one| wire::session(one, None))
        .collect();
    Ok(answer(&json!({ "sessions": sessions }), caller.user.id))
}

/// Ends a session: `{sessionToken}`, the `token` of a list or a session token, to `{success}`.
pub(super) async fn revoke<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let handle = body::text(&members, "sessionToken", &mut problems);
    body::settle(&problems)?;
    use_case::revoke_session(&app, &caller, &handle, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

/// Ends every session of an account: `{userId}` to `{success}`.
pub(super) async fn revoke_all<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    body::settle(&problems)?;
    use_case::revoke_sessions(&app, &caller, &user_id, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}
