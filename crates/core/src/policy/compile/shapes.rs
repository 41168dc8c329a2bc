//! The parts of a compiled policy: each at its number, names of others resolved to theirs.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::{BitSet, Depth, Position, ResourceId, RoleId, RuleId, TierRank};

/// Which scopes are tenants, and what one may do as their owner or member.
#[derive(Debug, Clone)]
pub struct Tenants {
    /// The depth of the level whose scopes are tenants.
    pub depth: Depth,
    /// What owners may do.
    pub(crate) owner: BitSet,
    /// What members may do.
    pub(crate) member: BitSet,
    /// Where it is defined.
    pub at: Option<Position>,
}

/// Which accounts the holder of a role manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manages {
    /// None.
    None,
    /// Those whose roles have a lower level.
    Below,
    /// Those whose roles have a lower level or the same.
    Equal,
    /// All.
    Any,
}

/// A role of a compiled policy.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Authority, for who may manage whom.
    pub level: u32,
    /// Where it is defined.
    pub at: Option<Position>,
    /// Depths at which it may be granted, one bit each.
    pub(crate) grant_depths: u16,
    /// From this depth down its holders may do everything.
    pub superuser_from: Option<Depth>,
    /// Whom its holders manage.
    pub manages: Manages,
    /// Roles that it inherits directly, in the order of the file.
    pub inherits: Vec<RoleId>,
    /// Permissions that list it or a role that it inherits, directly or not.
    pub(crate) permissions: BitSet,
}

impl Role {
    /// Whether the role may be granted at `depth`.
    #[must_use]
    pub const fn may_be_granted_at(&self, depth: Depth) -> bool {
        (self.grant_depths >> depth) & 1 == 1
    }
}

/// A permission of a compiled policy.
#[derive(Debug, Clone)]
pub struct Permission {
    /// `noun:verb`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Roles that the policy lists for it, in the order of the file; those that inherit one of them
    /// carry it, too.
    pub roles: Vec<RoleId>,
    /// Lowest tier that may use it.
    pub tier: Option<TierRank>,
    /// The type of record that it is about, when its noun names one.
    pub resource: Option<ResourceId>,
    /// Deny rules about it, in the order of the file.
    pub deny_rules: Vec<RuleId>,
    /// Allow rules about it, in the order of the file.
    pub allow_rules: Vec<RuleId>,
    /// Where it is defined.
    pub at: Option<Position>,
}

/// A tier of a compiled policy.
#[derive(Debug, Clone)]
pub struct Tier {
    /// The tier's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Where it is defined.
    pub at: Option<Position>,
}

/// An app of a compiled policy.
#[derive(Debug, Clone)]
pub struct App {
    /// The app's name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Lowest tier that may open it.
    pub tier: TierRank,
    /// Where it is defined.
    pub at: Option<Position>,
}
