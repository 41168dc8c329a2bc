//! Keys as clients see them, and refusals.

use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use portcullis_service::api_keys::{ApiKeyRecord, MAX_KEYS, Refused};
use portcullis_service::audit::to_rfc3339;
use serde_json::{Map, Value, json};

use crate::answer::json_response;
use crate::throttle::X_RETRY_AFTER;

/// A key, in the members that Better Auth clients know and some of our own; never the key itself.
pub(super) fn key(key: &ApiKeyRecord, now_ms: i64) -> Value {
    let time = |at_ms: Option<i64>| at_ms.map(to_rfc3339);
    // One whose overlap is over is no key any more.
    let previous = key.previous.filter(|one| one.ends_at_ms > now_ms);
    json!({
        "id": key.id,
        "configId": "default",
        "name": key.name,
        "start": key.start,
        "prefix": key.prefix,
        "referenceId": key.tenant_id.as_ref().unwrap_or(&key.user_id),
        "userId": key.user_id,
        "organizationId": key.tenant_id,
        "enabled": key.enabled,
        "rateLimitEnabled": key.rate.is_on,
        "rateLimitTimeWindow": key.rate.window_ms,
        "rateLimitMax": key.rate.max,
        "requestCount": key.rate.count,
        "remaining": key.remaining,
        "refillAmount": key.refill.map(|refill| refill.amount),
        "refillInterval": key.refill.map(|refill| refill.interval_ms),
        "lastRefillAt": time(key.last_refill_at_ms),
        "lastRequest": time(key.last_used_at_ms),
        "expiresAt": time(key.expires_at_ms),
        "createdAt": to_rfc3339(key.created_at_ms),
        "updatedAt": to_rfc3339(key.updated_at_ms),
        "scopes": key.scopes,
        "permissions": permissions(&key.scopes),
        "metadata": key.metadata,
        "previous": previous.map(|one| json!({
            "expiresAt": to_rfc3339(one.ends_at_ms),
            "lastRequest": time(one.last_used_at_ms),
        })),
    })
}

/// Permissions as the protocol writes them: `{"pin": ["reveal"]}`; null for none.
fn permissions(scopes: &[String]) -> Option<Map<String, Value>> {
    let mut by_noun = Map::new();
    for (noun, verb) in scopes.iter().filter_map(|name| name.split_once(':')) {
        let verbs = by_noun.entry(noun).or_insert_with(|| json!([]));
        if let Some(verbs) = verbs.as_array_mut() {
            verbs.push(verb.into());
        }
    }
    (!by_noun.is_empty()).then_some(by_noun)
}

/// A refusal.
pub(crate) fn refused(refused: &Refused) -> Response {
    let mut response = json_response(status(refused), &body(refused));
    if let Some(try_again_ms) = try_again_ms(refused) {
        let secs = try_again_ms.saturating_add(999) / 1000;
        for name in [RETRY_AFTER, X_RETRY_AFTER] {
            response.headers_mut().insert(name, HeaderValue::from(secs));
        }
    }
    response
}

/// A refusal as clients read it: `{message, code}`, and for one who has to wait `details.tryAgainIn`, in
/// milliseconds.
pub(super) fn body(refused: &Refused) -> Value {
    let (code, message) = words(refused);
    match try_again_ms(refused) {
        Some(try_again_ms) => json!({
            "message": message, "code": code, "details": { "tryAgainIn": try_again_ms },
        }),
        None => json!({ "message": message, "code": code }),
    }
}

/// After how long the key can be used again, where time alone does it.
const fn try_again_ms(refused: &Refused) -> Option<i64> {
    match refused {
        Refused::RateLimited { try_again_ms } => Some(*try_again_ms),
        Refused::UsedUp { try_again_ms } => *try_again_ms,
        _ => None,
    }
}

const fn status(refused: &Refused) -> StatusCode {
    match refused {
        Refused::Banned
        | Refused::Disabled
        | Refused::Expired
        | Refused::Invalid
        | Refused::NoSession
        | Refused::NotFor => StatusCode::UNAUTHORIZED,
        Refused::RateLimited { .. } | Refused::UsedUp { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refused::NotFound => StatusCode::NOT_FOUND,
        Refused::Stale => StatusCode::CONFLICT,
        Refused::InPerson
        | Refused::Insufficient
        | Refused::Limit
        | Refused::NotHeld(_)
        | Refused::NotMember
        | Refused::Off
        | Refused::TooShort => StatusCode::FORBIDDEN,
        Refused::ExpiresTooLate
        | Refused::ExpiresTooSoon
        | Refused::MetadataOff
        | Refused::MetadataType
        | Refused::NameLength
        | Refused::NoValues
        | Refused::Prefix
        | Refused::RefillAmount
        | Refused::RefillInterval
        | Refused::ServerOnly
        | Refused::UnknownPermission(_)
        | Refused::Value(..) => StatusCode::BAD_REQUEST,
    }
}

fn words(refused: &Refused) -> (&'static str, String) {
    let (code, message) = match refused {
        Refused::NotHeld(name) => {
            let message = format!("`{name}` isn't held by whose key it is, or not by you");
            return ("PERMISSION_NOT_HELD", message);
        }
        Refused::UnknownPermission(name) => {
            let name: String = name.chars().take(64).collect();
            let message = format!("[body.scopes] There is no permission `{name}`");
            return ("UNKNOWN_PERMISSION", message);
        }
        Refused::Value(member, expected) => {
            let message = format!("[body.{member}] Invalid input: expected {expected}");
            return ("VALIDATION_ERROR", message);
        }
        Refused::Limit => {
            let message = format!("There may be {MAX_KEYS} API keys; delete one first");
            return ("LIMIT_REACHED", message);
        }
        other => fixed(other),
    };
    (code, message.to_owned())
}

/// Of using a key, or of coming with one.
const fn of_use(refused: &Refused) -> Option<(&'static str, &'static str)> {
    match refused {
        Refused::Banned => Some(("USER_BANNED", "User is banned")),
        Refused::Disabled => Some(("KEY_DISABLED", "API Key is disabled")),
        Refused::Expired => Some(("KEY_EXPIRED", "API Key has expired")),
        Refused::InPerson => Some((
            "API_KEY_NOT_ALLOWED",
            "This takes the user in person, not an API key",
        )),
        Refused::Invalid | Refused::TooShort => Some(("INVALID_API_KEY", "Invalid API key.")),
        Refused::NoSession => Some(("UNAUTHORIZED_SESSION", "Unauthorized or invalid session")),
        Refused::NotFor | Refused::NotFound => Some(("KEY_NOT_FOUND", "API Key not found")),
        Refused::Off => Some((
            "API_KEYS_DISABLED",
            "API keys are off, or made by administrators alone: PORTCULLIS_API_KEYS",
        )),
        Refused::RateLimited { .. } => Some(("RATE_LIMITED", "Rate limit exceeded.")),
        Refused::UsedUp { .. } => Some(("USAGE_EXCEEDED", "API Key has reached its usage limit")),
        _ => None,
    }
}

const fn fixed(refused: &Refused) -> (&'static str, &'static str) {
    if let Some(words) = of_use(refused) {
        return words;
    }
    match refused {
        Refused::ExpiresTooSoon => (
            "EXPIRES_IN_IS_TOO_SMALL",
            "The expiresIn is smaller than the predefined minimum value.",
        ),
        Refused::ExpiresTooLate => (
            "EXPIRES_IN_IS_TOO_LARGE",
            "The expiresIn is larger than the predefined maximum value.",
        ),
        Refused::Insufficient => (
            "INSUFFICIENT_API_KEY_PERMISSIONS",
            "You do not have permission to perform this action on organization API keys.",
        ),
        Refused::MetadataOff => ("METADATA_DISABLED", "Metadata is disabled."),
        Refused::MetadataType => (
            "INVALID_METADATA_TYPE",
            "metadata must be an object or undefined",
        ),
        Refused::NameLength => (
            "INVALID_NAME_LENGTH",
            "The name length is either too large or too small.",
        ),
        Refused::NoValues => ("NO_VALUES_TO_UPDATE", "No values to update."),
        Refused::NotMember => (
            "USER_NOT_MEMBER_OF_ORGANIZATION",
            "You are not a member of the organization that owns this API key.",
        ),
        Refused::Prefix => (
            "INVALID_PREFIX_LENGTH",
            "The prefix length is either too large or too small.",
        ),
        Refused::RefillInterval => (
            "REFILL_AMOUNT_AND_INTERVAL_REQUIRED",
            "refillAmount goes with refillInterval",
        ),
        Refused::RefillAmount => (
            "REFILL_INTERVAL_AND_AMOUNT_REQUIRED",
            "refillInterval goes with refillAmount",
        ),
        Refused::ServerOnly => (
            "SERVER_ONLY_PROPERTY",
            "The property you're trying to set can only be set from the server auth instance only.",
        ),
        Refused::Stale => (
            "CHANGED_MEANWHILE",
            "What this was decided on has changed in this moment. Try again.",
        ),
        _ => ("FORBIDDEN", "Forbidden"),
    }
}
