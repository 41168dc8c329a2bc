//! A policy with everything in it, and questions about policies.

use std::sync::OnceLock;

use portcullis_core::{
    condition::{Datum, Type},
    decide::{Directory, Grant, Principal, Request, Subject, check, explain},
    policy::{Policy, toml},
    time::UnixSecs,
};
use serde_json::json;

use super::same;

/// Words of policies.
pub(super) const WORDS: &[&str] = &[
    "name",
    "version",
    "scopes",
    "default_tier",
    "[roles.NURSE]",
    "[roles.DIRECTOR]",
    "label",
    "level",
    "manages",
    "below",
    "equal",
    "any",
    "none",
    "grant_at",
    "inherits",
    "superuser_at",
    "global",
    "region",
    "ward",
    "[permissions]",
    "\"record:read\"",
    "roles",
    "tier",
    "[[tiers]]",
    "public",
    "beta",
    "[apps]",
    "calendar",
    "[tenants]",
    "owner",
    "member",
    "[auth]",
    "int",
    "float",
    "bool",
    "string",
    "list<string>",
    "list<int>",
    "[context]",
    "reason",
    "[resources.record]",
    "table",
    "actions",
    "scope",
    "fields",
    "default",
    "auth.id",
    "[resources.record.fields]",
    "owner_id",
    "type",
    "[[rules]]",
    "effect",
    "allow",
    "deny",
    "resource",
    "when",
    "record.owner_id == auth.id",
    "record.locked",
    "message",
    "NURSE",
    "DIRECTOR",
    "record",
    "read",
    "update",
    "format",
    "portcullis-policy/1",
    "permissions",
    "rules",
    "tiers",
    "resources",
    "= [",
    "= {",
    " = \"",
    "\n",
    "\"\"\"",
    "# ",
    "true",
];

const TEXT: &str = include_str!("../../corpus/policy_toml/clinic.toml");

/// The policy of the corpus.
pub(super) fn policy() -> Result<&'static Policy, String> {
    static POLICY: OnceLock<Result<Policy, String>> = OnceLock::new();
    POLICY
        .get_or_init(|| toml::parse(TEXT).map_err(|error| format!("clinic.toml: {error}")))
        .as_ref()
        .map_err(Clone::clone)
}

/// Values of the types given, nulls among them; which ones depends on `n`.
pub(super) fn values(n: usize, kinds: impl Iterator<Item = Type>) -> Vec<Datum> {
    let all = [
        json!("ann"),
        json!(true),
        json!(3),
        json!(2.5),
        json!(["a", "b"]),
        json!([1, 2]),
        json!(""),
        json!(i64::MIN),
        json!([]),
        json!("日本🦀"),
        json!(false),
        json!(-0.0),
        json!("a"),
        json!(i64::MAX),
        json!(1e300),
        json!([true]),
    ];
    let value = |(index, kind): (usize, Type)| {
        let from = n * 5 + index;
        if from % 4 == 3 {
            return Datum::Null;
        }
        let typed = all.iter().cycle().skip(from).take(all.len());
        typed
            .map(|value| Datum::conform(value, kind))
            .find(|datum| *datum != Datum::Null)
            .unwrap_or_default()
    };
    kinds.enumerate().map(value).collect()
}

/// Asks for every permission of a policy, as several principals.
pub(super) fn ask(policy: &Policy) -> Result<(), String> {
    let roles = policy.roles().iter().take(4);
    let grants: Vec<Grant> = roles.map(|role| Grant::parse(&role.name)).collect();
    let directory = Directory::open();
    for grants in [Vec::new(), grants] {
        let principal = Principal {
            id: "ann".to_owned(),
            grants,
            ..Principal::default()
        };
        let subject = Subject::compile(policy, &principal);
        for permission in policy.permissions().iter().take(16) {
            for record in [
                None,
                Some(json!({"owner_id": "ann", "ward_id": "w1", "locked": false})),
            ] {
                let request = Request {
                    permission: Some(permission.name.clone()),
                    record: record.and_then(|value| value.as_object().cloned()),
                    ..Request::default()
                };
                let now = UnixSecs::new(1_800_000_000);
                let verdict = check(policy, &subject, &request, &directory, now);
                let told = explain(policy, &subject, &request, &directory, now);
                same("verdicts of check and explain", &verdict.code, &told.code)?;
            }
        }
    }
    Ok(())
}
