//! `GET /api/auth/me`.

use axum::response::Response;
use portcullis_service::{Host, Store, authorize, current_policy};
use serde_json::json;

use super::policy::digest_text;
use crate::answer::{Refusal, answer};
use crate::call::{Call, Known};
use crate::wire;

/// Who the caller is, what it holds, and which scopes that reaches; 401 when signed out.
pub(crate) async fn me<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
) -> Result<Response, Refusal> {
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
    Ok(answer(&body, caller.user.id))
}
