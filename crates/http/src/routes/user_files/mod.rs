//! `/api/v1/admin/users/bulk`, `/export` and `/import`: many accounts at a time.

mod bulk;
mod export;
mod import;

use axum::Router;
use axum::body::to_bytes;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use portcullis_service::{Denied, Host, Store};
use serde_json::{Value, json};

use crate::Shared;
use crate::answer::Refusal;

/// Longest refusal read, in bytes.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// The endpoints.
pub(crate) fn router<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/bulk", post(bulk::bulk::<S, H>))
        .route("/export", get(export::export::<S, H>))
        .route("/import", post(import::import::<S, H>))
}

/// Code and message of a refusal, as a call about that account alone would answer.
async fn told(denied: Denied) -> Value {
    let response = Refusal::Service(denied.into()).into_response();
    let bytes = to_bytes(response.into_body(), MAX_REFUSAL_BYTES).await;
    let body: Value = serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default();
    json!({ "code": body.get("code"), "message": body.get("message") })
}
