//! `GET /api/auth/jwks`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use portcullis_service::{Host, Store, keys};

use crate::Shared;
use crate::answer::Refusal;

/// The public keys (RFC 7517 section 5). Verifiers may keep them for five minutes: a new key is
/// published a day before it signs.
pub(crate) async fn jwks<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
) -> Result<Response, Refusal> {
    let ring = keys::published(&app).await?;
    let mut response = Response::new(Body::from(ring.jwks.clone()));
    let cache = match ring.signer {
        Some(_) => "public, max-age=300",
        // Nothing is published yet; that must not be remembered.
        None => "no-store",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    Ok(response)
}
