//! The pages, the browser package and Swagger UI, inside the binary.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::body::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
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
pub(crate) async fn page(method: Method, uri: Uri, asked: HeaderMap) -> Response<Body> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return status(StatusCode::NOT_FOUND);
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = find(path) {
        return if is_known(&asked, &file.tag) {
            tagged(status(StatusCode::NOT_MODIFIED), &file.tag)
        } else {
            serve(file)
        };
    }
    // `/login` is the folder `/login/`: links inside are relative to that.
    if !path.is_empty() && !path.ends_with('/') && find(&format!("{path}/")).is_some() {
        return redirect(&format!("/{path}/"));
    }
    status(StatusCode::NOT_FOUND)
}

/// What is served at a path.
struct File {
    content: Cow<'static, [u8]>,
    media_type: Cow<'static, str>,
    /// What stands for the content in an `ETag`.
    tag: String,
}

impl From<EmbeddedFile> for File {
    fn from(file: EmbeddedFile) -> Self {
        Self {
            media_type: file.metadata.mimetype().to_owned().into(),
            tag: hex(&file.metadata.sha256_hash()),
            content: file.data,
        }
    }
}

impl From<portcullis_swagger::File> for File {
    fn from(file: portcullis_swagger::File) -> Self {
        Self {
            media_type: file.media_type.into(),
            tag: format!("{}-{}", file.name, portcullis_swagger::VERSION),
            content: file.content.as_bytes().into(),
        }
    }
}

fn find(path: &str) -> Option<File> {
    if let Some(path) = path.strip_prefix("pkg/") {
        return Package::get(path).map(File::from);
    }
    if let Some(file) = portcullis_swagger::file(path) {
        return Some(file.into());
    }
    if path.is_empty() || path.ends_with('/') {
        return Www::get(&format!("{path}index.html")).map(File::from);
    }
    Www::get(path).map(File::from)
}

/// Whether the browser has it already (RFC 9110 section 13.1.2): the program of Swagger UI is large.
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().trim_start_matches("W/").trim_matches('"') == tag)
}

fn hex(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn serve(file: File) -> Response<Body> {
    let body = match file.content {
        Cow::Borrowed(content) => Body::from(content),
        Cow::Owned(content) => Body::from(content),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&file.media_type) {
        headers.insert(CONTENT_TYPE, kind);
    }
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
    tagged(response, &file.tag)
}

/// Kept by browsers, and asked about each time.
fn tagged(mut response: Response<Body>, tag: &str) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(ETAG, tag);
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
