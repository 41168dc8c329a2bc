//! Cross-site request forgery (OWASP CSRF): which pages may call, and where they may be sent on to.

use axum::extract::Request;
use http::header::{COOKIE, HeaderName, ORIGIN, REFERER};
use http::{HeaderMap, HeaderValue, Method};
use portcullis_service::Settings;

use crate::answer::{OriginRefusal, Refusal};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Refuses requests with cookies that come from pages that aren't trusted: all that change something,
/// and of those that read the ones that another site's scripts or tags send.
pub(crate) fn check(request: &Request, settings: &Settings) -> Result<(), OriginRefusal> {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if reads {
        check_reading(request.headers(), settings)
    } else {
        check_cookie_origin(request.headers(), settings)
    }
}

/// A request with any cookie must come from a trusted page; without cookies there is nothing that
/// a forged request could ride on.
fn check_cookie_origin(headers: &HeaderMap, settings: &Settings) -> Result<(), OriginRefusal> {
    if !headers.contains_key(COOKIE) {
        return Ok(());
    }
    match sender(headers) {
        None if header(headers, &FETCH_SITE) == Some("same-origin") => Ok(()),
        None => Err(OriginRefusal::Missing),
        Some(origin) if settings.trusts(&origin) => Ok(()),
        Some(_) => Err(OriginRefusal::Invalid),
    }
}

/// Reading needs no origin, and links of other sites may lead here. But what a browser says that another
/// site's page embeds or fetches is for a side channel at best (Fetch Metadata, "resource isolation
/// policy").
fn check_reading(headers: &HeaderMap, settings: &Settings) -> Result<(), OriginRefusal> {
    let is_foreign = header(headers, &FETCH_SITE) == Some("cross-site")
        && header(headers, &FETCH_MODE) != Some("navigate");
    if !is_foreign || !headers.contains_key(COOKIE) {
        return Ok(());
    }
    match sender(headers) {
        Some(origin) if settings.trusts(&origin) => Ok(()),
        Some(_) => Err(OriginRefusal::Invalid),
        None => Err(OriginRefusal::Missing),
    }
}

/// Login forgery: signing someone in to an attacker's account needs no cookie, so sign-in checks
/// the page even without one. Callers that aren't browsers send neither header.
pub(crate) fn check_sign_in(headers: &HeaderMap, settings: &Settings) -> Result<(), Refusal> {
    if headers.contains_key(COOKIE) {
        return Ok(()); // `check` has seen it
    }
    let site = header(headers, &FETCH_SITE);
    // `null` and what can't be read are pages too: a sandboxed frame sends no better.
    let is_page = site.is_some() || headers.contains_key(ORIGIN) || headers.contains_key(REFERER);
    let mode = header(headers, &FETCH_MODE);
    if site == Some("cross-site") && mode == Some("navigate") {
        return Err(Refusal::Origin(OriginRefusal::CrossSiteNavigation));
    }
    match sender(headers) {
        Some(origin) if settings.trusts(&origin) => Ok(()),
        Some(_) => Err(Refusal::Origin(OriginRefusal::Invalid)),
        None if !is_page || site == Some("same-origin") => Ok(()),
        None => Err(Refusal::Origin(OriginRefusal::Missing)),
    }
}

/// Open redirect (CWE-601): a URL to go on to is a path of ours or on a trusted origin.
pub(crate) fn check_callback(url: &str, settings: &Settings) -> Result<(), Refusal> {
    let is_clean = !url.chars().any(|c| c.is_control() || c == '\\');
    let lower = url.to_ascii_lowercase();
    let is_path = url.starts_with('/')
        && !url.starts_with("//")
        && !lower.starts_with("/%2f")
        && !lower.starts_with("/%5c");
    let is_trusted = || origin_of(url).is_some_and(|origin| settings.trusts(&origin));
    if is_clean && (is_path || is_trusted()) {
        Ok(())
    } else {
        Err(Refusal::Origin(OriginRefusal::InvalidCallbackUrl))
    }
}

/// The origin of the page that sent a request; `null` is none.
fn sender(headers: &HeaderMap) -> Option<String> {
    match headers.get(ORIGIN).map(HeaderValue::to_str) {
        Some(Ok("null") | Err(_)) => None,
        Some(Ok(origin)) => Some(origin.to_ascii_lowercase()),
        None => header(headers, &REFERER).and_then(origin_of),
    }
}

fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    // `https://trusted@evil` goes to evil.
    (!host.is_empty() && !host.contains('@'))
        .then(|| format!("{scheme}://{host}").to_ascii_lowercase())
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(pairs: &[(&'static str, &str)]) -> Result<(), OriginRefusal> {
        let policy = portcullis_core::policy::toml::parse("name = \"t\"").unwrap();
        let secret = "a secret for tests alone, 32 bytes long";
        let settings = Settings::new("https://own.example", secret, policy).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.insert(*name, value);
        }
        match check_sign_in(&headers, &settings) {
            Ok(()) => Ok(()),
            Err(Refusal::Origin(refusal)) => Err(refusal),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_whose_origin_is_null_or_can_not_be_read_signs_nobody_in() {
        let own = "https://own.example/x";
        for pairs in [
            &[("origin", "null")] as &[_],
            &[("origin", "null"), ("referer", own)],
            &[("origin", "null"), ("sec-fetch-site", "none")],
            &[("origin", "https://é.example"), ("referer", own)],
            &[("referer", "https://own.example@evil.example/")],
            &[("referer", "about:blank")],
        ] {
            assert_eq!(sign_in(pairs), Err(OriginRefusal::Missing), "{pairs:?}");
        }
        assert_eq!(sign_in(&[("origin", "")]), Err(OriginRefusal::Invalid));
    }

    #[test]
    fn a_page_of_ours_and_what_is_no_page_sign_somebody_in() {
        for pairs in [
            &[] as &[_],
            &[("sec-fetch-mode", "cors")],
            &[("referer", "https://own.example/login/")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        ] {
            assert_eq!(sign_in(pairs), Ok(()), "{pairs:?}");
        }
    }
}
