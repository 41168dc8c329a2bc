//! How a subject stands towards what is asked, and all of that at one scope at once.

use alloc::vec::Vec;

use super::verdict::{Asked, Spot};
use super::{Code, ScopePath, Subject};
use crate::condition::{Test, Truth};
use crate::policy::{BitSet, Effect, PermissionId, Policy, RoleId, Rule};
use crate::time::UnixSecs;

/// How a subject stands towards a permission at a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// A role that carries it is granted there or above.
    pub(crate) listed: bool,
    /// A superuser role is.
    pub(crate) superuser: bool,
    /// Being in a tenant allows it.
    pub(crate) tenant: bool,
}

impl Standing {
    /// The allow that it comes to.
    #[inline]
    pub(crate) const fn code(self) -> Option<Code> {
        if self.listed {
            Some(Code::RoleGranted)
        } else if self.superuser {
            Some(Code::Superuser)
        } else if self.tenant {
            Some(Code::TenantGranted)
        } else {
            None
        }
    }
}

/// Everything a subject may do at one scope.
#[derive(Debug, Clone)]
pub struct Reach {
    listed: BitSet,
    tenant: BitSet,
    superuser: bool,
    /// Held there or above, some of them perhaps several times.
    roles: Vec<RoleId>,
}

impl Reach {
    #[inline]
    pub(crate) fn standing(&self, permission: PermissionId) -> Standing {
        Standing {
            listed: self.listed.contains(permission),
            superuser: self.superuser,
            tenant: self.tenant.contains(permission),
        }
    }

    pub(crate) fn holds_one_of(&self, roles: &BitSet) -> bool {
        roles.contains_one_of(&self.roles)
    }

    /// The verdict on a request that names this permission and this scope and nothing else, for a
    /// principal that hasn't expired.
    ///
    /// `None` when a rule has a say whose condition has to be looked at: then it depends on the
    /// record, the request or the time.
    #[must_use]
    pub fn code(
        &self,
        policy: &Policy,
        subject: &Subject,
        permission: PermissionId,
    ) -> Option<Code> {
        let asked = Asked::within(policy, subject, permission, self, UnixSecs::new(0))?;
        // Rules that deny come before everything but the expiry; rules that allow, after roles.
        for (_, rule) in asked.denying() {
            if rule.fields.is_none() {
                return constant(rule);
            }
        }
        if asked.tier_denial().is_none()
            && asked.standing().code().is_none()
            && let Some((_, first)) = asked.allowing().next()
        {
            return constant(first);
        }
        Some(asked.code_while_fresh())
    }
}

/// What the first rule that applies comes to when its condition is always true.
fn constant(rule: &Rule) -> Option<Code> {
    match (&rule.when, rule.effect) {
        (Test::Constant(Truth::True), Effect::Deny) => Some(Code::DeniedByRule),
        (Test::Constant(Truth::True), Effect::Allow) => Some(Code::RuleAllowed),
        _ => None,
    }
}

impl Subject {
    /// Everything it may do at a scope, for asking many times.
    #[must_use]
    pub fn reach(&self, policy: &Policy, scope: &ScopePath) -> Reach {
        let none = || BitSet::with_capacity(policy.permissions().len());
        let mut reach = Reach {
            listed: none(),
            tenant: none(),
            superuser: false,
            roles: Vec::new(),
        };
        for holding in self.covering(scope) {
            reach.listed.union_with(&holding.listed);
            reach.superuser |= holding.is_superuser_at(scope.depth());
            reach.tenant.union_with(&holding.tenant);
            reach.roles.extend_from_slice(&holding.roles);
        }
        reach
    }
}

impl Spot<'_> {
    #[inline]
    pub(crate) fn standing(self, subject: &Subject, permission: PermissionId) -> Standing {
        match self {
            Spot::Path(scope) => subject.standing(permission, scope),
            Spot::Reach(reach) => reach.standing(permission),
        }
    }

    pub(crate) fn holds_one_of(self, subject: &Subject, roles: &BitSet) -> bool {
        match self {
            Spot::Path(scope) => subject.holds_one_of(roles, scope),
            Spot::Reach(reach) => reach.holds_one_of(roles),
        }
    }
}
