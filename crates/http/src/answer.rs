//! Answers and refusals: the one place that knows status codes.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use portcullis_service::tenants::Refused;
use portcullis_service::{Denied, Error, authzen, catalog};
use serde_json::{Value, json};

use crate::log::UserId;
use crate::routes::{account, admin, api_key, identity_links, impersonation, user_settings};
use crate::throttle;

/// What went wrong on our side, for the log; the caller hears nothing of it.
#[derive(Debug, Clone)]
pub(crate) struct FaultText(pub(crate) String);

/// A refusal that is about HTTP rather than about a use case.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A use case refused or failed.
    Service(Error),
    /// The body isn't JSON.
    InvalidJson,
    /// The body is longer than any that makes sense.
    TooLarge {
        /// The most bytes taken.
        max: usize,
    },
    /// The body's type isn't one of these; `None` when it says no type.
    MediaType {
        /// The type that it says.
        sent: Option<String>,
        /// The types that are taken.
        allowed: &'static str,
    },
    /// Members of the body have the wrong shape; `[body.path] what`, joined by `; `.
    Validation(String),
    /// There is nothing at this path: 404 without a body.
    NotFound,
    /// Nobody is signed in, where the protocol answers 401 without a body.
    SignedOut,
    /// A member that callers don't set.
    FieldNotAllowed(&'static str),
    /// None of the members that could be changed.
    NoFields,
    /// The request comes from a page that may not make it.
    Origin(OriginRefusal),
}

/// Why the origin of a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginRefusal {
    /// A page of another site navigated here with a form.
    CrossSiteNavigation,
    /// A URL to go on to that isn't ours.
    InvalidCallbackUrl,
    /// A URL to go on to from a mail that isn't ours.
    InvalidRedirectUrl,
    /// An origin that isn't trusted.
    Invalid,
    /// Cookies, but no origin.
    Missing,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Service(Error::Denied(denied))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::Service(Error::Fault(fault)) => {
                let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
                response
                    .extensions_mut()
                    .insert(FaultText(fault.to_string()));
                return response;
            }
            Self::Service(Error::Denied(Denied::Forbidden(explanation))) => {
                let body = json!({
                    "code": explanation.code.as_str(),
                    "message": explanation.message,
                    "explanation": *explanation,
                });
                return json_response(StatusCode::FORBIDDEN, &body);
            }
            Self::Service(Error::Denied(Denied::TooManyRequests { retry_after_secs })) => {
                return throttle::too_many(retry_after_secs);
            }
            Self::Service(Error::Denied(Denied::UserSettings(refused))) => {
                return user_settings::refused(&refused);
            }
            Self::Service(Error::Denied(Denied::ApiKeys(refused))) => {
                return api_key::refused(&refused);
            }
            Self::Service(Error::Denied(Denied::IdentityLinks(refused))) => {
                return identity_links::refused(&refused);
            }
            Self::Service(Error::Denied(Denied::Impersonation(refused))) => {
                return impersonation::refused(&refused);
            }
            Self::Service(Error::Denied(Denied::Account(refused))) => {
                return account::answer::refused(&refused);
            }
            Self::NotFound => return StatusCode::NOT_FOUND.into_response(),
            Self::SignedOut => return signed_out(),
            Self::Service(Error::Denied(Denied::Admin(refused))) => {
                return admin::refused(&refused);
            }
            Self::Service(Error::Denied(Denied::Tenants(refused))) => tenants(&refused),
            Self::Service(Error::Denied(Denied::Authzen(refused))) => authzen(refused),
            Self::Service(Error::Denied(Denied::Catalog(refused))) => catalog(&refused),
            Self::Service(Error::Denied(denied)) => denial(&denied),
            Self::InvalidJson => (
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "Invalid JSON in request body".to_owned(),
            ),
            Self::TooLarge { max } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                format!("Request body is larger than {max} bytes"),
            ),
            Self::MediaType { sent, allowed } => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                match sent {
                    Some(sent) => {
                        format!("Content-Type \"{sent}\" is not allowed. Allowed types: {allowed}")
                    }
                    None => format!("Content-Type is required. Allowed types: {allowed}"),
                },
            ),
            Self::Validation(message) => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message),
            Self::FieldNotAllowed(name) => (
                StatusCode::BAD_REQUEST,
                "FIELD_NOT_ALLOWED",
                format!("{name} is not allowed to be set"),
            ),
            Self::NoFields => {
                let body = json!({ "message": "No fields to update" });
                return json_response(StatusCode::BAD_REQUEST, &body);
            }
            Self::Origin(refusal) => origin(refusal),
        };
        json_response(status, &json!({ "message": message, "code": code }))
    }
}

fn denial(denied: &Denied) -> (StatusCode, &'static str, String) {
    let (status, code, message) = match denied {
        Denied::ByActor => (
            StatusCode::FORBIDDEN,
            "ACTOR_NOT_ALLOWED",
            "This takes the user in person, not somebody who acts for them",
        ),
        Denied::InvalidCredentials => (
            StatusCode::UNAUTHORIZED,
            "INVALID_EMAIL_OR_PASSWORD",
            "Invalid email or password",
        ),
        Denied::InvalidEmail => (StatusCode::BAD_REQUEST, "INVALID_EMAIL", "Invalid email"),
        Denied::PasswordTooCommon => (
            StatusCode::BAD_REQUEST,
            "PASSWORD_TOO_COMMON",
            "Password too common",
        ),
        Denied::PasswordTooShort { .. } => (
            StatusCode::BAD_REQUEST,
            "PASSWORD_TOO_SHORT",
            "Password too short",
        ),
        Denied::PasswordTooLong => (
            StatusCode::BAD_REQUEST,
            "PASSWORD_TOO_LONG",
            "Password too long",
        ),
        Denied::InvalidPassword => (
            StatusCode::BAD_REQUEST,
            "INVALID_PASSWORD",
            "Invalid password",
        ),
        Denied::RefreshToken => (
            StatusCode::UNAUTHORIZED,
            "INVALID_REFRESH_TOKEN",
            "Invalid refresh token",
        ),
        Denied::SessionNotFresh => (
            StatusCode::FORBIDDEN,
            "SESSION_NOT_FRESH",
            "Session is not fresh",
        ),
        Denied::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
        // Answered before they get here.
        Denied::TooManyRequests { .. } => (StatusCode::TOO_MANY_REQUESTS, "", ""),
        Denied::Forbidden(_)
        | Denied::Account(_)
        | Denied::Admin(_)
        | Denied::ApiKeys(_)
        | Denied::Tenants(_)
        | Denied::Authzen(_)
        | Denied::Catalog(_)
        | Denied::IdentityLinks(_)
        | Denied::Impersonation(_)
        | Denied::UserSettings(_) => (StatusCode::FORBIDDEN, "FORBIDDEN", "Forbidden"),
    };
    (status, code, message.to_owned())
}

fn tenants(refused: &Refused) -> (StatusCode, &'static str, String) {
    let (status, code, message) = match refused {
        Refused::LastOwner => (
            StatusCode::CONFLICT,
            "LAST_OWNER",
            "A tenant keeps at least one owner",
        ),
        Refused::Limit => (
            StatusCode::FORBIDDEN,
            "LIMIT_REACHED",
            "There are as many as there may be",
        ),
        Refused::NameTaken => (StatusCode::CONFLICT, "NAME_TAKEN", "The name is taken"),
        Refused::NoAccount => (StatusCode::NOT_FOUND, "USER_NOT_FOUND", "User not found"),
        Refused::NoMember => (
            StatusCode::NOT_FOUND,
            "MEMBER_NOT_FOUND",
            "Member not found",
        ),
        Refused::NoPermission => (
            StatusCode::NOT_FOUND,
            "PERMISSION_NOT_FOUND",
            "Permission not found",
        ),
        Refused::NoRole => (StatusCode::NOT_FOUND, "ROLE_NOT_FOUND", "Role not found"),
        Refused::NoTenant => (
            StatusCode::NOT_FOUND,
            "TENANT_NOT_FOUND",
            "Tenant not found",
        ),
        Refused::NotById => (
            StatusCode::FORBIDDEN,
            "MEMBER_BY_ADDRESS_NOT_ALLOWED",
            "Name the user by its userId",
        ),
        Refused::NotOwner => (
            StatusCode::FORBIDDEN,
            "OWNERS_ONLY",
            "Only owners of the tenant may do this",
        ),
        Refused::OfPolicy => (
            StatusCode::FORBIDDEN,
            "PERMISSION_OF_POLICY",
            "This permission is the policy's and is changed there",
        ),
        Refused::PermissionWritesOff => (
            StatusCode::FORBIDDEN,
            "PERMISSION_WRITES_DISABLED",
            "Permissions can't be written: PORTCULLIS_RBAC_PERMISSION_WRITES isn't on",
        ),
        Refused::PermissionWritesUnguarded => (
            StatusCode::FORBIDDEN,
            "PERMISSION_WRITES_UNGUARDED",
            "PORTCULLIS_RBAC_AUTHORIZATION names no permission for permissions.write",
        ),
        Refused::Stale => (
            StatusCode::CONFLICT,
            "CHANGED_MEANWHILE",
            "What this was decided on has changed in this moment. Try again.",
        ),
        Refused::TenantsOff => (
            StatusCode::FORBIDDEN,
            "TENANTS_DISABLED",
            "The policy has no tenants",
        ),
        Refused::NotHeld(name) => {
            let message = format!("You don't hold `{name}` in this tenant yourself");
            return (StatusCode::FORBIDDEN, "PERMISSION_NOT_HELD", message);
        }
        Refused::UnknownPermission(name) => {
            let name: String = name.chars().take(64).collect();
            let message = format!("[body.permissions] There is no permission `{name}`");
            return (StatusCode::BAD_REQUEST, "UNKNOWN_PERMISSION", message);
        }
        Refused::Value(member, expected) => {
            let message = format!("[body.{member}] Invalid input: expected {expected}");
            return (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message);
        }
    };
    (status, code, message.to_owned())
}

fn authzen(refused: authzen::Refused) -> (StatusCode, &'static str, String) {
    let (status, code, message) = match refused {
        authzen::Refused::Others => (
            StatusCode::FORBIDDEN,
            "MAY_NOT_ASK",
            "You may ask about nobody but yourself",
        ),
        authzen::Refused::PageToken => (
            StatusCode::BAD_REQUEST,
            "INVALID_PAGE_TOKEN",
            "[body.page.token] Invalid input: not the next_token of this search",
        ),
        authzen::Refused::PageLimit => (
            StatusCode::BAD_REQUEST,
            "INVALID_PAGE_TOKEN",
            "[body.page.limit] Invalid input: not the limit that the token goes with",
        ),
    };
    (status, code, message.to_owned())
}

fn catalog(refused: &catalog::Refused) -> (StatusCode, &'static str, String) {
    let (status, code, message) = match refused {
        catalog::Refused::Off => (
            StatusCode::FORBIDDEN,
            "RECORDS_DISABLED",
            "PORTCULLIS_RECORDS_PERMISSION names no permission",
        ),
        catalog::Refused::NoRecord => (
            StatusCode::NOT_FOUND,
            "RECORD_NOT_FOUND",
            "Record not found",
        ),
        catalog::Refused::NoType => (
            StatusCode::NOT_FOUND,
            "RECORD_TYPE_NOT_FOUND",
            "The policy has no such type of record",
        ),
        catalog::Refused::Record(problem) => {
            let message = format!("[body.properties] Invalid input: {problem}");
            return (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message);
        }
    };
    (status, code, message.to_owned())
}

fn origin(refusal: OriginRefusal) -> (StatusCode, &'static str, String) {
    let (code, message) = match refusal {
        OriginRefusal::CrossSiteNavigation => (
            "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
            "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
        ),
        OriginRefusal::Invalid => ("INVALID_ORIGIN", "Invalid origin"),
        OriginRefusal::InvalidCallbackUrl => ("INVALID_CALLBACK_URL", "Invalid callbackURL"),
        OriginRefusal::InvalidRedirectUrl => ("INVALID_REDIRECT_URL", "Invalid redirectURL"),
        OriginRefusal::Missing => ("MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
    };
    (StatusCode::FORBIDDEN, code, message.to_owned())
}

/// 401 without a body.
fn signed_out() -> Response {
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(headers);
    response
}

/// A JSON answer that no cache keeps.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    json_text(status, body.to_string())
}

/// A JSON answer of success to a user, whose id the request's line in the log has.
pub(crate) fn answer(body: &Value, user_id: String) -> Response {
    answer_with(StatusCode::OK, body, user_id)
}

/// As [`answer`], with another status.
pub(crate) fn answer_with(status: StatusCode, body: &Value, user_id: String) -> Response {
    let mut response = json_response(status, body);
    response.extensions_mut().insert(UserId(user_id));
    response
}

/// `{"status":true}`.
pub(crate) fn done() -> Response {
    json_response(StatusCode::OK, &json!({ "status": true }))
}

/// As [`done`], to a user.
pub(crate) fn done_for(user_id: String) -> Response {
    answer(&json!({ "status": true }), user_id)
}

/// As [`json_response`], of JSON that is text already.
pub(crate) fn json_text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(headers);
    response
}

/// Keeps an answer out of every cache.
pub(crate) fn no_store(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
}

/// Adds a header whose value was made here; one that can't be a header value is left out.
pub(crate) fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

/// Unknown paths, and known ones with another method: 404 without a body.
pub(crate) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}
