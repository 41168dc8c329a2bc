//! `set-user-password`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::{Context, Host, Store, admin as use_case};
use serde_json::json;

use super::answer::answer;
use super::{caller, read};
use crate::answer::Refusal;
use crate::{Shared, body};

/// Gives an account another password and ends its sessions: `{userId, newPassword}` to `{status}`.
pub(super) async fn set<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let typed = body::text(&members, "newPassword", &mut problems);
    if problems.is_empty() && typed.is_empty() {
        problems.push("[body.newPassword] newPassword cannot be empty".to_owned());
    }
    let user_id = read::id(&members, "userId", &mut problems);
    body::settle(&problems)?;
    use_case::set_password(&app, &caller, &user_id, &typed, &context).await?;
    Ok(answer(&json!({ "status": true }), caller.user.id))
}
