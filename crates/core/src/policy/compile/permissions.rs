//! Permissions: those that the policy lists, and those of resources.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::{BitSet, Document, PermissionId, PolicyError, Position, ResourceId};
use super::index::{Index, PERMISSION, label};
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
    ) -> Result<Self, PolicyError> {
        let mut permissions = Self {
            list: Vec::with_capacity(document.permissions.len()),
            index: Index::new(&PERMISSION),
        };
        for permission in &document.permissions {
            let at = permission.at;
            let label = label(&permission.label, &permission.name);
            let id = permissions.add(permission.name.clone(), label, at)?;
            let added = permissions.list.get_mut(usize::from(id));
            let Some(added) = added else { continue };
            added.roles = roles.find_all(&permission.roles, at)?;
            if let Some(tier) = &permission.tier {
                added.tier = Some(tiers.find(tier, at)?);
            }
        }
        Ok(permissions)
    }

    /// The permission of an action, which no role carries unless it was listed.
    pub(super) fn of_action(
        &mut self,
        resource: &str,
        action: &str,
        at: Option<Position>,
    ) -> Result<PermissionId, PolicyError> {
        let name = [resource, ":", action].concat();
        match self.index.get(&name) {
            Some(id) => Ok(id),
            None => self.add(name.clone(), name, at),
        }
    }

    fn add(
        &mut self,
        name: String,
        label: String,
        at: Option<Position>,
    ) -> Result<PermissionId, PolicyError> {
        let id = self.index.add(&name, at)?;
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
        Ok(id)
    }

    /// Notes which resource each permission is about: the one that its noun names.
    pub(super) fn find_resources(&mut self, resources: &Index) {
        for permission in &mut self.list {
            let noun = permission.name.split_once(':');
            permission.resource =
                noun.and_then(|(noun, _)| -> Option<ResourceId> { resources.get(noun) });
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
