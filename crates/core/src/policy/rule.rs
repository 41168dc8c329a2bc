//! Rules about records.

use alloc::string::String;
use alloc::vec::Vec;

use super::{BitSet, FieldId, PermissionId, Position, ResourceId, RoleId, TierRank};
use crate::condition::Test;

/// What a rule does when its condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// A rule of a compiled policy.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The rule's name.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// The type of record that it is about.
    pub resource: ResourceId,
    /// The permissions that it is about.
    pub permissions: Vec<PermissionId>,
    /// Its condition.
    pub when: Test,
    /// Its condition as it was written; empty when it has none.
    pub when_text: String,
    /// The fields that it allows or denies; `None` means all.
    pub fields: Option<Vec<FieldId>>,
    /// The lowest tier it applies to.
    pub tier: Option<TierRank>,
    /// What it says to people; empty when nothing.
    pub message: String,
    /// Where it is defined.
    pub at: Option<Position>,
    /// The roles it names; `None` means everyone.
    pub roles: Option<Vec<RoleId>>,
    /// Those roles, and those that inherit one of them.
    pub(crate) holders: BitSet,
}
