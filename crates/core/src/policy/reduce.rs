//! What a principal needs of a policy.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Document, RoleDocument};
use crate::decide::Principal;

impl Document {
    /// The part of this policy by which everything about one principal can be decided.
    ///
    /// The roles that the principal's grants name, and those that they inherit, stay as they are.
    /// Of the others nothing is left but what people call them and what a request about another
    /// account needs: the name, the label, the level, and where they may be granted. Lists of the roles that carry a permission keep
    /// those that stay. Every verdict about this principal, and its code, is the same as under the whole policy;
    /// what would have to change is not known any more ([`Self::reduced`]). Places are left out.
    #[must_use]
    pub fn reduced_to(&self, principal: &Principal) -> Self {
        let held = self.held_by(principal);
        let mut reduced = self.clone().without_positions();
        for (role, is_held) in reduced.roles.iter_mut().zip(&held) {
            if !is_held {
                *role = outline(role);
            }
        }
        reduced.reduced |= held.contains(&false);
        let roles = self.roles.iter().zip(&held);
        let mut kept: Vec<&str> = roles
            .filter_map(|(role, is_held)| is_held.then_some(role.name.as_str()))
            .collect();
        kept.sort_unstable();
        for permission in &mut reduced.permissions {
            let is_kept = |name: &String| kept.binary_search(&name.as_str()).is_ok();
            permission.roles.retain(is_kept);
        }
        reduced
    }

    /// For each role whether the principal has it, by a grant or because one that it has inherits it.
    fn held_by(&self, principal: &Principal) -> Vec<bool> {
        let mut names: Vec<(&str, usize)> = Vec::with_capacity(self.roles.len());
        names.extend(
            (0..)
                .zip(&self.roles)
                .map(|(at, role)| (role.name.as_str(), at)),
        );
        names.sort_unstable();
        let at = |name: &String| {
            let found = names.binary_search_by(|(known, _)| (*known).cmp(name.as_str()));
            found
                .ok()
                .and_then(|found| names.get(found))
                .map(|(_, at)| *at)
        };
        let mut held = alloc::vec![false; self.roles.len()];
        let mut open: Vec<usize> = Vec::new();
        open.extend(principal.grants.iter().filter_map(|grant| at(&grant.role)));
        while let Some(next) = open.pop() {
            let Some(is_held) = held.get_mut(next).filter(|is_held| !**is_held) else {
                continue;
            };
            *is_held = true;
            let inherits = self.roles.get(next).map(|role| &role.inherits);
            open.extend(inherits.into_iter().flatten().filter_map(at));
        }
        held
    }
}

/// What a request about another account needs of a role that the account holds, and its label.
fn outline(role: &RoleDocument) -> RoleDocument {
    RoleDocument {
        name: role.name.clone(),
        label: role.label.clone(),
        level: role.level,
        grant_at: role.grant_at.clone(),
        manages: String::new(),
        inherits: Vec::new(),
        superuser_at: None,
        at: None,
    }
}
