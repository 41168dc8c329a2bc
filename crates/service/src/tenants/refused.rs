//! What a caller may hear when something about tenants is refused.

use super::ports::Condition;

/// Why something about tenants was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A tenant keeps at least one owner.
    LastOwner,
    /// There are as many of these as there may be.
    Limit,
    /// Another one has this name.
    NameTaken,
    /// There is no such account.
    NoAccount,
    /// There is no such member.
    NoMember,
    /// There is no such permission.
    NoPermission,
    /// There is no such role.
    NoRole,
    /// There is no such tenant, or the caller isn't in it: which of them is not said.
    NoTenant,
    /// Members are named by their user's id; by address only where the operator names a permission
    /// for adding members.
    NotById,
    /// The caller doesn't hold a permission itself that it would hand on; this one.
    NotHeld(String),
    /// Only owners may.
    NotOwner,
    /// Permissions of the policy are changed in the policy.
    OfPolicy,
    /// Writing permissions isn't switched on.
    PermissionWritesOff,
    /// Writing permissions is switched on, but no permission is named that one needs for it.
    PermissionWritesUnguarded,
    /// What it was decided on has changed in this moment.
    Stale,
    /// The policy has no tenants.
    TenantsOff,
    /// A role may only carry permissions that there are; there is none of this name.
    UnknownPermission(String),
    /// Values that aren't as they should be: the member of the body, and what it should be.
    Value(&'static str, &'static str),
}

impl From<Condition> for Refused {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::LastOwner => Self::LastOwner,
            Condition::Limit => Self::Limit,
            Condition::NameTaken => Self::NameTaken,
            Condition::NoMember => Self::NoMember,
            Condition::NoPermission => Self::NoPermission,
            Condition::NoRole => Self::NoRole,
            Condition::NoTenant => Self::NoTenant,
            Condition::NoUser => Self::NoAccount,
            Condition::NotOwner => Self::NotOwner,
            Condition::Stale => Self::Stale,
        }
    }
}
