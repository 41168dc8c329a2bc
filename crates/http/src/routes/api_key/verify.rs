//! `POST /api/auth/api-key/verify`.

use axum::response::Response;
use portcullis_core::decide::RawScope;
use portcullis_service::api_keys::{self, Verdict};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use super::answer::{body as refusal, key};
use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::{Call, Guarded};

/// Whether a key holds, for a service that is called with it: `{key, permissions?, scope?}` to
/// `{valid, error, key}`. A key that does is used once.
pub(super) async fn verify<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Guarded, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let text = members.text("key");
    let permissions = members.scopes().unwrap_or_default();
    let scope = match members.get("scope") {
        None | Some(Value::Null) => None,
        Some(value) => serde_json::from_value::<RawScope>(value.clone())
            .map_err(|_| members.problem("[body.scope] Invalid input: expected string or object"))
            .ok(),
    };
    members.settle()?;
    let verdict = api_keys::verify(&app, &caller, &text, &permissions, scope, &context).await?;
    let body = match verdict {
        Verdict::Valid(found) => {
            let now_ms = app.host.now_ms();
            json!({ "valid": true, "error": null, "key": key(&found, now_ms) })
        }
        Verdict::Invalid(refused) => {
            json!({ "valid": false, "error": refusal(&refused), "key": null })
        }
    };
    Ok(answer(&body, caller.user.id))
}
