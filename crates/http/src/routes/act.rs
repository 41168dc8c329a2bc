//! `POST /api/demo/act`: what a guarded endpoint of an application looks like.

use axum::response::Response;
use portcullis_core::decide::RawScope;
use portcullis_service::{Host, Store, authorize};
use serde_json::{Value, json};

use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::{Call, Guarded};

/// Does nothing, but only for callers that may: `{permission, scope?}` to `{allow, code}`, or 403
/// with the explanation. Either way it leaves an audit record.
pub(crate) async fn act<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let permission = members.text("permission");
    let scope = match members.take("scope") {
        None | Some(Value::Null) => RawScope::global(),
        Some(value) => serde_json::from_value(value).unwrap_or_else(|_| {
            members.problem("[body.scope] Invalid input: expected string or object");
            RawScope::global()
        }),
    };
    members.settle()?;
    let allowed = authorize::require(&app, &caller, &permission, scope, &context).await?;
    let body = json!({ "allow": allowed.allow, "code": allowed.code.as_str() });
    Ok(answer(&body, caller.user.id))
}
