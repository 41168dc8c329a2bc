//! Links as clients see them, and refusals.

use axum::response::Response;
use http::StatusCode;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::identity_links::{IdentityLink, MAX_LINKS, Refused};
use serde_json::{Value, json};

use crate::answer::json_response;

/// A link.
pub(super) fn link(link: &IdentityLink) -> Value {
    json!({
        "id": link.id,
        "userId": link.user_id,
        "network": link.network,
        "externalId": link.external_id,
        "displayName": link.display_name,
        "linkedBy": link.linked_by,
        "createdAt": to_rfc3339(link.created_at_ms),
        "lastUsedAt": link.last_used_at_ms.map(to_rfc3339),
    })
}

/// A refusal.
pub(crate) fn refused(refused: &Refused) -> Response {
    let (status, code, message) = parts(refused);
    json_response(status, &json!({ "message": message, "code": code }))
}

fn parts(refused: &Refused) -> (StatusCode, &'static str, String) {
    let (status, code, message) = match refused {
        Refused::Disabled => (
            StatusCode::FORBIDDEN,
            "ACCOUNT_DISABLED",
            "The linked account is disabled",
        ),
        Refused::Invalid(problem) => {
            return (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", problem.clone());
        }
        Refused::InvalidCode => (
            StatusCode::BAD_REQUEST,
            "INVALID_CODE",
            "The code is wrong, used or expired",
        ),
        Refused::InvalidKey => (
            StatusCode::UNAUTHORIZED,
            "INVALID_SERVICE_KEY",
            "The service key isn't known",
        ),
        Refused::Limit => {
            let message = format!("An account has at most {MAX_LINKS} linked identities");
            return (StatusCode::FORBIDDEN, "LIMIT_REACHED", message);
        }
        Refused::MistypedKey => (
            StatusCode::UNAUTHORIZED,
            "INVALID_SERVICE_KEY",
            "The service key has a mistake in it: its checksum is wrong",
        ),
        Refused::Network => (
            StatusCode::FORBIDDEN,
            "NETWORK_NOT_ALLOWED",
            "The service key isn't for this network",
        ),
        Refused::NoKey => (
            StatusCode::UNAUTHORIZED,
            "SERVICE_KEY_REQUIRED",
            "Send a service key: Authorization: Bearer pcsk_...",
        ),
        Refused::NoLink => (
            StatusCode::NOT_FOUND,
            "IDENTITY_LINK_NOT_FOUND",
            "Linked identity not found",
        ),
        Refused::NotLinked => (
            StatusCode::NOT_FOUND,
            "IDENTITY_NOT_LINKED",
            "The identity is linked to no account",
        ),
        Refused::Taken => (
            StatusCode::CONFLICT,
            "IDENTITY_TAKEN",
            "The identity is linked to another account",
        ),
    };
    (status, code, message.to_owned())
}
