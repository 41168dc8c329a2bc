//! `set-role`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::{Context, Host, Store, admin as use_case};
use serde_json::json;

use super::answer::{account, answer};
use super::{caller, read};
use crate::answer::Refusal;
use crate::{Shared, body};

/// Gives an account roles everywhere in place of those that it has: `{userId, role}` to `{user}`.
pub(super) async fn set<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let user_id = read::id(&members, "userId", &mut problems);
    let roles = members.get("role").and_then(read::roles);
    if roles.is_none() {
        problems.push("[body.role] Invalid input".to_owned());
    }
    body::settle(&problems)?;
    let roles = roles.unwrap_or_default();
    let changed = use_case::set_roles(&app, &caller, &user_id, &roles, &context).await?;
    let user = account(&changed, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}
