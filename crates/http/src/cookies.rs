//! Cookies: which there are, how they are read, and how they are set.

use http::HeaderMap;
use http::header::{COOKIE, HeaderName, SET_COOKIE};
use portcullis_issue::cookie_signature;
use portcullis_service::{SESSION_TTL_SECS, Settings};

use crate::answer::append;

/// The signed session token.
const SESSION_TOKEN: &str = "session_token";
/// A cached session that other servers of this protocol set; cleared on sign-out.
const SESSION_DATA: &str = "session_data";
/// Says that the session ends with the browser.
const DONT_REMEMBER: &str = "dont_remember";

/// The token of a session cookie whose signature is ours; a bad signature is as no cookie.
pub(crate) fn session_token(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    let value = find(headers, &name(settings, SESSION_TOKEN))?;
    cookie_signature::verify(&settings.secrets, value).ok()
}

/// Whether there is a session cookie at all, good or bad.
pub(crate) fn has_session_cookie(headers: &HeaderMap, settings: &Settings) -> bool {
    find(headers, &name(settings, SESSION_TOKEN)).is_some()
}

/// Sets the session cookie, and tells scripts that keep tokens themselves its signed value.
pub(crate) fn set_session(
    headers: &mut HeaderMap,
    settings: &Settings,
    token: &str,
    remember_me: bool,
) {
    let value = cookie_signature::sign(&settings.secrets, token);
    let max_age = remember_me.then_some(SESSION_TTL_SECS);
    set(headers, settings, SESSION_TOKEN, &value, max_age);
    if !remember_me {
        let value = cookie_signature::sign(&settings.secrets, "true");
        set(headers, settings, DONT_REMEMBER, &value, None);
    }
    let plain = value
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    append(headers, HeaderName::from_static("set-auth-token"), &plain);
    append(
        headers,
        http::header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "set-auth-token",
    );
}

/// Takes every cookie of a session back.
pub(crate) fn clear_session(headers: &mut HeaderMap, settings: &Settings) {
    for key in [SESSION_TOKEN, SESSION_DATA, DONT_REMEMBER] {
        set(headers, settings, key, "", Some(0));
    }
}

fn set(
    headers: &mut HeaderMap,
    settings: &Settings,
    key: &str,
    value: &str,
    max_age_secs: Option<i64>,
) {
    let name = name(settings, key);
    let max_age = max_age_secs.map_or(String::new(), |secs| format!("Max-Age={secs}; "));
    let secure = if settings.is_secure() { "Secure; " } else { "" };
    // HttpOnly keeps it from scripts (XSS), SameSite=Lax from other sites' requests (CSRF).
    let cookie = format!("{name}={value}; {max_age}Path=/; HttpOnly; {secure}SameSite=Lax");
    append(headers, SET_COOKIE, &cookie);
}

/// `__Secure-` makes browsers refuse the cookie over plain HTTP (RFC 6265bis section 4.1.3.1).
fn name(settings: &Settings, key: &str) -> String {
    let secure = if settings.is_secure() {
        "__Secure-"
    } else {
        ""
    };
    format!("{secure}{}.{key}", settings.cookie_prefix)
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
