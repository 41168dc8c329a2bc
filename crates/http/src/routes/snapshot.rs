//! `GET /api/auth/snapshot`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use portcullis_service::{Host, Store, snapshot as use_case};

use crate::answer::{Refusal, append};
use crate::call::{Call, Known};
use crate::log::UserId;

/// All that a page decides by, as a signed compact JWS; 304 when the page has it, 401 when signed
/// out.
pub(crate) async fn snapshot<S: Store, H: Host>(
    Call(app, caller, ..): Call<Known, S, H>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let snapshot = use_case::prepare(&app, &caller).await?;
    let tag = format!("\"{}\"", snapshot.tag());
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(snapshot.sign(&app.host).await?));
        let jose = HeaderValue::from_static("application/jose");
        response.headers_mut().insert(CONTENT_TYPE, jose);
        response
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Cookie, Authorization"));
    append(headers, ETAG, &tag);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

/// Whether `If-None-Match` names the tag (RFC 9110 section 13.1.2). Compared weakly: a proxy that
/// compresses answers makes their tags weak.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_alone_in_a_list_weakly_or_as_any() {
        let known = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&headers, "\"a1\"")
        };
        for value in [
            "\"a1\"",
            "W/\"a1\"",
            "\"b\", \"a1\"",
            "\"b\",W/\"a1\" ",
            "*",
        ] {
            assert!(known(value), "{value}");
        }
        for value in ["", "a1", "\"A1\"", "w/\"a1\"", "\"a1", "W/a1", "\"a\""] {
            assert!(!known(value), "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a1\""));
    }
}
