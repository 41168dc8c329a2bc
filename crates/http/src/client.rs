//! What is known of the other end: its address, its request id, its credentials.

use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName};
use portcullis_issue::cookie_signature;
use portcullis_issue::random::random_id;
use portcullis_service::{
    App, Caller, Context, Denied, Error, Host, Settings, Store, api_keys, feed, token,
};

use crate::cookies;

/// Longest request id taken from a header.
const MAX_REQUEST_ID_BYTES: usize = 128;
/// Longest `User-Agent` kept.
const MAX_USER_AGENT_BYTES: usize = 512;

/// The address of the connection, for hosts that have one; put it into the request's extensions.
#[derive(Debug, Clone)]
pub struct PeerAddress(pub String);

/// The header that carries the request id both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a caller came with.
#[derive(PartialEq)]
pub(crate) enum Presented {
    /// An access token (JWT).
    AccessToken(String),
    /// Nothing that could be anything.
    Nothing,
    /// A session token, by cookie or as bearer.
    SessionToken(String),
}

/// Reads credentials: a bearer token goes before a cookie, and one that is no credential counts as
/// none.
pub(crate) fn presented(headers: &HeaderMap, settings: &Settings) -> Presented {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    if let Some(token) = bearer {
        let dots = token.bytes().filter(|byte| *byte == b'.').count();
        return match dots {
            0 => Presented::SessionToken(token.to_owned()),
            1 => cookie_signature::verify(&settings.secrets, token)
                .map_or(Presented::Nothing, Presented::SessionToken),
            2 => Presented::AccessToken(token.to_owned()),
            _ => Presented::Nothing,
        };
    }
    cookies::session_token(headers, settings).map_or(Presented::Nothing, Presented::SessionToken)
}

/// The API key of a request, in the header that the operator chose. One that can't be read counts as a
/// wrong one, never as none.
fn api_key<'a>(headers: &'a HeaderMap, settings: &Settings) -> Option<&'a str> {
    let mut values = headers.get_all(settings.api_keys.header.as_str()).iter();
    let value = values.next()?;
    // Ambiguity (CWE-436): of two values, what stands before this server may have judged the other.
    let is_only = values.next().is_none();
    Some(value.to_str().ok().filter(|_| is_only).unwrap_or_default())
}

/// Whether a request came with an API key, whatever it is worth.
pub(crate) fn has_api_key(headers: &HeaderMap, settings: &Settings) -> bool {
    api_key(headers, settings).is_some()
}

/// As [`caller`], or by an API key, which goes before all else. For handlers alone whose every path asks
/// for a permission: that is what a key's scopes bound.
pub(crate) async fn guarded_caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Caller, Error> {
    match key_caller(app, headers, context).await? {
        Some(caller) => Ok(caller),
        None => caller(app, headers).await,
    }
}

/// As [`guarded_caller`], as the store knows it now.
pub(crate) async fn current_guarded_caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Caller, Error> {
    match key_caller(app, headers, context).await? {
        Some(caller) => Ok(caller),
        None => current_caller(app, headers).await,
    }
}

/// Who came with an API key, for [`guarded_caller`] and handlers with rules of their own; `None` for a
/// request without one.
pub(crate) async fn key_caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Option<Caller>, Error> {
    match api_key(headers, &app.settings) {
        Some(text) => api_keys::caller(app, text.trim(), context).await.map(Some),
        None => Ok(None),
    }
}

/// As [`guarded_caller`], where a session is made up for the key: only if the operator wants that.
pub(crate) async fn key_session<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Option<Caller>, Error> {
    if app.settings.api_keys.makes_sessions {
        key_caller(app, headers, context).await
    } else {
        Ok(None)
    }
}

/// One who came with nothing, or with an API key where that is none.
pub(crate) fn nobody(headers: &HeaderMap, settings: &Settings) -> Error {
    match api_key(headers, settings) {
        Some(_) => api_keys::Refused::InPerson.into(),
        None => Denied::Unauthenticated.into(),
    }
}

/// The caller, by session token or access token, as known within the bound on revocations: mostly
/// without asking the store.
pub(crate) async fn caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
) -> Result<Caller, Error> {
    match presented(headers, &app.settings) {
        Presented::SessionToken(value) => feed::by_token(app, &value).await,
        Presented::AccessToken(value) => token::caller(app, &value).await,
        Presented::Nothing => Err(nobody(headers, &app.settings)),
    }
}

/// As [`caller`], as the store knows it now: for what must not rest on anything a moment old, such as
/// another password, deletions and revocations.
pub(crate) async fn current_caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
) -> Result<Caller, Error> {
    match presented(headers, &app.settings) {
        Presented::SessionToken(value) => feed::current_by_token(app, &value).await,
        Presented::AccessToken(value) => token::current_caller(app, &value).await,
        Presented::Nothing => Err(nobody(headers, &app.settings)),
    }
}

/// As [`current_caller`], by the session's own token: for what outlives an access token, which is shown to
/// other services (keys, codes, another address), and for what ends sessions.
pub(crate) async fn session_caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
) -> Result<Caller, Error> {
    let caller = current_caller(app, headers).await?;
    if let Presented::AccessToken(_) = presented(headers, &app.settings) {
        caller.require_in_person()?;
        return Err(Denied::Unauthenticated.into());
    }
    Ok(caller)
}

/// What a use case is told of a request. Headers that anybody can send count only where the
/// operator said that a proxy sets them.
pub(crate) fn context<S, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    peer: Option<&PeerAddress>,
) -> Context {
    // Spoofing (CWE-348): of a header that occurs twice, one may be the client's own.
    let header = |name: &Option<String>| {
        let mut values = headers.get_all(name.as_deref()?).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        Some(value.to_str().ok()?.trim().to_owned())
    };
    let settings = &app.settings;
    let request_id = header(&settings.request_id_header).filter(|id| is_request_id(id));
    let ip_address = match &settings.client_ip_header {
        Some(_) => header(&settings.client_ip_header).filter(|ip| is_address(ip)),
        None => peer.map(|peer| peer.0.clone()),
    };
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    Context {
        request_id: request_id.unwrap_or_else(|| random_id(&mut Entropy(&app.host))),
        started_ms: app.host.now_ms(),
        ip_address: ip_address.unwrap_or_default(),
        user_agent: agent
            .unwrap_or_default()
            .chars()
            .take(MAX_USER_AGENT_BYTES)
            .collect(),
        trace_id: String::new(),
    }
}

/// A host's randomness in the form that the issuing crate takes.
pub(crate) struct Entropy<'a, H>(pub(crate) &'a H);

impl<H: Host> portcullis_issue::Entropy for Entropy<'_, H> {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_random(out);
    }
}

/// Log forging (CWE-117): an id from outside has no character that could end a line or a field.
fn is_request_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_REQUEST_ID_BYTES
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
}

fn is_address(ip: &str) -> bool {
    ip.parse::<std::net::IpAddr>().is_ok()
}
