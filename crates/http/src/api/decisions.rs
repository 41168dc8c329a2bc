//! Decisions, and what pages decide with.

use portcullis_service::authorize::MAX_CHECKS;
use serde_json::json;

use super::schema::{any_object, exactly, flag, like, list, named, object, text};
use super::{Access, Endpoint, get, post};

const TAG: &str = "Decisions";

/// The endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let known = "The tag of what the page has.";
    vec![
        check(),
        act(),
        get("/api/policy", "policy", TAG, Access::Session)
            .says("The policy as a document, for a page to decide with.", "")
            .header("If-None-Match", text(), known)
            .json(200, "The policy.", any_object())
            .empty(304, "The page has it."),
        get("/api/auth/snapshot", "snapshot", TAG, Access::Session)
            .says(
                "All that a page decides by for this user, signed.",
                "A compact JWS of the type `portcullis-snapshot+jws` that holds for five minutes.",
            )
            .header("If-None-Match", text(), known)
            .answers_with(200, "The snapshot.", "application/jose", text())
            .empty(304, "The page has it."),
        me(),
    ]
}

fn check() -> Endpoint {
    let many = json!({
        "type": "object",
        "properties": { "checks": { "type": "array", "maxItems": MAX_CHECKS, "items": named("Check") } },
        "required": ["checks"],
    });
    post("/api/check", "check", TAG, Access::Session)
        .says(
            "What the caller may do, with reasons.",
            "One question to its explanation, or `{checks: […]}` to `{results: […]}` in the same order. A \
             question that makes no sense is a denial with the code `malformed_request`, no error.",
        )
        .takes(json!({ "anyOf": [many, named("Check")] }))
        .json(200, "The explanations.", json!({
            "anyOf": [named("Explanation"), exactly([("results", list(named("Explanation")))])],
        }))
}

fn act() -> Endpoint {
    post("/api/demo/act", "demoAct", TAG, Access::Named)
        .says(
            "Does nothing, but only for callers that may.",
            "What a guarded endpoint of an application looks like. Either way it leaves an audit record.",
        )
        .takes(object([
            ("permission", like(text(), "pin:reveal")),
            ("scope?", json!({ "anyOf": [named("Scope"), { "type": "null" }] })),
        ]))
        .json(200, "Allowed.", exactly([("allow", flag()), ("code", text())]))
}

fn me() -> Endpoint {
    let policy = exactly([("name", text()), ("version", text()), ("digest", text())]);
    get("/api/auth/me", "me", TAG, Access::Session)
        .says(
            "Who the caller is, what it holds, and which scopes that reaches.",
            "",
        )
        .json(
            200,
            "The caller.",
            exactly([
                ("user", named("User")),
                ("session", named("Session")),
                ("principal", named("Principal")),
                ("scopes", list(like(text(), "state:ca/team:t7"))),
                ("policy", policy),
            ]),
        )
}
