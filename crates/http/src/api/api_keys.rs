//! API keys.

use portcullis_service::api_keys::{MAX_NAME_CHARS, MAX_OVERLAP_SECS};
use portcullis_service::guard;
use serde_json::{Value, json};

use super::schema::{
    any_object, count, exactly, flag, id, like, list, named, nullable_text, nullable_time, number,
    object, one_of, text, text_to, time,
};
use super::{Access, Endpoint, get, post};

const TAG: &str = "API keys";

/// What an endpoint says that takes API keys, too: in the header `x-api-key`, or what the operator calls it.
pub(super) fn keyed(endpoint: Endpoint) -> Endpoint {
    endpoint
        .with_api_key()
        .refuses(
            401,
            &[
                "INVALID_API_KEY",
                "KEY_DISABLED",
                "KEY_EXPIRED",
                "USER_BANNED",
            ],
        )
        .refuses(403, &["INVALID_API_KEY", "API_KEYS_DISABLED"])
        .refuses(429, &["RATE_LIMITED", "USAGE_EXCEEDED"])
}

/// Where API keys are taken besides: every path below asks for a permission.
const KEYED: [&str; 8] = [
    "/api/v1/admin/audit",
    "/metrics",
    "/api/check",
    "/api/demo/act",
    "/api/v1/records",
    "/api/auth/rbac",
    "/rbac",
    "/access/v1",
];

/// Says of the endpoints that take API keys that they do.
pub(super) fn with_keys(all: Vec<Endpoint>) -> Vec<Endpoint> {
    let takes_keys = |one: &Endpoint| KEYED.iter().any(|path| one.path.starts_with(path));
    let each = all.into_iter();
    each.map(|one| if takes_keys(&one) { keyed(one) } else { one })
        .collect()
}

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        create(),
        one(),
        many(),
        update(),
        rotate(),
        delete(),
        delete_expired(),
        verify(),
    ]
}

/// The schemas.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![("ApiKey", key(false)), ("NewApiKey", key(true))]
}

fn key(is_new: bool) -> Value {
    let nullable_count = || json!({ "type": ["integer", "null"], "minimum": 0 });
    let mut schema = exactly([
        ("id", id()),
        ("configId", text()),
        ("name", nullable_text()),
        ("start", like(text(), "pk_x7B")),
        ("prefix", like(text(), "pk_")),
        ("referenceId", id()),
        ("userId", id()),
        ("organizationId", nullable_text()),
        ("enabled", flag()),
        ("rateLimitEnabled", flag()),
        ("rateLimitTimeWindow", count()),
        ("rateLimitMax", count()),
        ("requestCount", count()),
        ("remaining", nullable_count()),
        ("refillAmount", nullable_count()),
        ("refillInterval", nullable_count()),
        ("lastRefillAt", nullable_time()),
        ("lastRequest", nullable_time()),
        ("expiresAt", nullable_time()),
        ("createdAt", time()),
        ("updatedAt", time()),
        ("scopes", list(like(text(), "pin:reveal"))),
        ("permissions", json!({ "type": ["object", "null"] })),
        ("metadata", json!({ "type": ["object", "null"] })),
        (
            "previous",
            json!({
                "anyOf": [
                    exactly([("expiresAt", time()), ("lastRequest", nullable_time())]),
                    { "type": "null" },
                ],
            }),
        ),
    ]);
    if is_new {
        let pattern = "^[A-Za-z0-9_-]{1,32}[0-9A-Za-z]{64}$";
        add(
            &mut schema,
            "key",
            json!({ "type": "string", "pattern": pattern }),
        );
    }
    schema
}

fn add(schema: &mut Value, name: &str, of: Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(name.to_owned(), of);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.push(name.into());
    }
}

/// Members that making and changing a key have in common.
fn asked() -> Value {
    let whole = || json!({ "type": ["integer", "null"] });
    object([
        (
            "name?",
            json!({ "type": ["string", "null"], "maxLength": MAX_NAME_CHARS }),
        ),
        ("expiresIn?", like(whole(), 604_800)),
        ("metadata?", json!({ "type": ["object", "null"] })),
        ("scopes?", list(like(text(), "pin:reveal"))),
        ("permissions?", json!({ "type": ["object", "null"] })),
        ("remaining?", whole()),
        ("refillAmount?", whole()),
        ("refillInterval?", whole()),
        ("rateLimitEnabled?", json!({ "type": ["boolean", "null"] })),
        ("rateLimitMax?", whole()),
        ("rateLimitTimeWindow?", whole()),
    ])
}

/// Refusals of what is asked for a key.
fn checked(endpoint: Endpoint) -> Endpoint {
    endpoint
        .refuses(
            400,
            &[
                "SERVER_ONLY_PROPERTY",
                "EXPIRES_IN_IS_TOO_SMALL",
                "EXPIRES_IN_IS_TOO_LARGE",
                "INVALID_NAME_LENGTH",
                "INVALID_METADATA_TYPE",
                "METADATA_DISABLED",
                "REFILL_AMOUNT_AND_INTERVAL_REQUIRED",
                "REFILL_INTERVAL_AND_AMOUNT_REQUIRED",
                "UNKNOWN_PERMISSION",
            ],
        )
        .refuses(403, &["PERMISSION_NOT_HELD"])
}

/// An endpoint about keys: the user in person, about its own, a tenant's or those that it manages.
fn managed(endpoint: Endpoint) -> Endpoint {
    endpoint
        .refuses(
            403,
            &["API_KEY_NOT_ALLOWED", "INSUFFICIENT_API_KEY_PERMISSIONS"],
        )
        .explains()
}

fn create() -> Endpoint {
    let mut members = asked();
    for (name, of) in [
        ("prefix", nullable_text()),
        ("organizationId", nullable_text()),
        ("userId", nullable_text()),
    ] {
        if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(name.to_owned(), of);
        }
    }
    checked(managed(post(
        "/api/auth/api-key/create",
        "createApiKey",
        TAG,
        Access::InPerson,
    )))
    .says(
        "Makes a key and shows it, this once.",
        "`scopes` are permissions that its owner holds; at each use both are asked. `remaining`, refills, \
         rates, `permissions` and `userId` are for those who may `apikey:manage`.",
    )
    .may_take(members)
    .json(200, "The key, with the member `key`.", named("NewApiKey"))
    .refuses(400, &["INVALID_PREFIX_LENGTH"])
    .refuses(401, &["UNAUTHORIZED_SESSION"])
    .refuses(
        403,
        &["API_KEYS_DISABLED", "LIMIT_REACHED", "USER_NOT_MEMBER_OF_ORGANIZATION"],
    )
    .refuses(404, &["KEY_NOT_FOUND"])
    .refuses(409, &["CHANGED_MEANWHILE"])
}

fn one() -> Endpoint {
    managed(get(
        "/api/auth/api-key/get",
        "getApiKey",
        TAG,
        Access::InPerson,
    ))
    .says("A key, without the key itself.", "")
    .required_query("id", id(), "The key's id.")
    .json(200, "The key.", named("ApiKey"))
    .refuses(400, &["VALIDATION_ERROR"])
    .refuses(404, &["KEY_NOT_FOUND"])
}

fn many() -> Endpoint {
    managed(get(
        "/api/auth/api-key/list",
        "listApiKeys",
        TAG,
        Access::InPerson,
    ))
    .says(
        "The caller's keys, or those of a tenant or somebody else.",
        "",
    )
    .query("limit", number(1, 100), "Most keys.")
    .query("offset", count(), "Keys before the first.")
    .query(
        "sortBy",
        one_of(&["createdAt", "expiresAt", "lastRequest", "name", "updatedAt"]),
        "The order.",
    )
    .query("sortDirection", one_of(&["asc", "desc"]), "Which way.")
    .query("organizationId", id(), "The tenant whose keys they are.")
    .query("userId", id(), "The user whose keys they are.")
    .json(
        200,
        "The keys, and how many there are in all.",
        exactly([
            ("apiKeys", list(named("ApiKey"))),
            ("total", count()),
            ("limit?", count()),
            ("offset?", count()),
        ]),
    )
    .refuses(400, &["VALIDATION_ERROR"])
    .refuses(403, &["USER_NOT_MEMBER_OF_ORGANIZATION"])
    .refuses(404, &["KEY_NOT_FOUND"])
}

fn update() -> Endpoint {
    let mut members = asked();
    add(&mut members, "keyId", id());
    for (name, of) in [("enabled", flag()), ("endPrevious", flag())] {
        if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(name.to_owned(), of);
        }
    }
    checked(managed(post(
        "/api/auth/api-key/update",
        "updateApiKey",
        TAG,
        Access::InPerson,
    )))
    .says(
        "Changes a key.",
        "`enabled: false` ends its use at once; `endPrevious: true` ends the key from before the last \
         rotation.",
    )
    .takes(members)
    .json(200, "The key.", named("ApiKey"))
    .refuses(400, &["NO_VALUES_TO_UPDATE"])
    .refuses(404, &["KEY_NOT_FOUND"])
}

fn rotate() -> Endpoint {
    managed(post(
        "/api/auth/api-key/rotate",
        "rotateApiKey",
        TAG,
        Access::InPerson,
    ))
    .says(
        "Puts another key in the place of one and shows it, this once.",
        "The old one holds for `overlap` seconds, a day by default; `previous.lastRequest` tells whether it \
         is still used.",
    )
    .takes(object([
        ("keyId", id()),
        ("overlap?", number(0, MAX_OVERLAP_SECS)),
    ]))
    .json(200, "The key, with the member `key`.", named("NewApiKey"))
    .refuses(403, &["PERMISSION_NOT_HELD"])
    .refuses(404, &["KEY_NOT_FOUND"])
}

fn delete() -> Endpoint {
    managed(post(
        "/api/auth/api-key/delete",
        "deleteApiKey",
        TAG,
        Access::InPerson,
    ))
    .says("Deletes a key.", "")
    .takes(object([("keyId", id())]))
    .json(200, "Deleted.", named("Success"))
    .refuses(404, &["KEY_NOT_FOUND"])
}

fn delete_expired() -> Endpoint {
    post(
        "/api/auth/api-key/delete-all-expired-api-keys",
        "deleteExpiredApiKeys",
        TAG,
        Access::Guarded(&guard::API_KEYS),
    )
    .says("Deletes all keys whose end has come.", "")
    .may_take(any_object())
    .json(
        200,
        "Deleted.",
        exactly([
            ("success", flag()),
            ("error", json!({ "type": "null" })),
            ("deleted", count()),
        ]),
    )
    .refuses(403, &["API_KEY_NOT_ALLOWED"])
}

fn verify() -> Endpoint {
    let refusal = json!({
        "anyOf": [
            object([("message", text()), ("code", text()), ("details?", any_object())]),
            { "type": "null" },
        ],
    });
    let found = json!({ "anyOf": [named("ApiKey"), { "type": "null" }] });
    keyed(post(
        "/api/auth/api-key/verify",
        "verifyApiKey",
        TAG,
        Access::Guarded(&guard::VERIFY_API_KEY),
    ))
    .says(
        "Whether a key holds, for a service that is called with it.",
        "A key that does is used once. `permissions` and `scopes` have to be among its scopes and held by its \
         user, at `scope` or without it anywhere. An account that asks about too many keys that nobody knows \
         is answered 429 before any is looked up.",
    )
    .takes(object([
        ("key", text_to(96)),
        ("permissions?", json!({ "type": ["object", "null"] })),
        ("scopes?", list(text())),
        ("scope?", json!({ "anyOf": [named("Scope"), { "type": "null" }] })),
    ]))
    .json(
        200,
        "Whether it holds.",
        exactly([("valid", flag()), ("error", refusal), ("key", found)]),
    )
}
