//! `GET /api/auth/list-sessions`.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use portcullis_service::session::revoke;
use portcullis_service::{Host, Store};
use serde_json::Value;

use crate::answer::{Refusal, answer};
use crate::call::{Call, Current};
use crate::wire;

const MORE: HeaderName = HeaderName::from_static("x-portcullis-more");

/// The caller's sessions, the last used first; takes a fresh sign-in.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, ..): Call<Current, S, H>,
) -> Result<Response, Refusal> {
    let listed = revoke::list(&app, &caller).await?;
    let body: Vec<Value> = listed
        .sessions
        .iter()
        .map(|session| wire::session(session, None))
        .collect();
    let response = answer(&Value::Array(body), caller.user.id);
    Ok(with_more(response, listed.has_more))
}

/// Says that a list isn't all: its body has the form that clients of Better Auth know.
pub(crate) fn with_more(mut response: Response, has_more: bool) -> Response {
    if has_more {
        let headers = response.headers_mut();
        headers.insert(MORE, HeaderValue::from_static("true"));
    }
    response
}
