//! What these endpoints read from bodies and queries, and where they send a browser.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use portcullis_service::mail::MAX_CALLBACK_BYTES;
use portcullis_service::{Denied, Error, Settings};

use crate::answer::{OriginRefusal, Refusal, append, no_store};
use crate::body::Members;
use crate::origin;

/// Members of a user that nobody sets for themselves.
const NOT_ALLOWED: [&str; 12] = [
    "role",
    "banned",
    "banReason",
    "banExpires",
    "emailVerified",
    "twoFactorEnabled",
    "tier",
    "attributes",
    "disabled",
    "id",
    "createdAt",
    "updatedAt",
];

/// Mass assignment (CWE-915): refuses a body that sets what is for others to set; members that mean
/// nothing here are passed over.
pub(super) fn check_members(members: &Members) -> Result<(), Refusal> {
    match NOT_ALLOWED.iter().find(|name| members.has(name)) {
        Some(name) => Err(Refusal::FieldNotAllowed(name)),
        None => Ok(()),
    }
}

/// A URL of the body to go on to.
pub(super) fn check_callback(url: Option<&str>, settings: &Settings) -> Result<(), Refusal> {
    let Some(url) = url else { return Ok(()) };
    origin::check_callback(url, settings)?;
    check_length(url)
}

/// As [`check_callback`], for `redirectTo`.
pub(super) fn check_redirect(url: Option<&str>, settings: &Settings) -> Result<(), Refusal> {
    let Some(url) = url else { return Ok(()) };
    if origin::check_callback(url, settings).is_err() {
        return Err(Refusal::Origin(OriginRefusal::InvalidRedirectUrl));
    }
    check_length(url)
}

fn check_length(url: &str) -> Result<(), Refusal> {
    if url.len() <= MAX_CALLBACK_BYTES {
        return Ok(());
    }
    let problem = format!("Invalid input: expected a URL of at most {MAX_CALLBACK_BYTES} bytes");
    Err(Refusal::Validation(problem))
}

/// A refused address in the words that the wire has for it here: `member` names it.
pub(super) fn address(error: Error, member: &str) -> Refusal {
    match error {
        Error::Denied(Denied::InvalidEmail) => {
            Refusal::Validation(format!("[body.{member}] Invalid email address"))
        }
        other => other.into(),
    }
}

/// A URL with one parameter more, before its fragment.
pub(super) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let separator = if rest.contains('?') { '&' } else { '?' };
    let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    format!("{rest}{separator}{name}={value}{fragment}")
}

/// Sends a browser on.
pub(super) fn redirect(url: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(headers);
    append(headers, LOCATION, url);
    // A token may stand in the URL that the browser is at: it tells nobody where it came from.
    append(headers, http::header::REFERRER_POLICY, "no-referrer");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_goes_behind_others_and_before_the_fragment() {
        for (url, expected) in [
            ("/reset", "/reset?token=T"),
            ("/reset?a=b", "/reset?a=b&token=T"),
            ("/app#/reset", "/app?token=T#/reset"),
            (
                "https://a.example/r?x#y?z",
                "https://a.example/r?x&token=T#y?z",
            ),
        ] {
            assert_eq!(with_parameter(url, "token", "T"), expected);
        }
        assert_eq!(with_parameter("/", "e", "a b&c"), "/?e=a+b%26c");
    }
}
