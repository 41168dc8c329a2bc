//! What a login has seen of the database, carried from the answer to one request into the next.
//!
//! A write may be followed by a read that another isolate or another copy of the database serves. So
//! the answer to a write carries a mark: the newest access change and, where the database has
//! replicas, the state that it was in. A browser keeps it as a cookie; who sends `Authorization` finds
//! it in `x-portcullis-bookmark` and sends it back under that name. It is signed together with the
//! login that it belongs to, so that it says nothing to anybody else.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, HeaderName, SET_COOKIE};
use http::{HeaderMap, Method};
use portcullis_core::jose::base64url;
use portcullis_issue::cookie_signature;
use portcullis_issue::opaque::SessionToken;
use portcullis_service::{Settings, request};
use serde_json::Value;

use crate::answer::append;
use crate::client::{Presented, presented};
use crate::cookies;

/// The mark of those who send `Authorization`, both ways.
const BOOKMARK: HeaderName = HeaderName::from_static("x-portcullis-bookmark");
/// How many statements a request took, and in how many round trips.
const STATEMENTS: HeaderName = HeaderName::from_static("x-portcullis-statements");
const ROUND_TRIPS: HeaderName = HeaderName::from_static("x-portcullis-round-trips");
/// Last part of the cookie's name.
const COOKIE: &str = "bookmark";
/// One day: no replica lags that long.
const MAX_AGE_SECS: i64 = 86_400;
/// First part of what is signed, so that no other signed value passes for it.
const PURPOSE: &str = "seen";
/// Longest name of a state of the database.
const MAX_BOOKMARK_BYTES: usize = 256;
/// The header in which an answer hands out a new session token.
const NEW_TOKEN: &str = "set-auth-token";

/// Serves a request with what its login has seen, and marks the answer to a write.
pub(crate) async fn marks<F: Future<Output = Response>>(
    settings: &Settings,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let own = Arc::new(seen(request.headers(), settings));
    let is_bearer = request.headers().contains_key(AUTHORIZATION);
    let may_change = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let login = may_change
        .then(|| Login::of(request.headers(), settings))
        .flatten();
    let mut response = request::serve(Arc::clone(&own), next(request)).await;
    let headers = response.headers_mut();
    let is_marked = own.has_written() && !is_signed_out(headers);
    if let Some(login) = login.filter(|_| is_marked)
        && let Some(mark) = mark(&own, &login.or_new(headers), settings)
    {
        if is_bearer {
            append(headers, BOOKMARK, &mark);
            append(headers, ACCESS_CONTROL_EXPOSE_HEADERS, BOOKMARK.as_str());
        } else {
            cookies::set(headers, settings, COOKIE, &mark, Some(MAX_AGE_SECS));
        }
    }
    if settings.feed.counts_statements {
        let (statements, round_trips) = own.counted();
        append(headers, STATEMENTS, &statements.to_string());
        append(headers, ROUND_TRIPS, &round_trips.to_string());
    }
    response
}

/// Whether an answer takes the session cookie back.
fn is_signed_out(answer: &HeaderMap) -> bool {
    let mut cookies = answer.get_all(SET_COOKIE).iter();
    cookies.any(|value| {
        let name = value.to_str().ok().and_then(|text| text.split_once("=;"));
        name.is_some_and(|(name, _)| name.ends_with("session_token"))
    })
}

/// A login as a mark names it: nothing that could be used as one.
struct Login(String);

impl Login {
    fn of(headers: &HeaderMap, settings: &Settings) -> Option<Self> {
        match presented(headers, settings) {
            Presented::SessionToken(token) => Self::of_session_token(&token),
            // Tokens of one session follow each other; the session stays. A forged one finds no mark
            // that was signed for it.
            Presented::AccessToken(token) => {
                let payload = base64url::decode(token.split('.').nth(1)?).ok()?;
                let claims: Value = serde_json::from_slice(&payload).ok()?;
                let sid = claims.get("sid")?.as_str()?;
                let is_id = sid.len() <= 64 && sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
                is_id.then(|| Self(format!("sid-{sid}")))
            }
            Presented::Nothing => None,
        }
    }

    fn of_session_token(token: &str) -> Option<Self> {
        let hash = SessionToken::parse(token).ok()?.hash();
        let (start, _) = hash.as_bytes().split_at_checked(12)?;
        Some(Self(base64url::encode(start)))
    }

    /// The login that goes on with the answer: it may have been given another token.
    fn or_new(self, answer: &HeaderMap) -> Self {
        let token = answer
            .get(NEW_TOKEN)
            .and_then(|value| value.to_str().ok()?.split('.').next());
        token.and_then(Self::of_session_token).unwrap_or(self)
    }
}

/// What the mark of a request says, if it belongs to the request's login.
fn seen(headers: &HeaderMap, settings: &Settings) -> request::Request {
    read(headers, settings).unwrap_or_default()
}

fn read(headers: &HeaderMap, settings: &Settings) -> Option<request::Request> {
    let signed = if headers.contains_key(AUTHORIZATION) {
        headers.get(BOOKMARK)?.to_str().ok()?
    } else {
        cookies::find(headers, &cookies::name(settings, COOKIE))?
    };
    let value = cookie_signature::verify(&settings.secrets, signed).ok()?;
    let [purpose, login, seq, bookmark] = parts(&value)?;
    if purpose != PURPOSE || login != Login::of(headers, settings)?.0 {
        return None;
    }
    let bookmark = (!bookmark.is_empty()).then(|| bookmark.to_owned());
    Some(request::Request::new(seq.parse().ok()?, bookmark))
}

fn parts(value: &str) -> Option<[&str; 4]> {
    let mut parts = value.splitn(4, ':');
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}

/// The mark for an answer; `None` when there is nothing to say.
fn mark(own: &request::Request, login: &Login, settings: &Settings) -> Option<String> {
    let seq = own.written_seq();
    let bookmark = own
        .bookmark()
        .filter(|text| text.len() <= MAX_BOOKMARK_BYTES)
        .unwrap_or_default();
    if seq == 0 && bookmark.is_empty() {
        return None;
    }
    let seq = seq.max(own.seen_seq());
    let value = format!("{PURPOSE}:{}:{seq}:{bookmark}", login.0);
    Some(cookie_signature::sign(&settings.secrets, &value))
}
