//! `/health` and `/ready`, for what watches over the server.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::StatusCode;
use portcullis_service::operation::{self, Readiness};
use portcullis_service::{Host, Store};
use serde_json::{Map, Value, json};

use crate::Shared;
use crate::answer::json_response;

/// How long what was found is told again: whoever asks often doesn't ask the database.
const KEPT_MS: i64 = 1_000;

/// What was found last, and when.
#[derive(Debug, Default)]
struct Kept(Mutex<Option<(i64, Readiness)>>);

/// The endpoints. They stand outside of rates and the log: who asks does so all the time, and from one
/// address.
pub(crate) fn router<S, H>(app: Shared<S, H>) -> Router
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready::<S, H>))
        .layer(Extension(Arc::<Kept>::default()))
        .with_state(app)
}

/// The process answers.
async fn health() -> Response {
    json_response(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Whether requests can be answered: 200 or 503, with what was looked at.
async fn ready<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(kept): Extension<Arc<Kept>>,
) -> Response {
    let now_ms = app.host.now_ms();
    let found = if let Some(found) = kept.at(now_ms) {
        found
    } else {
        let found = operation::ready(&app).await;
        for detail in &found.details {
            let line = json!({ "level": "error", "msg": "not ready", "error": detail });
            app.host.log(&line.to_string());
        }
        kept.put(now_ms, &found);
        found
    };
    let checks: Map<String, Value> = found
        .checks
        .iter()
        .map(|(name, health)| ((*name).to_owned(), health.as_str().into()))
        .collect();
    let (status, word) = if found.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unready")
    };
    json_response(status, &json!({ "status": word, "checks": checks }))
}

impl Kept {
    fn at(&self, now_ms: i64) -> Option<Readiness> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, found) = kept.as_ref()?;
        (0..KEPT_MS)
            .contains(&(now_ms - at_ms))
            .then(|| found.clone())
    }

    fn put(&self, now_ms: i64, found: &Readiness) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now_ms, found.clone()));
    }
}
