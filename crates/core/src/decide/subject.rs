//! A principal compiled against a policy: what it reaches, as bit sets by scope.

use alloc::collections::BinaryHeap;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::explain::{IgnoredGrant, IgnoredReason};
use super::{Code, Grant, Principal, ScopePath, Standing};
use crate::policy::{BitSet, Depth, PermissionId, Policy, RoleId, TierRank};
use crate::time::UnixSecs;

/// A principal ready to be decided on; made once per session or token.
#[derive(Debug, Clone)]
pub struct Subject {
    /// By depth, each sorted by its leaf.
    by_depth: Vec<Vec<Holding>>,
    /// Every permission that some held role lists, wherever held.
    anywhere: BitSet,
    is_superuser_somewhere: bool,
    tier: Option<TierRank>,
    expires: Option<UnixSecs>,
    ignored: Vec<IgnoredGrant>,
}

/// A role at a scope, in the order of holdings.
#[derive(PartialEq, Eq)]
struct Held {
    scope: ScopePath,
    role: RoleId,
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        key(&self.scope)
            .cmp(&key(&other.scope))
            .then_with(|| self.scope.cmp(&other.scope))
            .then_with(|| self.role.cmp(&other.role))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What is held at one scope.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) scope: ScopePath,
    pub(crate) roles: Vec<RoleId>,
    listed: BitSet,
    superuser_from: Option<Depth>,
}

impl Holding {
    fn new(scope: ScopePath, permissions: usize) -> Self {
        Self {
            scope,
            roles: Vec::new(),
            listed: BitSet::with_capacity(permissions),
            superuser_from: None,
        }
    }

    fn covers(&self, scope: &ScopePath) -> bool {
        let depth = self.scope.depth();
        (depth == 0 || scope.id_at(depth) == Some(self.scope.leaf()))
            && self.scope.agrees_above(scope, depth)
    }

    fn is_superuser_at(&self, depth: Depth) -> bool {
        self.superuser_from.is_some_and(|from| depth >= from)
    }
}

/// Everything a subject may do at one scope.
#[derive(Debug, Clone)]
pub struct Reach {
    listed: BitSet,
    superuser: bool,
}

impl Reach {
    #[inline]
    pub(crate) fn standing(&self, permission: PermissionId) -> Standing {
        Standing {
            listed: self.listed.contains(permission),
            superuser: self.superuser,
        }
    }
}

impl Subject {
    /// Compiles what is known of a principal.
    ///
    /// A grant that the policy can't make sense of confers nothing and is listed in
    /// [`Self::ignored`].
    #[must_use]
    pub fn compile(policy: &Policy, principal: &Principal) -> Self {
        let mut subject = Self {
            by_depth: Vec::new(),
            anywhere: BitSet::with_capacity(policy.permissions().len()),
            is_superuser_somewhere: false,
            tier: match &principal.tier {
                Some(name) => policy.tier_rank(name),
                None => Some(policy.default_tier()),
            },
            expires: principal.expires_secs.map(UnixSecs::new),
            ignored: Vec::new(),
        };
        // A heap sorts as well as a sort does, in a tenth of the code: pages download this.
        let mut parsed = BinaryHeap::with_capacity(principal.grants.len());
        for grant in &principal.grants {
            match usable(policy, grant) {
                Ok((scope, role)) => parsed.push(Held { scope, role }),
                Err(reason) => subject.ignored.push(IgnoredGrant {
                    grant: grant.to_string(),
                    reason,
                }),
            }
        }
        for held in parsed.into_sorted_vec() {
            subject.hold(policy, held.scope, held.role);
        }
        subject
    }

    fn hold(&mut self, policy: &Policy, scope: ScopePath, id: RoleId) {
        let Some(role) = policy.role(id) else { return };
        let depth = scope.depth();
        self.anywhere.union_with(&role.permissions);
        // A superuser role is one from its level down, for those who were granted it there or wider.
        let superuser_from = role.superuser_from.filter(|from| depth <= *from);
        self.is_superuser_somewhere |= superuser_from.is_some();
        let level = usize::from(depth);
        if self.by_depth.len() <= level {
            self.by_depth.resize_with(level + 1, Vec::new);
        }
        let Some(holdings) = self.by_depth.get_mut(level) else {
            return;
        };
        if holdings.last().is_none_or(|last| last.scope != scope) {
            holdings.push(Holding::new(scope, policy.permissions().len()));
        }
        if let Some(holding) = holdings.last_mut() {
            holding.roles.push(id);
            holding.listed.union_with(&role.permissions);
            holding.superuser_from = match (holding.superuser_from, superuser_from) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }

    /// The rank of its tier; `None` when the policy doesn't know the tier.
    #[must_use]
    pub const fn tier(&self) -> Option<TierRank> {
        self.tier
    }

    /// Whether what is known of it has expired: at that second it has.
    #[must_use]
    #[inline]
    pub fn is_expired(&self, now: UnixSecs) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }

    /// Grants that confer nothing, and why.
    #[must_use]
    pub fn ignored(&self) -> &[IgnoredGrant] {
        &self.ignored
    }

    /// Everything it may do at a scope, for asking many times.
    #[must_use]
    pub fn reach(&self, policy: &Policy, scope: &ScopePath) -> Reach {
        let mut reach = Reach {
            listed: BitSet::with_capacity(policy.permissions().len()),
            superuser: false,
        };
        for holding in self.covering(scope) {
            reach.listed.union_with(&holding.listed);
            reach.superuser |= holding.is_superuser_at(scope.depth());
        }
        reach
    }

    pub(crate) fn standing(&self, permission: PermissionId, scope: &ScopePath) -> Standing {
        let mut standing = Standing {
            listed: false,
            superuser: false,
        };
        for holding in self.covering(scope) {
            standing.listed |= holding.listed.contains(permission);
            standing.superuser |= holding.is_superuser_at(scope.depth());
        }
        standing
    }

    /// Whether some role would allow it at another scope than the one asked about.
    pub(crate) fn holds_elsewhere(&self, permission: PermissionId) -> bool {
        self.is_superuser_somewhere || self.anywhere.contains(permission)
    }

    /// What is held at the scope or above it, widest first.
    pub(crate) fn covering<'a>(
        &'a self,
        scope: &'a ScopePath,
    ) -> impl Iterator<Item = &'a Holding> {
        self.by_depth
            .iter()
            .zip(0..=scope.depth())
            .filter_map(move |(holdings, depth)| {
                let leaf = match depth {
                    0 => "",
                    _ => scope.id_at(depth)?,
                };
                Some((holdings, leaf))
            })
            .flat_map(|(holdings, leaf)| {
                let start = holdings.partition_point(|holding| holding.scope.leaf() < leaf);
                holdings
                    .iter()
                    .skip(start)
                    .take_while(move |holding| holding.scope.leaf() == leaf)
            })
            .filter(move |holding| holding.covers(scope))
    }
}

fn key(scope: &ScopePath) -> (Depth, &str) {
    (scope.depth(), scope.leaf())
}

fn usable(policy: &Policy, grant: &Grant) -> Result<(ScopePath, RoleId), IgnoredReason> {
    let id = policy
        .role_id(&grant.role)
        .ok_or(IgnoredReason::UnknownRole)?;
    let scope = ScopePath::parse(policy, &grant.scope).map_err(|code| match code {
        Code::UnknownScopeLevel => IgnoredReason::UnknownScopeLevel,
        _ => IgnoredReason::MalformedScope,
    })?;
    policy
        .role(id)
        .filter(|role| role.may_be_granted_at(scope.depth()))
        .map(|_| (scope, id))
        .ok_or(IgnoredReason::NotGrantableHere)
}
