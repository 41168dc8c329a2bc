//! How often: the answer to one who has to wait, and the device cookie.

use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use portcullis_service::Settings;
use portcullis_service::throttle::KnownDevice;
use serde_json::json;

use crate::answer::{append, json_response};
use crate::cookies;

/// Of one that Better Auth clients know; the standard one is RFC 9110 section 10.2.3.
pub(crate) const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");
/// Gives the device token to clients that keep no cookies.
const SET_DEVICE_TOKEN: HeaderName = HeaderName::from_static("set-device-token");
/// How they send it back.
const DEVICE_TOKEN: HeaderName = HeaderName::from_static("x-device-token");
/// Shows that an account was signed in to in this browser before.
const KNOWN_DEVICE: &str = "known_device";
/// A year: how long a browser keeps it without another sign-in.
const KNOWN_DEVICE_SECS: i64 = 365 * 86_400;

/// 429 in the words of the wire, which has no code here.
pub(crate) fn too_many(retry_after_secs: i64) -> Response {
    let body = json!({ "message": "Too many requests. Please try again later." });
    let mut response = json_response(StatusCode::TOO_MANY_REQUESTS, &body);
    let headers = response.headers_mut();
    for name in [RETRY_AFTER, X_RETRY_AFTER] {
        headers.insert(name, HeaderValue::from(retry_after_secs));
    }
    response
}

/// What the client shows of an earlier sign-in, by header or cookie; whose signature is for the use
/// case to check.
pub(crate) fn known_device(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    let header = headers
        .get(DEVICE_TOKEN)
        .and_then(|value| value.to_str().ok());
    let name = cookies::name(settings, KNOWN_DEVICE);
    header
        .or_else(|| cookies::find(headers, &name))
        .map(str::to_owned)
}

/// Gives the client what shows of this sign-in later; it outlives the session, and signing out.
pub(crate) fn set_known_device(
    headers: &mut HeaderMap,
    settings: &Settings,
    device: &KnownDevice,
    keeps_cookies: bool,
) {
    let text = device.to_text(&settings.secrets);
    if keeps_cookies {
        let max_age = Some(KNOWN_DEVICE_SECS);
        cookies::set(headers, settings, KNOWN_DEVICE, &text, max_age);
    }
    append(headers, SET_DEVICE_TOKEN, &text);
}
