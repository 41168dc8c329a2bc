//! What a refusal about an account is on the wire.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portcullis_service::accounts::Refused;
use serde_json::json;

use crate::answer::json_response;

/// The answer to a refusal.
pub(crate) fn refused(refused: &Refused) -> Response {
    let (status, code, message) = match refused {
        Refused::DeletionOff => return StatusCode::NOT_FOUND.into_response(),
        Refused::NothingToUpdate => return bare("No fields to update"),
        Refused::SameEmail => return bare("Email is the same"),
        Refused::MailOff => return bare("Verification email isn't enabled"),
        Refused::Value(member, expected) => {
            let message = format!("[body.{member}] Invalid input: expected {expected}");
            let body = json!({ "message": message, "code": "VALIDATION_ERROR" });
            return json_response(StatusCode::BAD_REQUEST, &body);
        }
        other => coded(other),
    };
    json_response(status, &json!({ "message": message, "code": code }))
}

/// A refusal that the wire gives no code.
fn bare(message: &str) -> Response {
    json_response(StatusCode::BAD_REQUEST, &json!({ "message": message }))
}

/// Status, code and message of those that have a code.
fn coded(refused: &Refused) -> (StatusCode, &'static str, &'static str) {
    let (code, message) = pair(refused);
    let status = match refused {
        Refused::Banned | Refused::EmailNotVerified => StatusCode::FORBIDDEN,
        Refused::EmailTaken => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::InvalidDeletionToken => StatusCode::NOT_FOUND,
        Refused::InvalidVerification | Refused::VerificationExpired => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, code, message)
}

/// Code and message, also for the query of a URL to go on to.
pub(super) fn pair(refused: &Refused) -> (&'static str, &'static str) {
    match refused {
        Refused::AccountNotFound => ("ACCOUNT_NOT_FOUND", "Account not found"),
        Refused::Banned => (
            "BANNED_USER",
            "You have been banned from this application. Please contact support if you believe \
             this is an error.",
        ),
        Refused::ChangeEmailOff => ("CHANGE_EMAIL_DISABLED", "Change email is disabled"),
        Refused::EmailAlreadyVerified => ("EMAIL_ALREADY_VERIFIED", "Email is already verified"),
        Refused::EmailMismatch => ("EMAIL_MISMATCH", "Email mismatch"),
        Refused::EmailNotVerified => ("EMAIL_NOT_VERIFIED", "Email not verified"),
        Refused::EmailTaken => (
            "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
            "User already exists. Use another email.",
        ),
        Refused::InvalidDeletionToken
        | Refused::InvalidResetToken
        | Refused::InvalidVerification => ("INVALID_TOKEN", "Invalid token"),
        Refused::LastAccount => (
            "FAILED_TO_UNLINK_LAST_ACCOUNT",
            "You can't unlink your last account",
        ),
        Refused::NoCredential => (
            "CREDENTIAL_ACCOUNT_NOT_FOUND",
            "Credential account not found",
        ),
        Refused::ResetOff => ("RESET_PASSWORD_DISABLED", "Reset password isn't enabled"),
        Refused::SessionStale => (
            "SESSION_EXPIRED",
            "Session expired. Re-authenticate to perform this action.",
        ),
        Refused::SignUpOff => (
            "EMAIL_PASSWORD_SIGN_UP_DISABLED",
            "Email and password sign up is not enabled",
        ),
        Refused::VerificationExpired => ("TOKEN_EXPIRED", "Token expired"),
        Refused::VerificationOff => (
            "VERIFICATION_EMAIL_NOT_ENABLED",
            "Verification email isn't enabled",
        ),
        // Answered before they get here.
        Refused::DeletionOff
        | Refused::MailOff
        | Refused::NothingToUpdate
        | Refused::SameEmail
        | Refused::Value(..) => ("BAD_REQUEST", "Bad request"),
    }
}
