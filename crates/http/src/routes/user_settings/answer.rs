//! Answers about settings, with their tags.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::ETAG;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::user_settings::{
    Layer, MAX_MEMBERS, MAX_OBJECT_BYTES, MAX_OBJECTS, MAX_USER_BYTES, Refused,
};
use serde_json::{Value, json};

use crate::answer::{append, json_response, no_store};

/// Puts a strong tag on an answer (RFC 9110 section 8.8.3).
pub(super) fn with_tag(mut response: Response, etag: &str) -> Response {
    append(response.headers_mut(), ETAG, &format!("\"{etag}\""));
    response
}

/// `304`: the caller has it already.
pub(super) fn not_modified(etag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    no_store(response.headers_mut());
    with_tag(response, etag)
}

/// What is told of an object without its members.
pub(super) fn layer(layer: &Layer) -> Value {
    json!({
        "kind": layer.place.kind(),
        "name": layer.place.name(),
        "bytes": layer.bytes,
        "etag": layer.etag,
        "updatedAt": to_rfc3339(layer.updated_at_ms),
    })
}

/// A refusal; that of a condition carries the tag that would have held.
pub(crate) fn refused(refused: &Refused) -> Response {
    let (status, code, message) = match refused {
        Refused::Invalid(problem) => (
            StatusCode::BAD_REQUEST,
            "VALIDATION_ERROR",
            format!("Invalid input: {problem}"),
        ),
        Refused::Limit => (
            StatusCode::FORBIDDEN,
            "LIMIT_REACHED",
            format!(
                "All settings of a user have at most {MAX_OBJECTS} objects and {MAX_USER_BYTES} bytes"
            ),
        ),
        Refused::NotFound => (
            StatusCode::NOT_FOUND,
            "SETTINGS_NOT_FOUND",
            "Settings not found".to_owned(),
        ),
        Refused::PreconditionFailed { .. } => (
            StatusCode::PRECONDITION_FAILED,
            "PRECONDITION_FAILED",
            "The settings have changed meanwhile".to_owned(),
        ),
        Refused::PreconditionRequired => (
            StatusCode::PRECONDITION_REQUIRED,
            "PRECONDITION_REQUIRED",
            "Send If-Match with the ETag that you saw, or If-None-Match: * to make new settings"
                .to_owned(),
        ),
        Refused::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "SETTINGS_TOO_LARGE",
            format!(
                "An object of settings has at most {MAX_OBJECT_BYTES} bytes and {MAX_MEMBERS} members"
            ),
        ),
    };
    let response = json_response(status, &json!({ "message": message, "code": code }));
    match refused {
        Refused::PreconditionFailed { etag: Some(etag) } => with_tag(response, etag),
        _ => response,
    }
}
