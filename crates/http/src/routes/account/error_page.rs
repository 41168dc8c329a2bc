//! `GET /api/auth/error`.

use axum::response::Response;
use http::Uri;

use super::read;
use crate::query;

/// Longest code passed on, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// Sends a browser on to the site's own first page with the code of what went wrong. A code of other
/// characters than letters, digits, `_`, `'` and `-` becomes `UNKNOWN`.
pub(super) async fn error(uri: Uri) -> Response {
    let code = query::text(&uri, "error").unwrap_or_default();
    // Content injection (CWE-79): anybody can write a link to here.
    let is_code = !code.is_empty()
        && code.len() <= MAX_CODE_BYTES
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_'-".contains(&byte));
    let code = if is_code { code.as_str() } else { "UNKNOWN" };
    read::redirect(&read::with_parameter("/", "error", code))
}
