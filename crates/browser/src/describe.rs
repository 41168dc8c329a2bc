//! What a page shows of a policy, as JSON.

use portcullis_core::decide::{Code, IgnoredGrant, Subject};
use portcullis_core::policy::{FieldId, PermissionId, Policy, Resource};
use portcullis_core::time::UnixSecs;
use serde::Serialize;

use crate::problem::to_json;

/// Everything JavaScript needs to know once: names at their numbers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    name: &'a str,
    version: &'a str,
    /// `global` first, each at its depth.
    levels: &'a [String],
    roles: Vec<Named<'a>>,
    permissions: Vec<Named<'a>>,
    tiers: Vec<Named<'a>>,
    apps: Vec<Named<'a>>,
    codes: Vec<(u8, &'static str)>,
    /// Names of the attributes of requests.
    context: Vec<&'a str>,
    resources: Vec<RecordType<'a>>,
    /// From this second on everything is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_secs: Option<u64>,
    /// The principal's rank among the tiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<u16>,
    ignored_grants: &'a [IgnoredGrant],
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    label: &'a str,
    /// The lowest tier that may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
}

/// A type of record: which permissions are about it, and what a decision looks at in it.
#[derive(Serialize)]
struct RecordType<'a> {
    name: &'a str,
    /// Numbers of permissions.
    permissions: &'a [PermissionId],
    fields: Vec<&'a str>,
    /// Fields that say where a record is, widest level first.
    scope: Vec<&'a str>,
}

/// The description of a policy and of what it makes of a principal.
pub(crate) fn describe(policy: &Policy, subject: &Subject) -> String {
    let tier_name = |rank: u16| {
        policy
            .tiers()
            .get(usize::from(rank))
            .map(|tier| tier.name.as_str())
    };
    let named = |name, label| Named {
        name,
        label,
        tier: None,
    };
    to_json(&Description {
        name: policy.name(),
        version: &policy.document().version,
        levels: policy.levels(),
        roles: policy
            .roles()
            .iter()
            .map(|role| named(&role.name, &role.label))
            .collect(),
        permissions: policy
            .permissions()
            .iter()
            .map(|one| Named {
                name: &one.name,
                label: &one.label,
                tier: one.tier.and_then(tier_name),
            })
            .collect(),
        tiers: policy
            .tiers()
            .iter()
            .map(|tier| named(&tier.name, &tier.label))
            .collect(),
        apps: policy
            .apps()
            .iter()
            .map(|app| Named {
                name: &app.name,
                label: &app.label,
                tier: tier_name(app.tier),
            })
            .collect(),
        codes: Code::ALL
            .iter()
            .map(|code| (*code as u8, code.as_str()))
            .collect(),
        context: policy
            .context()
            .iter()
            .map(|attribute| attribute.name.as_str())
            .collect(),
        resources: policy.resources().iter().map(record_type).collect(),
        expires_secs: subject.expires().map(UnixSecs::as_secs),
        tier: subject.tier(),
        ignored_grants: subject.ignored(),
    })
}

fn record_type(resource: &Resource) -> RecordType<'_> {
    let name = |field: &FieldId| Some(resource.field(*field)?.name.as_str());
    RecordType {
        name: &resource.name,
        permissions: &resource.permissions,
        fields: resource
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect(),
        scope: resource
            .scope
            .iter()
            .filter_map(|(_, field)| name(field))
            .collect(),
    }
}

/// The policy's digest in lowercase hexadecimal.
pub(crate) fn digest(policy: &Policy) -> String {
    hex(&policy.digest())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}
