//! What is asked for.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Code, Directory, RawScope, ScopePath};
use crate::policy::{AppId, PermissionId, Policy, TierRank};

/// A request in words: exactly one of `permission`, `app` and `tier`.
///
/// `scope` goes with `permission` alone; absent means the global scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `noun:verb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Where; for permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<RawScope>,
    /// An app to open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// A tier to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

impl Request {
    /// A request for a permission at a scope.
    #[must_use]
    pub const fn permission(name: String, scope: RawScope) -> Self {
        Self {
            permission: Some(name),
            scope: Some(scope),
            app: None,
            tier: None,
        }
    }
}

/// A request whose names are known to the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Use a permission at a scope.
    Permission {
        /// Which one.
        id: PermissionId,
        /// Where.
        scope: ScopePath,
    },
    /// Open an app.
    App(AppId),
    /// Have a tier.
    Tier(TierRank),
}

impl Query {
    /// Looks the names of a request up.
    ///
    /// # Errors
    /// The [`Code`] of the denial: [`Code::MalformedRequest`], the `Unknown…` codes and
    /// [`Code::MalformedScope`].
    pub fn resolve(
        policy: &Policy,
        request: &Request,
        directory: &Directory,
    ) -> Result<Self, Code> {
        match (&request.permission, &request.app, &request.tier) {
            (Some(name), None, None) => {
                let id = policy.permission_id(name).ok_or(Code::UnknownPermission)?;
                let scope = match &request.scope {
                    Some(raw) => directory.resolve(policy, raw)?,
                    None => ScopePath::global(),
                };
                Ok(Self::Permission { id, scope })
            }
            (None, Some(name), None) if request.scope.is_none() => {
                policy.app_id(name).map(Self::App).ok_or(Code::UnknownApp)
            }
            (None, None, Some(name)) if request.scope.is_none() => policy
                .tier_rank(name)
                .map(Self::Tier)
                .ok_or(Code::UnknownTier),
            _ => Err(Code::MalformedRequest),
        }
    }
}
