//! `GET /api/policy`.

use core::fmt::Write;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use portcullis_core::policy::Policy;
use portcullis_service::{Host, Store, current_policy};

use crate::answer::{Refusal, append};
use crate::call::{Call, Known};

/// The policy as a document, for a page to decide with; 304 when the page has it.
pub(crate) async fn policy<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let policy = &*current_policy(&app, &caller).await?;
    let tag = format!("\"{}\"", digest_text(policy));
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let mut response = if known == Some(tag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(policy.document().to_json()));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    append(headers, ETAG, &tag);
    Ok(response)
}

/// The policy's digest in hexadecimal.
pub(super) fn digest_text(policy: &Policy) -> String {
    policy
        .digest()
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
