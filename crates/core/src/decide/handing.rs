//! Which roles a subject may hand to others.

use alloc::vec::Vec;

use super::{ScopePath, Subject};
use crate::policy::{BitSet, Depth, Effect, Manages, Policy, Role, RoleId};

/// Whether everything that a role gives at a scope is the subject's own there, so that handing it out
/// makes nobody mightier than the giver (LANGUAGE.md section 6 says whom it may hand it to).
///
/// What a role gives are its permissions, being a superuser, and what rules allow it by name;
/// conditions, tiers and rules that deny hold for whoever gets the role as for the giver. A role that
/// `manages = "any"` at the scope may hand out everything: the policy says so.
#[must_use]
pub fn may_hand_out(policy: &Policy, subject: &Subject, role: RoleId, scope: &ScopePath) -> bool {
    let Some(given) = policy.role(role) else {
        return false;
    };
    let mut held = Held::new(policy);
    for holding in subject.covering(scope) {
        for id in &holding.roles {
            if let Some(role) = policy.role(*id) {
                held.add(*id, role);
            }
        }
    }
    held.is_unbound || held.has_all_of(policy, role, given, scope.depth())
}

/// What a subject holds at a scope or above it.
struct Held {
    roles: Vec<RoleId>,
    permissions: BitSet,
    superuser_from: Option<Depth>,
    is_unbound: bool,
}

impl Held {
    fn new(policy: &Policy) -> Self {
        Self {
            roles: Vec::new(),
            permissions: BitSet::with_capacity(policy.permissions().len()),
            superuser_from: None,
            is_unbound: false,
        }
    }

    fn add(&mut self, id: RoleId, role: &Role) {
        self.roles.push(id);
        self.permissions.union_with(&role.permissions);
        self.is_unbound |= role.manages == Manages::Any;
        if let Some(from) = role.superuser_from {
            self.superuser_from = Some(self.superuser_from.map_or(from, |known| known.min(from)));
        }
    }

    fn has_all_of(&self, policy: &Policy, id: RoleId, given: &Role, depth: Depth) -> bool {
        let is_superuser_of = |from: Depth| self.superuser_from.is_some_and(|own| own <= from);
        if given
            .superuser_from
            .is_some_and(|from| !is_superuser_of(from))
        {
            return false;
        }
        if is_superuser_of(depth) {
            return true;
        }
        let mut permissions = (0..).zip(policy.permissions()).map(|(id, _)| id);
        let has_permissions = permissions
            .all(|one| !given.permissions.contains(one) || self.permissions.contains(one));
        let mut rules = policy.rules().iter();
        has_permissions
            && rules.all(|rule| {
                let is_given = rule.effect == Effect::Allow
                    && rule.roles.is_some()
                    && rule.holders.contains(id);
                !is_given || rule.holders.contains_one_of(&self.roles)
            })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::decide::{Grant, Principal};

    const POLICY: &str = r#"
        name = "t"
        version = "1"
        scopes = ["state", "team"]
        [roles.ROOT]
        superuser_at = "global"
        [roles.STATE_ROOT]
        superuser_at = "state"
        [roles.ANY]
        manages = "any"
        [roles.BOSS]
        level = 3
        [roles.CLERK]
        level = 2
        [roles.HAND]
        level = 1
        [roles.RULED]
        [permissions]
        "a:one" = ["BOSS", "CLERK"]
        "a:two" = ["BOSS"]
        "a:three" = ["HAND"]
        [resources.doc]
        [resources.doc.fields]
        n = "int"
        [[rules]]
        name = "r"
        effect = "allow"
        resource = "doc"
        actions = ["read"]
        roles = ["RULED"]
        when = "record.n == 1"
    "#;

    fn may(held: &[&str], role: &str, scope: &str) -> bool {
        let policy = crate::policy::toml::parse(POLICY).unwrap();
        let principal = Principal {
            id: "u".to_string(),
            grants: held.iter().map(|text| Grant::parse(text)).collect(),
            ..Principal::default()
        };
        let subject = Subject::compile(&policy, &principal);
        let scope = ScopePath::parse_text(&policy, scope).unwrap();
        may_hand_out(&policy, &subject, policy.role_id(role).unwrap(), &scope)
    }

    #[test]
    fn a_role_is_handed_out_by_who_has_all_of_it_there() {
        assert!(may(&["BOSS"], "CLERK", ""));
        assert!(!may(&["CLERK"], "BOSS", ""));
        assert!(
            !may(&["BOSS"], "HAND", ""),
            "a permission that the boss lacks"
        );
        assert!(may(&["BOSS", "HAND"], "HAND", ""));
        assert!(may(&["BOSS@state:n"], "CLERK", "state:n/team:t"));
        assert!(!may(&["BOSS@state:n"], "CLERK", "state:s/team:t"));
        assert!(!may(&["BOSS@state:n"], "CLERK", ""));
    }

    #[test]
    fn a_superuser_is_made_by_one_who_is_as_wide() {
        assert!(may(&["ROOT"], "ROOT", ""));
        assert!(may(&["ROOT"], "STATE_ROOT", ""));
        assert!(!may(&["STATE_ROOT"], "ROOT", ""));
        assert!(!may(&["BOSS"], "STATE_ROOT", "state:n"));
        assert!(may(&["STATE_ROOT"], "BOSS", "state:n"));
        assert!(!may(&["STATE_ROOT"], "BOSS", ""));
        assert!(may(&["ANY"], "ROOT", ""), "the policy says so");
        assert!(!may(&["ANY@state:n"], "HAND", "state:s"));
    }

    #[test]
    fn what_a_rule_allows_a_role_is_part_of_it() {
        assert!(!may(&["BOSS"], "RULED", ""));
        assert!(may(&["RULED"], "RULED", ""));
        assert!(may(&["ROOT"], "RULED", ""));
    }
}
