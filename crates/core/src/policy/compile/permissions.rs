//! Permissions: those that the policy lists, and those of resources.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::{BitSet, Document, PermissionId, Position};
use super::index::{Index, PERMISSION, label};
use super::problem::Problems;
use super::{Permission, Role};

/// Permissions in the order of their numbers.
pub(super) struct Permissions {
    pub(super) list: Vec<Permission>,
    pub(super) index: Index,
}

impl Permissions {
    /// Those that `[permissions]` lists.
    pub(super) fn listed(
        document: &Document,
        roles: &Index,
        tiers: &Index,
        problems: &mut Problems,
    ) -> Self {
        let mut permissions = Self {
            list: Vec::with_capacity(document.permissions.len()),
            index: Index::new(&PERMISSION),
        };
        for permission in &document.permissions {
            let at = permission.at;
            let label = label(&permission.label, &permission.name);
            permissions.add(permission.name.clone(), label, at, problems);
            let Some(added) = permissions.list.last_mut() else {
                continue;
            };
            added.roles = roles.find_all(&permission.roles, at, problems);
            if let Some(tier) = &permission.tier {
                added.tier = Some(tiers.find(tier, at, problems));
            }
        }
        permissions
    }

    /// The permission of an action, which no role carries unless it was listed.
    pub(super) fn of_action(
        &mut self,
        resource: &str,
        action: &str,
        at: Option<Position>,
        problems: &mut Problems,
    ) -> PermissionId {
        let name = [resource, ":", action].concat();
        match self.index.get(&name) {
            Some(id) => id,
            None => self.add(name.clone(), name, at, problems),
        }
    }

    fn add(
        &mut self,
        name: String,
        label: String,
        at: Option<Position>,
        problems: &mut Problems,
    ) -> PermissionId {
        let id = self.index.add(&name, at, problems);
        self.list.push(Permission {
            name,
            label,
            roles: Vec::new(),
            tier: None,
            resource: None,
            deny_rules: Vec::new(),
            allow_rules: Vec::new(),
            at,
        });
        id
    }

    /// The set of permissions that must be there.
    pub(super) fn set_of(
        &self,
        names: &[String],
        at: Option<Position>,
        problems: &mut Problems,
    ) -> BitSet {
        let mut set = BitSet::with_capacity(self.list.len());
        for id in self.index.find_all(names, at, problems) {
            set.insert(id);
        }
        set
    }

    /// Notes which resource each permission is about: the one that its noun names.
    pub(super) fn find_resources(&mut self, resources: &Index) {
        for permission in &mut self.list {
            if let Some((noun, _)) = permission.name.split_once(':') {
                permission.resource = resources.get(noun);
            }
        }
    }

    /// Notes at each role the permissions that list it.
    pub(super) fn hand_out(&self, roles: &mut [Role]) {
        for role in &mut *roles {
            role.permissions = BitSet::with_capacity(self.list.len());
        }
        for (id, permission) in (0..).zip(&self.list) {
            for role in &permission.roles {
                if let Some(role) = roles.get_mut(usize::from(*role)) {
                    role.permissions.insert(id);
                }
            }
        }
    }
}
