//! What a user does with links: makes a code, sees them, ends them.

use axum::extract::Path;
use axum::response::Response;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Host, Store, identity_links as use_case};
use serde_json::{Value, json};

use super::answer::link;
use crate::answer::{Refusal, answer};
use crate::call::{BySession, Call, Current, Known};

/// Makes a one-time code to give to a service: `{code, expiresAt}`.
pub(super) async fn code<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<BySession, S, H>,
) -> Result<Response, Refusal> {
    let made = use_case::new_code(&app, &caller, &context).await?;
    let body = json!({
        "code": made.code.expose().as_str(),
        "expiresAt": to_rfc3339(made.expires_at_ms),
    });
    Ok(answer(&body, caller.user.id))
}

/// The caller's links: `{links}`.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
) -> Result<Response, Refusal> {
    let links = use_case::list(&app, &caller).await?;
    let links: Vec<Value> = links.iter().map(link).collect();
    Ok(answer(&json!({ "links": links }), caller.user.id))
}

/// Ends a link, and answers with it as it was.
pub(super) async fn unlink<S: Store, H: Host>(
    Path(id): Path<String>,
    Call(app, caller, context, ..): Call<Current, S, H>,
) -> Result<Response, Refusal> {
    let removed = use_case::unlink(&app, &caller, &id, &context).await?;
    Ok(answer(&link(&removed), caller.user.id))
}
