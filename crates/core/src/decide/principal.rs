//! Who asks, as sessions and tokens tell it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::RawScope;
use crate::json::{Map, Value};

/// What is known of a caller: an id, roles at scopes, a tier.
///
/// This is the form of session answers, of the `grants` and `tier` claims of access tokens, and of
/// test cases. Unknown members are ignored, so that older readers accept newer tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Principal {
    /// The user's id.
    pub id: String,
    /// Roles and where they are held.
    pub grants: Vec<Grant>,
    /// The tier; `None` means the policy's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// From this second (Unix time) on, everything is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_secs: Option<u64>,
    /// Values of the attributes that the policy declares under `[auth]`; others are ignored.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// What it is in tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<Membership>,
}

/// What a principal is in a tenant, and what that lets it do there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The tenant's id: the id of a scope of the level that the policy names.
    pub id: String,
    /// Whether it owns the tenant.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub owner: bool,
    /// Roles made at run time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<TenantRole>,
}

/// A role of a tenant, made at run time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRole {
    /// Its name within the tenant.
    pub name: String,
    /// The permissions that it carries; those that the policy doesn't have confer nothing.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A role held at a scope, written `ROLE@scope`, or `ROLE` alone at the global scope.
///
/// Also read from `{"role": …, "scope": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role's name.
    pub role: String,
    /// Where it is held.
    pub scope: RawScope,
}

impl Grant {
    /// Reads `ROLE@scope` or `ROLE`; whether the parts make sense is for the policy to say.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (role, scope) = text.split_once('@').unwrap_or((text, ""));
        Self {
            role: role.to_string(),
            scope: RawScope::Text(scope.to_string()),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.scope.to_string();
        f.write_str(&self.role)?;
        if scope.is_empty() {
            Ok(())
        } else {
            write!(f, "@{scope}")
        }
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Grant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Members {
                role: String,
                #[serde(default)]
                scope: Option<RawScope>,
            },
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Text(text) => Self::parse(&text),
            Either::Members { role, scope } => Self {
                role,
                scope: scope.unwrap_or_else(RawScope::global),
            },
        })
    }
}
