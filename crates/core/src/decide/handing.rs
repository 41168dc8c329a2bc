//! Which roles a subject may hand to others.

use alloc::vec::Vec;

use super::{ScopePath, Subject};
use crate::policy::{BitSet, Depth, Effect, Manages, PermissionId, Policy, Role, RoleId};

/// Something that a role gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'p> {
    /// A permission that it carries.
    Permission(&'p str),
    /// What a rule of this name allows it.
    Rule(&'p str),
    /// Being a superuser, as widely as it is.
    Superuser,
}

/// The first of what a role gives at a scope that isn't the subject's own there; `None` when it has all of
/// it. Then handing the role out, or getting into an account that has it, makes nobody mightier
/// (LANGUAGE.md section 6 says whom it may do that to).
///
/// What a role gives are its permissions, being a superuser, and what rules allow it by name;
/// conditions, tiers and rules that deny hold for whoever gets the role as for the giver. A role that
/// `manages = "any"` at the scope may hand out everything: the policy says so.
#[must_use]
pub fn lacks_of<'p>(
    policy: &'p Policy,
    subject: &Subject,
    role: RoleId,
    scope: &ScopePath,
) -> Option<Given<'p>> {
    let held = Held::at(policy, subject, scope);
    if held.is_unbound {
        return None;
    }
    match policy.role(role) {
        Some(given) => held.lacks_of(policy, role, given, scope.depth()),
        // Of another policy: nobody knows what it gives.
        None => Some(Given::Superuser),
    }
}

/// Whether a role gives a permission at a scope where the subject doesn't hold it, or holds it by a lower
/// tier than it takes: as [`lacks_of`], for this permission alone.
#[must_use]
pub fn lacks_permission(
    policy: &Policy,
    subject: &Subject,
    role: RoleId,
    scope: &ScopePath,
    permission: PermissionId,
) -> bool {
    let held = Held::at(policy, subject, scope);
    let (Some(given), Some(asked)) = (policy.role(role), policy.permission(permission)) else {
        return true;
    };
    let rules = || asked.allow_rules.iter().filter_map(|id| policy.rule(*id));
    let mut by_name = rules().filter(|rule| rule.roles.is_some() && rule.holders.contains(role));
    let is_listed = given.superuser_from.is_some() || given.permissions.contains(permission);
    if held.is_unbound || !(is_listed || by_name.clone().next().is_some()) {
        return false;
    }
    let is_superuser = held
        .superuser_from
        .is_some_and(|from| from <= scope.depth());
    let holds = is_superuser
        || held.permissions.contains(permission)
        || !is_listed && by_name.all(|rule| rule.holders.contains_one_of(&held.roles));
    let tier = asked.tier.unwrap_or_default();
    !holds || subject.tier().is_none_or(|own| own < tier)
}

/// Whether the subject has a role at the scope or above it that `manages = "any"`: then what it hands out
/// isn't bound by what it has itself.
#[must_use]
pub fn is_unbound(policy: &Policy, subject: &Subject, scope: &ScopePath) -> bool {
    Held::at(policy, subject, scope).is_unbound
}

/// What a subject holds at a scope or above it.
struct Held {
    roles: Vec<RoleId>,
    permissions: BitSet,
    superuser_from: Option<Depth>,
    is_unbound: bool,
}

impl Held {
    fn at(policy: &Policy, subject: &Subject, scope: &ScopePath) -> Self {
        let mut held = Self {
            roles: Vec::new(),
            permissions: BitSet::with_capacity(policy.permissions().len()),
            superuser_from: None,
            is_unbound: false,
        };
        for holding in subject.covering(scope) {
            for id in &holding.roles {
                if let Some(role) = policy.role(*id) {
                    held.add(*id, role);
                }
            }
        }
        held
    }

    fn add(&mut self, id: RoleId, role: &Role) {
        self.roles.push(id);
        self.permissions.union_with(&role.permissions);
        self.is_unbound |= role.manages == Manages::Any;
        if let Some(from) = role.superuser_from {
            self.superuser_from = Some(self.superuser_from.map_or(from, |known| known.min(from)));
        }
    }

    fn lacks_of<'p>(
        &self,
        policy: &'p Policy,
        id: RoleId,
        given: &Role,
        depth: Depth,
    ) -> Option<Given<'p>> {
        let is_superuser_of = |from: Depth| self.superuser_from.is_some_and(|own| own <= from);
        if given
            .superuser_from
            .is_some_and(|from| !is_superuser_of(from))
        {
            return Some(Given::Superuser);
        }
        if is_superuser_of(depth) {
            return None;
        }
        let permissions = (0..).zip(policy.permissions());
        let mut lacking = permissions
            .filter(|(one, _)| given.permissions.contains(*one) && !self.permissions.contains(*one))
            .map(|(_, permission)| Given::Permission(&permission.name));
        let rules = policy.rules().iter().filter(|rule| {
            rule.effect == Effect::Allow
                && rule.roles.is_some()
                && rule.holders.contains(id)
                && !rule.holders.contains_one_of(&self.roles)
        });
        lacking
            .next()
            .or_else(|| rules.map(|rule| Given::Rule(&rule.name)).next())
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
        lacks_of(&policy, &subject, policy.role_id(role).unwrap(), &scope).is_none()
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
    fn what_is_missing_is_named() {
        let lacks = |held: &[&str], role: &str| {
            let policy = crate::policy::toml::parse(POLICY).unwrap();
            let subject = Subject::compile(
                &policy,
                &Principal {
                    id: "u".to_string(),
                    grants: held.iter().map(|text| Grant::parse(text)).collect(),
                    ..Principal::default()
                },
            );
            let scope = ScopePath::parse_text(&policy, "").unwrap();
            let role = policy.role_id(role).unwrap();
            let unbound = is_unbound(&policy, &subject, &scope);
            let given = lacks_of(&policy, &subject, role, &scope);
            (given.map(|given| alloc::format!("{given:?}")), unbound)
        };
        let named = |text: &str| (Some(text.to_string()), false);
        assert_eq!(lacks(&["CLERK"], "BOSS"), named("Permission(\"a:two\")"));
        assert_eq!(lacks(&["BOSS"], "RULED"), named("Rule(\"r\")"));
        assert_eq!(lacks(&["BOSS"], "STATE_ROOT"), named("Superuser"));
        assert_eq!(lacks(&["BOSS"], "CLERK"), (None, false));
        assert_eq!(lacks(&["ANY"], "ROOT"), (None, true));
        assert_eq!(
            lacks(&["ANY@state:n"], "HAND"),
            named("Permission(\"a:three\")")
        );
    }

    #[test]
    fn of_one_permission_only_that_is_asked() {
        let lacks = |held: &[&str], role: &str, permission: &str| {
            let policy = crate::policy::toml::parse(POLICY).unwrap();
            let principal = Principal {
                id: "u".to_string(),
                grants: held.iter().map(|text| Grant::parse(text)).collect(),
                ..Principal::default()
            };
            let subject = Subject::compile(&policy, &principal);
            let scope = ScopePath::parse_text(&policy, "").unwrap();
            let role = policy.role_id(role).unwrap();
            let permission = policy.permission_id(permission).unwrap();
            lacks_permission(&policy, &subject, role, &scope, permission)
        };
        assert!(!lacks(&["CLERK"], "BOSS", "a:one"), "both have it");
        assert!(lacks(&["CLERK"], "BOSS", "a:two"));
        assert!(!lacks(&["CLERK"], "BOSS", "a:three"), "nobody gets it");
        assert!(lacks(&["CLERK@state:n"], "BOSS", "a:one"), "elsewhere");
        assert!(lacks(&["CLERK"], "ROOT", "a:two"), "a superuser has it");
        assert!(!lacks(&["CLERK"], "ROOT", "a:one"));
        assert!(!lacks(&["ROOT"], "BOSS", "a:two"));
        assert!(!lacks(&["ANY"], "ROOT", "a:three"), "the policy says so");
        assert!(lacks(&["BOSS"], "RULED", "doc:read"));
        assert!(!lacks(&["RULED"], "RULED", "doc:read"));
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
