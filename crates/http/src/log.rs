//! One JSON line a request, and the request id on every answer.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::{HeaderValue, Method};
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{App, Context, Host, Store, request};
use serde_json::json;

use crate::answer::FaultText;
use crate::client::{PeerAddress, REQUEST_ID, context};
use crate::trace::{TRACERESPONSE, Trace};

/// Longest path logged, in characters.
const MAX_PATH_CHARS: usize = 256;

/// Whose request it turned out to be; handlers put it on their answers.
#[derive(Debug, Clone)]
pub(crate) struct UserId(pub(crate) String);

/// On an answer: what the host may count. It names no one.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The route as it was declared, such as `/api/auth/sign-in/email`; empty where there is none.
    pub route: String,
    /// The request's method.
    pub method: Method,
    /// How long the answer took, milliseconds.
    pub latency_ms: i64,
}

/// Makes the context of a request, lets it through, and writes its line. Neither query nor bodies
/// nor headers are written: they may hold secrets.
pub(crate) async fn requests<S: Store, H: Host, F: Future<Output = Response>>(
    app: &App<S, H>,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let peer = request.extensions().get::<PeerAddress>().cloned();
    let mut context = context(app, request.headers(), peer.as_ref());
    let mut random = [0; 24];
    app.host.fill_random(&mut random);
    let trace = Trace::of(request.headers(), random);
    context.trace_id.clone_from(&trace.id);
    let context: Arc<Context> = Arc::new(context);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path: String = without_token(request.uri().path())
        .chars()
        .take(MAX_PATH_CHARS)
        .collect();
    request.extensions_mut().insert(Arc::clone(&context));
    let mut response = next(request).await;
    let now_ms = app.host.now_ms();
    let fault = response
        .extensions()
        .get::<FaultText>()
        .map(|fault| fault.0.clone());
    let user = response
        .extensions()
        .get::<UserId>()
        .map(|user| user.0.clone());
    let acting = request::current();
    let acting = acting.as_ref().and_then(|own| own.acting());
    // Also where the answer is about the administrator behind.
    let user = acting.map(|one| one.user_id.clone()).or(user);
    let mut line = json!({
        "ts": to_rfc3339(now_ms),
        "level": if fault.is_some() { "error" } else { "info" },
        "msg": "request",
        "requestId": context.request_id,
        "traceId": trace.id,
        "spanId": trace.span,
        "method": method.as_str(),
        "path": path,
        "status": response.status().as_u16(),
        "latencyMs": now_ms.saturating_sub(context.started_ms).max(0),
    });
    if let Some(members) = line.as_object_mut() {
        members.extend(user.map(|user| ("userId".to_owned(), user.into())));
        members.extend(acting.map(|one| ("act".to_owned(), one.actor.as_str().into())));
        members.extend(fault.map(|fault| ("error".to_owned(), fault.into())));
    }
    app.host.log(&line.to_string());
    response.extensions_mut().insert(Observed {
        route: route.map_or_else(String::new, |route| route.as_str().to_owned()),
        method,
        latency_ms: now_ms.saturating_sub(context.started_ms).max(0),
    });
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&trace.response()) {
        headers.insert(TRACERESPONSE, value);
    }
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
