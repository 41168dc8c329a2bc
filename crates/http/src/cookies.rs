//! Cookies: which there are, how they are read, and how they are set.

use http::HeaderMap;
use http::header::{COOKIE, HeaderName, SET_COOKIE};
use portcullis_issue::cookie_signature;
use portcullis_issue::random::random_id;
use portcullis_service::session::settings::MAX_COOKIE_SECS;
use portcullis_service::session::{Device, Tokens, device::is_device_id};
use portcullis_service::{Context, Host, Session, Settings};
use serde_json::Value;

use crate::answer::append;
use crate::body::Members;
use crate::client::Entropy;

/// The signed session token.
const SESSION_TOKEN: &str = "session_token";
/// A cached session that other servers of this protocol set; cleared on sign-out.
const SESSION_DATA: &str = "session_data";
/// Says that the session ends with the browser.
const DONT_REMEMBER: &str = "dont_remember";
/// The token of the session that an administrator goes back to, who acts as somebody else meanwhile.
const ADMIN_SESSION: &str = "admin_session";
/// Which device it is.
const DEVICE: &str = "device";
/// The header by which clients without cookies say which device they are.
const DEVICE_HEADER: HeaderName = HeaderName::from_static("x-device-id");

/// The token of a session cookie whose signature is ours; a bad signature is as no cookie.
pub(crate) fn session_token(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    let value = session_cookie(headers, settings)?;
    cookie_signature::verify(&settings.secrets, value).ok()
}

/// Whether there is a session cookie at all, good or bad.
pub(crate) fn has_session_cookie(headers: &HeaderMap, settings: &Settings) -> bool {
    session_cookie(headers, settings).is_some()
}

/// Whether the session cookie has the name of old, so that it is to be set anew.
pub(crate) fn has_old_session_cookie(headers: &HeaderMap, settings: &Settings) -> bool {
    find(headers, &name(settings, SESSION_TOKEN)).is_none() && has_session_cookie(headers, settings)
}

fn session_cookie<'a>(headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
    let old = || {
        // Login forgery by a sibling host: it can set a `__Secure-` cookie for us, but no `__Host-`
        // one. So the old name counts only while the operator moves from it.
        let name = old_name(settings, SESSION_TOKEN)?;
        find(headers, &name)
    };
    find(headers, &name(settings, SESSION_TOKEN)).or_else(old)
}

/// Sets the session cookie, and tells scripts that keep tokens themselves its signed value.
pub(crate) fn set_session(
    headers: &mut HeaderMap,
    settings: &Settings,
    token: &str,
    remember_me: bool,
) {
    let max_age = remember_me.then_some(settings.sessions.idle_secs);
    set_session_for(headers, settings, token, max_age);
}

/// Hands a new session over: to a browser as cookies, with one for its device; to a client that asked
/// for refresh tokens, which keeps its tokens itself, by header.
pub(crate) fn hand_over(
    headers: &mut HeaderMap,
    settings: &Settings,
    request: &HeaderMap,
    tokens: &Tokens,
    session: &Session,
) {
    let token = tokens.session.expose();
    if tokens.refresh.is_some() {
        return tell_bearer(headers, settings, token);
    }
    set_session(headers, settings, token, session.remember_me);
    clear_admin_session(headers, settings, request);
    let device = Device {
        id: session.device_id.clone(),
        name: session.device_name.clone(),
    };
    set_device(headers, settings, request, &device);
}

/// Sets the session cookie anew for as long as the session still lasts at `now_ms`.
pub(crate) fn renew_session(
    headers: &mut HeaderMap,
    settings: &Settings,
    token: &str,
    session: &Session,
    now_ms: i64,
) {
    let left_secs = ((session.expires_at_ms - now_ms).max(0) + 999) / 1000;
    let max_age = session.remember_me.then_some(left_secs);
    set_session_for(headers, settings, token, max_age);
}

fn set_session_for(
    headers: &mut HeaderMap,
    settings: &Settings,
    token: &str,
    max_age: Option<i64>,
) {
    let value = cookie_signature::sign(&settings.secrets, token);
    set(headers, settings, SESSION_TOKEN, &value, max_age);
    if max_age.is_none() {
        let value = cookie_signature::sign(&settings.secrets, "true");
        set(headers, settings, DONT_REMEMBER, &value, None);
    }
    if let Some(old) = old_name(settings, SESSION_TOKEN) {
        set_named(headers, settings, &old, "", Some(0));
    }
    tell_bearer(headers, settings, token);
}

/// Tells clients that keep tokens themselves the signed session token.
pub(crate) fn tell_bearer(headers: &mut HeaderMap, settings: &Settings, token: &str) {
    let plain = cookie_signature::sign(&settings.secrets, token)
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

/// The device that a sign-in comes from: by its header or cookie, or a new one, called by `deviceName`
/// of the body or by its `User-Agent`.
pub(crate) fn device<H: Host>(
    host: &H,
    settings: &Settings,
    headers: &HeaderMap,
    members: &Members,
    context: &Context,
) -> Device {
    let sent = headers.get(DEVICE_HEADER).and_then(|id| id.to_str().ok());
    let id = sent.or_else(|| find(headers, &name(settings, DEVICE)));
    let id = id.filter(|id| is_device_id(id)).map(str::to_owned);
    let id = id.unwrap_or_else(|| random_id(&mut Entropy(host)));
    let called = members.get("deviceName").and_then(Value::as_str);
    Device::new(Some(&id), called, &context.user_agent)
}

/// Lets a browser that signed in be known again as this device. It is an identifier, not a secret.
pub(crate) fn set_device(
    headers: &mut HeaderMap,
    settings: &Settings,
    request: &HeaderMap,
    device: &Device,
) {
    let id = device.id.as_str();
    let is_known = find(request, &name(settings, DEVICE)) == Some(id);
    if !is_known && !id.is_empty() && !request.contains_key(DEVICE_HEADER) {
        set(headers, settings, DEVICE, id, Some(MAX_COOKIE_SECS));
    }
}

/// Puts the session cookie of an administrator aside, who goes on in the browser as somebody else.
pub(crate) fn set_aside(headers: &mut HeaderMap, settings: &Settings, token: &str, own: &Session) {
    let forgotten = if own.remember_me { "" } else { "true" };
    let value = cookie_signature::sign(&settings.secrets, &format!("{token}:{forgotten}"));
    let max_age = own.remember_me.then_some(settings.sessions.idle_secs);
    set(headers, settings, ADMIN_SESSION, &value, max_age);
}

/// The session token that was put aside; a bad signature is as no cookie.
pub(crate) fn aside(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    let value = find(headers, &name(settings, ADMIN_SESSION))?;
    let value = cookie_signature::verify(&settings.secrets, value).ok()?;
    // A session token as it is in the session cookie has no colon: neither passes for the other.
    let (token, _) = value.split_once(':')?;
    Some(token.to_owned())
}

/// Gives the browser back the session that was put aside.
pub(crate) fn take_back(
    headers: &mut HeaderMap,
    settings: &Settings,
    request: &HeaderMap,
    token: &str,
    own: &Session,
    now_ms: i64,
) {
    renew_session(headers, settings, token, own, now_ms);
    if own.remember_me {
        set(headers, settings, DONT_REMEMBER, "", Some(0));
    }
    clear_admin_session(headers, settings, request);
}

/// Forgets a session that was put aside, where there is one.
pub(crate) fn clear_admin_session(
    headers: &mut HeaderMap,
    settings: &Settings,
    request: &HeaderMap,
) {
    if find(request, &name(settings, ADMIN_SESSION)).is_some() {
        set(headers, settings, ADMIN_SESSION, "", Some(0));
    }
}

/// Takes every cookie of a session back.
pub(crate) fn clear_session(headers: &mut HeaderMap, settings: &Settings) {
    for key in [SESSION_TOKEN, SESSION_DATA, DONT_REMEMBER] {
        set(headers, settings, key, "", Some(0));
    }
    if let Some(old) = old_name(settings, SESSION_TOKEN) {
        set_named(headers, settings, &old, "", Some(0));
    }
}

pub(crate) fn set(
    headers: &mut HeaderMap,
    settings: &Settings,
    key: &str,
    value: &str,
    max_age_secs: Option<i64>,
) {
    set_named(headers, settings, &name(settings, key), value, max_age_secs);
}

fn set_named(
    headers: &mut HeaderMap,
    settings: &Settings,
    name: &str,
    value: &str,
    max_age_secs: Option<i64>,
) {
    let max_age = max_age_secs.map_or(String::new(), |secs| format!("Max-Age={secs}; "));
    let domain = &settings.sessions.cookie_domain;
    let domain = domain
        .as_ref()
        .map_or(String::new(), |domain| format!("Domain={domain}; "));
    let secure = if settings.is_secure() { "Secure; " } else { "" };
    // HttpOnly keeps it from scripts (XSS), SameSite=Lax from other sites' requests (CSRF).
    let cookie = format!("{name}={value}; {max_age}{domain}Path=/; HttpOnly; {secure}SameSite=Lax");
    append(headers, SET_COOKIE, &cookie);
}

/// `__Secure-` makes browsers refuse the cookie over plain HTTP, `__Host-` also from any other host than
/// this one (RFC 6265bis sections 4.1.3.1 and 4.1.3.2).
pub(crate) fn name(settings: &Settings, key: &str) -> String {
    let prefix = match (settings.is_secure(), &settings.sessions.cookie_domain) {
        (false, _) => "",
        (true, None) => "__Host-",
        (true, Some(_)) => "__Secure-",
    };
    format!("{prefix}{}.{key}", settings.cookie_prefix)
}

/// The name that a cookie had where `__Host-` wasn't known, while the operator moves from it.
fn old_name(settings: &Settings, key: &str) -> Option<String> {
    let sessions = &settings.sessions;
    let is_moving =
        settings.is_secure() && sessions.cookie_domain.is_none() && sessions.is_cookie_upgrade;
    is_moving.then(|| format!("__Secure-{}.{key}", settings.cookie_prefix))
}

pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
