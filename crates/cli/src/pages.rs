//! The pages and the browser package, inside the binary.

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../www"]
#[exclude = "dist/*"]
struct Www;

/// The package's sources, and its wasm where that has been built.
#[derive(RustEmbed)]
#[folder = "../../pkg"]
#[include = "src/*.js"]
#[include = "dist/*.js"]
#[include = "dist/*.wasm"]
struct Package;

/// Scripts, styles, pictures and requests of this origin alone; wasm may be compiled; no frames
/// (clickjacking).
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                   img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
                   frame-ancestors 'none'";

/// Whether the browser module is part of this binary.
pub(crate) fn has_module() -> bool {
    Package::get("dist/portcullis_bg.wasm").is_some()
}

/// Answers with a page, or 404.
pub(crate) async fn page(method: Method, uri: Uri) -> Response<Body> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return status(StatusCode::NOT_FOUND);
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = find(path) {
        return serve(file);
    }
    // `/login` is the folder `/login/`: links inside are relative to that.
    if !path.is_empty() && !path.ends_with('/') && find(&format!("{path}/")).is_some() {
        return redirect(&format!("/{path}/"));
    }
    status(StatusCode::NOT_FOUND)
}

fn find(path: &str) -> Option<EmbeddedFile> {
    if let Some(path) = path.strip_prefix("pkg/") {
        return Package::get(path);
    }
    if path.is_empty() || path.ends_with('/') {
        return Www::get(&format!("{path}index.html"));
    }
    Www::get(path)
}

fn serve(file: EmbeddedFile) -> Response<Body> {
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(CONTENT_TYPE, kind);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = status(StatusCode::PERMANENT_REDIRECT);
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
