//! What a policy gives to whom, without a principal: closures over inheritance and scope levels.

use std::collections::BTreeSet;

use portcullis_core::policy::{Depth, PermissionId, Policy, Role, RoleId, Rule, RuleId};

/// A policy with what its roles come to, inheritance included.
#[derive(Debug)]
pub(crate) struct Model<'p> {
    pub(crate) policy: &'p Policy,
    members: Vec<Member>,
}

#[derive(Debug, Default)]
struct Member {
    /// The role itself and all that it inherits from, directly or not.
    roles: BTreeSet<RoleId>,
    permissions: BTreeSet<PermissionId>,
    superuser_from: Option<Depth>,
}

impl<'p> Model<'p> {
    pub(crate) fn new(policy: &'p Policy) -> Self {
        let mut members: Vec<Member> = ids(policy.roles())
            .map(|id| Member {
                roles: inherited(policy, id),
                permissions: BTreeSet::new(),
                superuser_from: superuser_from(policy, id),
            })
            .collect();
        for (permission, listed) in (0..).zip(policy.permissions()) {
            for member in &mut members {
                if listed.roles.iter().any(|role| member.roles.contains(role)) {
                    member.permissions.insert(permission);
                }
            }
        }
        Self { policy, members }
    }

    /// All roles, each with its number.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (RoleId, &'p Role)> + use<'p> {
        (0..).zip(self.policy.roles())
    }

    /// All rules, each with its number.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (RuleId, &'p Rule)> + use<'p> {
        (0..).zip(self.policy.rules())
    }

    /// The permissions that list a role, or one that it inherits from.
    pub(crate) fn permissions(&self, role: RoleId) -> &BTreeSet<PermissionId> {
        static NONE: BTreeSet<PermissionId> = BTreeSet::new();
        self.member(role)
            .map_or(&NONE, |member| &member.permissions)
    }

    /// Whether the role is `other`, or inherits from it.
    pub(crate) fn includes(&self, role: RoleId, other: RoleId) -> bool {
        self.member(role)
            .is_some_and(|member| member.roles.contains(&other))
    }

    /// From which depth down the role may do everything, when it is granted at `granted`.
    pub(crate) fn superuser_from(&self, role: RoleId, granted: Depth) -> Option<Depth> {
        self.member(role)?
            .superuser_from
            .filter(|from| granted <= *from)
    }

    /// Whether a rule is for holders of this role; a rule without `roles` is for everyone.
    pub(crate) fn rule_is_for(&self, rule: &Rule, holder: RoleId) -> bool {
        rule.roles
            .as_ref()
            .is_none_or(|roles| roles.iter().any(|named| self.includes(holder, *named)))
    }

    /// The depths at which a role may be granted, widest first.
    pub(crate) fn grant_depths(&self, role: &'p Role) -> impl Iterator<Item = Depth> + use<'p> {
        depths(self.policy).filter(|depth| role.may_be_granted_at(*depth))
    }

    /// Everything that a holder granted the role at `granted` may do at the narrower `asked` by role
    /// alone; rules not counted.
    pub(crate) fn may_do(
        &self,
        role: RoleId,
        granted: Depth,
        asked: Depth,
    ) -> BTreeSet<PermissionId> {
        let superuser = self.superuser_from(role, granted);
        if superuser.is_some_and(|from| asked >= from) {
            return ids(self.policy.permissions()).collect();
        }
        self.permissions(role).clone()
    }

    pub(crate) fn level_name(&self, depth: Depth) -> &'p str {
        let levels = self.policy.levels();
        levels.get(usize::from(depth)).map_or("", String::as_str)
    }

    pub(crate) fn role_name(&self, id: RoleId) -> &'p str {
        self.policy.role(id).map_or("", |role| role.name.as_str())
    }

    pub(crate) fn permission_name(&self, id: PermissionId) -> &'p str {
        self.policy
            .permission(id)
            .map_or("", |permission| permission.name.as_str())
    }

    fn member(&self, role: RoleId) -> Option<&Member> {
        self.members.get(usize::from(role))
    }
}

/// The depths of all levels, `global` first.
pub(crate) fn depths(policy: &Policy) -> impl Iterator<Item = Depth> + use<> {
    0..Depth::try_from(policy.levels().len()).unwrap_or(Depth::MAX)
}

fn ids<T>(items: &[T]) -> impl Iterator<Item = u16> + use<T> {
    0..u16::try_from(items.len()).unwrap_or(u16::MAX)
}

/// A role and all that it inherits from, directly or not.
pub(crate) fn inherited(policy: &Policy, id: RoleId) -> BTreeSet<RoleId> {
    let mut found = BTreeSet::new();
    let mut next = vec![id];
    while let Some(id) = next.pop() {
        if found.insert(id) {
            next.extend(policy.role(id).iter().flat_map(|role| &role.inherits));
        }
    }
    found
}

fn superuser_from(policy: &Policy, id: RoleId) -> Option<Depth> {
    let role = policy.document().roles.get(usize::from(id))?;
    policy.depth(role.superuser_at.as_deref()?)
}
