//! `POST /api/auth/api-key/verify`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_core::decide::RawScope;
use portcullis_service::api_keys::{self, Verdict};
use portcullis_service::{Context, Host, Store};
use serde_json::{Value, json};

use super::answer::{answer, body as refusal, key};
use super::read::Reader;
use crate::answer::Refusal;
use crate::{Shared, body, client};

/// Whether a key holds, for a service that is called with it: `{key, permissions?, scope?}` to
/// `{valid, error, key}`. A key that does is used once.
pub(super) async fn verify<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::guarded_caller(&app, &headers, &context).await?;
    let members = body::json(&headers, request).await?;
    let mut reader = Reader::new(&members);
    let text = reader.text("key");
    let permissions = reader.scopes().unwrap_or_default();
    let scope = match members.get("scope") {
        None | Some(Value::Null) => None,
        Some(value) => serde_json::from_value::<RawScope>(value.clone())
            .map_err(|_| {
                let problem = "[body.scope] Invalid input: expected string or object";
                reader.problems.push(problem.to_owned());
            })
            .ok(),
    };
    body::settle(&reader.problems)?;
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
