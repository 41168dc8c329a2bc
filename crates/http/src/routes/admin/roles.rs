//! `set-role`.

use axum::response::Response;
use portcullis_service::{Host, Store, admin as use_case};
use serde_json::json;

use super::Administrator;
use super::answer::account;
use super::read;
use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::Call;

/// Gives an account roles everywhere in place of those that it has: `{userId, role}` to `{user}`.
pub(super) async fn set<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    let roles = members.get("role").and_then(read::roles);
    if roles.is_none() {
        members.problem("[body.role] Invalid input");
    }
    members.settle()?;
    let roles = roles.unwrap_or_default();
    let changed = use_case::set_roles(&app, &caller, &user_id, &roles, &context).await?;
    let user = account(&changed, &app.settings.policy, app.host.now_ms());
    Ok(answer(&json!({ "user": user }), caller.user.id))
}
