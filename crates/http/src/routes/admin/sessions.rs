//! `list-user-sessions`, `revoke-user-session` and `revoke-user-sessions`.

use axum::response::Response;
use portcullis_service::{Host, Store, admin as use_case};
use serde_json::{Value, json};

use super::Administrator;
use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::Call;
use crate::routes::sessions::with_more;
use crate::wire;

/// The sessions of an account that hold: `{userId}` to `{sessions}`.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    members.settle()?;
    let listed = use_case::list_sessions(&app, &caller, &user_id, &context).await?;
    let sessions: Vec<Value> = listed
        .sessions
        .iter()
        .map(|one| wire::session(one, None))
        .collect();
    let response = answer(&json!({ "sessions": sessions }), caller.user.id);
    Ok(with_more(response, listed.has_more))
}

/// Ends a session: `{sessionToken}`, the `token` of a list or a session token, to `{success}`.
pub(super) async fn revoke<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let handle = members.text("sessionToken");
    members.settle()?;
    use_case::revoke_session(&app, &caller, &handle, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}

/// Ends every session of an account: `{userId}` to `{success}`.
pub(super) async fn revoke_all<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Administrator, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let user_id = members.id("userId");
    members.settle()?;
    use_case::revoke_sessions(&app, &caller, &user_id, &context).await?;
    Ok(answer(&json!({ "success": true }), caller.user.id))
}
