//! What is asked for.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Grant, RawScope};
use crate::json::{Map, Value};

/// A request in words: exactly one of `permission` (or `action` with `resource`), `app` and `tier`.
///
/// Everything else goes with a permission; LANGUAGE.md section 2 says how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `noun:verb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Where; for permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<RawScope>,
    /// With `resource`, the same as `permission: "RESOURCE:ACTION"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// A type of record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The id of a tenant: where, instead of `scope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The record that it is about, by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Map<String, Value>>,
    /// The fields to be read or written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// Attributes of the request that the policy declares under `[context]`; others are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Map<String, Value>>,
    /// The account that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// An app to open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// A tier to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

/// The account that an action is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The roles that it has, and those that it is to get or lose; texts on the wire.
    #[serde(deserialize_with = "grants")]
    pub grants: Vec<Grant>,
}

fn grants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Grant>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    Ok(texts.iter().map(|text| Grant::parse(text)).collect())
}

impl Request {
    /// A request for a permission at a scope.
    #[must_use]
    pub fn permission(name: String, scope: RawScope) -> Self {
        Self {
            permission: Some(name),
            scope: Some(scope),
            ..Self::default()
        }
    }
}
