//! `set-user-password`.

use axum::response::Response;
use portcullis_service::{Host, Store, admin as use_case};
use serde_json::json;

use super::Administrator;
use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::Call;

/// Gives an account another password and ends its sessions: `{userId, newPassword}` to `{status}`.
pub(super) async fn set<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let typed = members.text("newPassword");
    if members.is_sound() && typed.is_empty() {
        members.problem("[body.newPassword] newPassword cannot be empty");
    }
    let user_id = members.id("userId");
    members.settle()?;
    use_case::set_password(&app, &caller, &user_id, &typed, &context).await?;
    Ok(answer(&json!({ "status": true }), caller.user.id))
}
