//! One JSON line a request, and the request id on every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::X_CONTENT_TYPE_OPTIONS;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Context, Host, Store};
use serde_json::json;

use crate::Shared;
use crate::answer::FaultText;
use crate::client::{PeerAddress, REQUEST_ID, context};

/// Longest path logged, in characters.
const MAX_PATH_CHARS: usize = 256;

/// Whose request it turned out to be; handlers put it on their answers.
#[derive(Debug, Clone)]
pub(crate) struct UserId(pub(crate) String);

/// Makes the context of a request, lets it through, and writes its line. Neither query nor bodies
/// nor headers are written: they may hold secrets.
pub(crate) async fn requests<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<PeerAddress>().cloned();
    let context: Arc<Context> = Arc::new(context(&*app, request.headers(), peer.as_ref()));
    let method = request.method().clone();
    let path: String = without_token(request.uri().path())
        .chars()
        .take(MAX_PATH_CHARS)
        .collect();
    request.extensions_mut().insert(Arc::clone(&context));
    let mut response = next.run(request).await;
    let now_ms = app.host.now_ms();
    let fault = response
        .extensions()
        .get::<FaultText>()
        .map(|fault| fault.0.clone());
    let user = response
        .extensions()
        .get::<UserId>()
        .map(|user| user.0.clone());
    let mut line = json!({
        "ts": to_rfc3339(now_ms),
        "level": if fault.is_some() { "error" } else { "info" },
        "msg": "request",
        "requestId": context.request_id,
        "method": method.as_str(),
        "path": path,
        "status": response.status().as_u16(),
        "latencyMs": now_ms.saturating_sub(context.started_ms).max(0),
    });
    if let Some(members) = line.as_object_mut() {
        members.extend(user.map(|user| ("userId".to_owned(), user.into())));
        members.extend(fault.map(|fault| ("error".to_owned(), fault.into())));
    }
    app.host.log(&line.to_string());
    let headers = response.headers_mut();
    if !headers.contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&context.request_id)
    {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A path without the one-time token that the link of a mail carries in it.
fn without_token(path: &str) -> &str {
    const LINK: &str = "/api/auth/reset-password/";
    if path.starts_with(LINK) { LINK } else { path }
}
