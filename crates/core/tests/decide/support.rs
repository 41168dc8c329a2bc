//! What the tests share.

pub(crate) use portcullis_core::decide::{
    Change, Code, Directory, Explanation, Grant, Principal, RawScope, Request, Subject, check,
    explain,
};
pub(crate) use portcullis_core::policy::{Policy, toml};
pub(crate) use portcullis_core::time::UnixSecs;

pub(crate) const FIELD_OPS: &str = include_str!("../../../../policies/field-ops.toml");
pub(crate) const NAVAL_UNIT: &str = include_str!("../../../../policies/naval-unit.toml");
pub(crate) const RELEASE_TIERS: &str = include_str!("../../../../policies/release-tiers.toml");
pub(crate) const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

pub(crate) fn holding(grants: &[&str]) -> Principal {
    Principal {
        id: "u1".into(),
        grants: grants.iter().map(|grant| Grant::parse(grant)).collect(),
        ..Principal::default()
    }
}

pub(crate) fn at(permission: &str, scope: &str) -> Request {
    Request::permission(permission.into(), RawScope::Text(scope.into()))
}

pub(crate) fn app(name: &str) -> Request {
    Request {
        app: Some(name.into()),
        ..Request::default()
    }
}

pub(crate) fn told(policy: &Policy, principal: &Principal, request: &Request) -> Explanation {
    let subject = Subject::compile(policy, principal);
    let directory = Directory::open();
    let explanation = explain(policy, &subject, request, &directory, NOW);
    let verdict = check(policy, &subject, request, &directory, NOW);
    assert_eq!(
        verdict.code, explanation.code,
        "explain and check are one decision"
    );
    explanation
}

#[track_caller]
pub(crate) fn answers(policy: &Policy, grants: &[&str], permission: &str, scope: &str, code: Code) {
    let explanation = told(policy, &holding(grants), &at(permission, scope));
    assert_eq!(
        explanation.code, code,
        "{grants:?} {permission} at `{scope}`"
    );
    assert_eq!(explanation.allow, code.allows());
}

/// A principal as sessions and tokens write it.
#[track_caller]
pub(crate) fn principal(json: &str) -> Principal {
    serde_json::from_str(json).unwrap()
}

/// A request as callers write it; what can't be read asks for nothing.
pub(crate) fn request(json: &str) -> Request {
    serde_json::from_str(json).unwrap_or_default()
}

/// The code of a decision, told and explained.
#[track_caller]
pub(crate) fn code(policy: &Policy, who: &str, what: &str) -> Code {
    told(policy, &principal(who), &request(what)).code
}

/// Regions are tenants, wards lie in them, and records say where they are.
pub(crate) const CLINIC: &str = r#"
name = "clinic"
scopes = ["region", "ward"]
default_tier = "public"

[[tiers]]
name = "public"
[[tiers]]
name = "beta"

[roles.NURSE]
level = 1
[roles.SENIOR]
level = 2
inherits = ["NURSE"]
manages = "equal"
[roles.DIRECTOR]
level = 3
superuser_at = "region"
[roles.AUDITOR]
manages = "none"
[roles.ROOT]
manages = "any"
[roles.INTERN]

[permissions]
"record:read" = ["NURSE"]
"record:export" = { roles = ["NURSE"], tier = "beta" }
"staff:assign" = ["SENIOR", "DIRECTOR", "AUDITOR", "ROOT"]

[tenants]
level = "region"
owner = ["record:create"]
member = ["record:list"]

[auth]
clearance = "int"
teams = "list<string>"

[context]
reason = "string"

[resources.record]
actions = ["read", "list", "create", "update", "delete"]
scope = { region = "region_id", ward = "ward_id" }
[resources.record.fields]
id = "string"
owner_id = "string"
region_id = "string"
ward_id = "string"
locked = "bool"
title = "string"
salary = "int"

[resources.note]
[resources.note.fields]
owner_id = "string"
title = "string"
secret = "string"

[[rules]]
name = "locked"
effect = "deny"
resource = "record"
actions = ["update", "delete"]
when = "record.locked"

[[rules]]
name = "interns"
effect = "deny"
resource = "record"
actions = ["delete"]
roles = ["INTERN"]

[[rules]]
name = "beta-only"
effect = "deny"
resource = "record"
actions = ["create"]
tier = "beta"
when = "request.reason == null"

[[rules]]
name = "own"
effect = "allow"
resource = "record"
actions = ["update"]
when = "record.owner_id == auth.id"
message = "Only its owner may change a record."

[[rules]]
name = "cleared"
effect = "allow"
resource = "record"
actions = ["update"]
roles = ["NURSE"]
tier = "beta"
when = "auth.clearance >= 3"

[[rules]]
name = "note-title"
effect = "allow"
resource = "note"
actions = ["read"]
when = "record.owner_id == auth.id"
fields = ["title"]

[[rules]]
name = "note-owner"
effect = "allow"
resource = "note"
actions = ["read"]
fields = ["owner_id"]

[[rules]]
name = "no-secret"
effect = "deny"
resource = "note"
fields = ["secret"]
when = "request.reason != 'audit'"
"#;

pub(crate) fn clinic() -> Policy {
    toml::parse(CLINIC).unwrap()
}
