//! Schemas that several endpoints name.

use portcullis_core::decide::Code;
use serde_json::{Value, json};

use super::schema::{
    any_object, count, exactly, flag, id, like, list, named, nullable_text, nullable_time, object,
    one_of, text, time,
};

/// The schemas, as (name, schema).
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Message", exactly([("message", text())])),
        ("Success", exactly([("success", like(flag(), true))])),
        ("Status", exactly([("status", like(flag(), true))])),
        ("User", user()),
        ("Session", session()),
        ("Forbidden", forbidden()),
        ("Explanation", explanation()),
        ("Change", change()),
        ("Clause", clause()),
        ("Scope", scope()),
        ("Check", check()),
        ("Principal", principal()),
    ]
}

fn user() -> Value {
    exactly([
        ("id", id()),
        ("name", text()),
        ("email", like(text(), "ada@unit.example")),
        ("emailVerified", flag()),
        ("image", nullable_text()),
        ("createdAt", time()),
        ("updatedAt", time()),
    ])
}

fn session() -> Value {
    let mut session = exactly([
        ("id", id()),
        ("token", text()),
        ("userId", id()),
        ("expiresAt", time()),
        ("absoluteExpiresAt", time()),
        ("tokenExpiresAt?", time()),
        ("createdAt", time()),
        ("updatedAt", time()),
        ("lastActiveAt", time()),
        ("authenticatedAt", time()),
        ("ipAddress", text()),
        ("userAgent", text()),
        ("deviceId", text()),
        ("deviceName", text()),
        ("impersonatedBy?", text()),
    ]);
    let what = "`token` is the one that the caller came with as bearer; to all others a handle, which ends the \
                session and signs nobody in.";
    if let Some(members) = session.as_object_mut() {
        members.insert("description".to_owned(), what.into());
    }
    session
}

/// A refusal by decision.
fn forbidden() -> Value {
    exactly([
        ("code", code(false)),
        ("message", text()),
        ("explanation", named("Explanation")),
    ])
}

/// Codes of decisions; those that allow are left out for refusals.
fn code(with_allows: bool) -> Value {
    let codes = Code::ALL
        .iter()
        .filter(|code| with_allows || !code.allows());
    let codes: Vec<_> = codes.map(|code| code.as_str()).collect();
    one_of(&codes)
}

fn explanation() -> Value {
    let ignored = exactly([
        ("grant", text()),
        (
            "reason",
            one_of(&[
                "malformed_scope",
                "not_grantable_here",
                "unknown_role",
                "unknown_scope_level",
            ]),
        ),
    ]);
    exactly([
        ("allow", flag()),
        ("code", code(true)),
        ("message", text()),
        ("clause?", named("Clause")),
        ("grantedBy?", text()),
        ("missing", list(list(named("Change")))),
        ("complete?", flag()),
        ("ignoredGrants?", list(ignored)),
    ])
}

fn change() -> Value {
    let kind = |name: &str| one_of(&[name]);
    json!({
        "description": "One change that would turn a denial around, with the others of its set.",
        "oneOf": [
            exactly([("kind", kind("grant")), ("role", text()), ("scope", text())]),
            exactly([("kind", kind("tier")), ("tier", text())]),
            exactly([("kind", kind("renew"))]),
            exactly([
                ("kind", kind("tenant")),
                ("tenant", text()),
                ("as", one_of(&["owner", "member", "role"])),
            ]),
            exactly([("kind", kind("fact")), ("fact", text()), ("is", flag())]),
        ],
    })
}

fn clause() -> Value {
    exactly([
        ("path", like(text(), "permissions.pin:reveal")),
        ("line?", count()),
        ("column?", count()),
    ])
}

fn scope() -> Value {
    json!({
        "description": "A scope as text, `state:ca` or `state:ca/team:t7`, empty for the global one; or as an object \
                        from level to id.",
        "oneOf": [
            like(text(), "state:ca/team:t7"),
            { "type": "object", "additionalProperties": { "type": "string" } },
        ],
    })
}

/// One question to the engine.
fn check() -> Value {
    let mut check = object([
        ("permission?", like(text(), "pin:reveal")),
        ("scope?", named("Scope")),
        ("resource?", text()),
        ("action?", text()),
        ("tenant?", text()),
        ("record?", any_object()),
        ("fields?", list(text())),
        ("context?", any_object()),
        (
            "target?",
            object([("grants", list(like(text(), "TEAM_MEMBER@team:t7")))]),
        ),
        ("app?", text()),
        ("tier?", text()),
    ]);
    let what = "Asks for a `permission`, or for `resource` with `action`, or for an `app`, or for a `tier`; the \
                other members go with a permission.";
    if let Some(members) = check.as_object_mut() {
        members.insert("description".to_owned(), what.into());
    }
    check
}

fn principal() -> Value {
    let role = exactly([("name", text()), ("permissions", list(text()))]);
    exactly([
        ("id", text()),
        ("grants", list(like(text(), "STATE_ADMIN@state:ca"))),
        ("tier?", text()),
        ("expiresSecs?", count()),
        ("attributes?", any_object()),
        (
            "tenants?",
            list(exactly([
                ("id", text()),
                ("owner?", flag()),
                ("roles?", list(role)),
            ])),
        ),
    ])
}

/// `next` of lists: null on the last page.
pub(super) fn next() -> Value {
    nullable_text()
}

/// A link to an identity in a chat network.
pub(super) fn identity_link() -> Value {
    exactly([
        ("id", id()),
        ("userId", id()),
        ("network", text()),
        ("externalId", text()),
        ("displayName", nullable_text()),
        ("linkedBy", text()),
        ("createdAt", time()),
        ("lastUsedAt", nullable_time()),
    ])
}
