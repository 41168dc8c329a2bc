//! What a compiled policy answers.

use alloc::string::String;

use super::super::{
    AppId, Depth, Document, PermissionId, Resource, ResourceId, RoleId, Rule, RuleId, TierRank,
};
use super::{App, Permission, Policy, Role, Tenants, Tier};
use crate::condition::Attribute;

impl Policy {
    /// The document that this policy was compiled from.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// SHA-256 of the document's JSON form without positions: two files that say the same have
    /// the same digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest.unwrap_or_else(|| super::digest(&self.document))
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// The names of all scope levels, `global` first, each at its depth.
    #[must_use]
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The depth of a scope level, `global` included.
    #[must_use]
    pub fn depth(&self, level: &str) -> Option<Depth> {
        (0..)
            .zip(&self.levels)
            .find_map(|(depth, name)| (name == level).then_some(depth))
    }

    /// All roles, each at its number.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The number of a role.
    #[must_use]
    pub fn role_id(&self, name: &str) -> Option<RoleId> {
        self.role_ids.get(name)
    }

    /// A role by its number.
    #[must_use]
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.get(usize::from(id))
    }

    /// All permissions, each at its number.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// The number of a permission.
    #[must_use]
    pub fn permission_id(&self, name: &str) -> Option<PermissionId> {
        self.permission_ids.get(name)
    }

    /// A permission by its number.
    #[must_use]
    #[inline]
    pub fn permission(&self, id: PermissionId) -> Option<&Permission> {
        self.permissions.get(usize::from(id))
    }

    /// All tiers, lowest first, each at its rank.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The rank of a tier.
    #[must_use]
    pub fn tier_rank(&self, name: &str) -> Option<TierRank> {
        self.tier_ids.get(name)
    }

    /// The rank of the tier of a principal that names none; 0 in a policy without tiers.
    #[must_use]
    pub const fn default_tier(&self) -> TierRank {
        self.default_tier
    }

    /// All apps, each at its number.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// Which scopes are tenants, when the policy has them.
    #[must_use]
    pub const fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_ref()
    }

    /// Attributes of principals, each at its number.
    #[must_use]
    pub fn auth(&self) -> &[Attribute] {
        &self.auth
    }

    /// Attributes of requests, each at its number.
    #[must_use]
    pub fn context(&self) -> &[Attribute] {
        &self.context
    }

    /// All types of records, each at its number.
    #[must_use]
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// A type of record by its number.
    #[must_use]
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.get(usize::from(id))
    }

    /// The number of a type of record.
    #[must_use]
    pub fn resource_id(&self, name: &str) -> Option<ResourceId> {
        self.resource_ids.get(name)
    }

    /// All rules, each at its number.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A rule by its number.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(usize::from(id))
    }

    /// The number of an app.
    #[must_use]
    pub fn app_id(&self, name: &str) -> Option<AppId> {
        self.app_ids.get(name)
    }

    /// An app by its number.
    #[must_use]
    pub fn app(&self, id: AppId) -> Option<&App> {
        self.apps.get(usize::from(id))
    }
}
