//! Refusals.

use axum::response::Response;
use http::StatusCode;
use portcullis_core::decide::Explanation;
use portcullis_service::impersonation::Refused;
use serde_json::json;

use crate::answer::json_response;

/// A refusal.
pub(crate) fn refused(refused: &Refused) -> Response {
    let (status, code, message) = match refused {
        Refused::Above(explanation) => {
            let code = "YOU_CANNOT_IMPERSONATE_ADMINS";
            return forbidden(code, "You cannot impersonate admins", explanation);
        }
        Refused::NotAllowed(explanation) => {
            let code = "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS";
            return forbidden(
                code,
                "You are not allowed to impersonate users",
                explanation,
            );
        }
        Refused::Changed => (
            StatusCode::CONFLICT,
            "CHANGED_MEANWHILE",
            "What this was decided on has changed in this moment. Try again.",
        ),
        Refused::NotActive => (
            StatusCode::FORBIDDEN,
            "YOU_CANNOT_IMPERSONATE_BANNED_USERS",
            "You cannot impersonate a user who is banned or disabled",
        ),
        Refused::OneSelf => (
            StatusCode::BAD_REQUEST,
            "YOU_CANNOT_IMPERSONATE_YOURSELF",
            "You cannot impersonate yourself",
        ),
        Refused::NotImpersonating => {
            let body = json!({ "message": "You are not impersonating anyone" });
            return json_response(StatusCode::BAD_REQUEST, &body);
        }
        Refused::NoAdminSession => {
            let body = json!({ "message": "Failed to find admin session" });
            return json_response(StatusCode::INTERNAL_SERVER_ERROR, &body);
        }
    };
    json_response(status, &json!({ "message": message, "code": code }))
}

fn forbidden(code: &str, message: &str, explanation: &Explanation) -> Response {
    let body = json!({ "message": message, "code": code, "explanation": explanation });
    json_response(StatusCode::FORBIDDEN, &body)
}
