//! A principal compiled against a policy: what it reaches, as bit sets by scope.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::slice;

use super::explain::{IgnoredGrant, IgnoredReason};
use super::order::{Buckets, Entry, key};
use super::reach::Standing;
use super::{Code, Grant, Membership, Principal, ScopePath};
use crate::condition::Datum;
use crate::policy::{BitSet, Depth, PermissionId, Policy, Role, RoleId, TierRank};
use crate::time::UnixSecs;

/// A principal ready to be decided on; made once per session or token.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Always a text.
    id: Datum,
    attributes: Vec<Datum>,
    /// What is held everywhere.
    global: Holding,
    /// What is held at other scopes, in their order.
    holdings: Vec<Holding>,
    buckets: Buckets,
    /// The depths of these, one bit each: where nothing is held needs no look.
    depths: u16,
    /// Every permission that a held role or a membership has, wherever held.
    anywhere: BitSet,
    is_superuser_somewhere: bool,
    tier: Option<TierRank>,
    expires: Option<UnixSecs>,
    ignored: Vec<IgnoredGrant>,
}

/// What is held at one scope.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    /// The hash of the scope's own id.
    hash: u64,
    pub(crate) scope: ScopePath,
    pub(crate) roles: Vec<RoleId>,
    /// What these roles carry.
    pub(crate) listed: BitSet,
    /// What being in the tenant that the scope is allows, all of it together.
    pub(crate) tenant: BitSet,
    /// From this depth down everything is allowed.
    pub(crate) superuser_from: Option<Depth>,
    /// What it is in that tenant.
    pub(crate) tenancy: Option<Box<Tenancy>>,
}

/// What a principal is in a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Tenancy {
    pub(crate) is_owner: bool,
    /// Roles made at run time, and what each carries.
    pub(crate) roles: Vec<(String, BitSet)>,
}

/// Numbers of entries from here on are those of memberships; below are those of roles.
const MEMBERSHIPS: u32 = 1 << 16;

impl Subject {
    /// Compiles what is known of a principal.
    ///
    /// A grant or membership that the policy can't make sense of confers nothing and is listed in
    /// [`Self::ignored`]. Of two memberships of the same tenant the first counts.
    #[must_use]
    pub fn compile(policy: &Policy, principal: &Principal) -> Self {
        let attribute = |one: &crate::condition::Attribute| {
            let value = principal.attributes.get(&one.name);
            value.map_or(Datum::Null, |value| Datum::conform(value, one.kind))
        };
        let mut subject = Self {
            id: Datum::Text(principal.id.clone()),
            attributes: policy.auth().iter().map(attribute).collect(),
            global: Holding::new(ScopePath::global()),
            holdings: Vec::new(),
            buckets: Buckets::new(0, core::iter::empty()),
            depths: 0,
            anywhere: BitSet::with_capacity(policy.permissions().len()),
            is_superuser_somewhere: false,
            tier: match &principal.tier {
                Some(name) => policy.tier_rank(name),
                None => Some(policy.default_tier()),
            },
            expires: principal.expires_secs.map(UnixSecs::new),
            ignored: Vec::new(),
        };
        for entry in subject.entries(policy, principal).into_sorted_vec() {
            subject.hold(policy, principal, entry);
        }
        for holding in &subject.holdings {
            subject.depths |= depth_bit(holding.scope.depth());
        }
        let hashes = subject.holdings.iter().map(|holding| holding.hash);
        subject.buckets = Buckets::new(subject.holdings.len(), hashes);
        subject
    }

    /// What the policy makes sense of, for sorting.
    ///
    /// A heap sorts as well as a sort does, in a tenth of the code: pages download this.
    fn entries(&mut self, policy: &Policy, principal: &Principal) -> BinaryHeap<Entry> {
        let mut entries = BinaryHeap::with_capacity(principal.grants.len());
        for grant in &principal.grants {
            match usable(policy, grant) {
                Ok((scope, role)) => entries.push(Entry {
                    scope,
                    number: u32::from(role),
                }),
                Err(reason) => self.ignored.push(IgnoredGrant {
                    grant: grant.to_string(),
                    reason,
                }),
            }
        }
        let Some(tenants) = policy.tenants() else {
            return entries;
        };
        let Some(level) = policy.levels().get(usize::from(tenants.depth)) else {
            return entries;
        };
        for (number, membership) in (MEMBERSHIPS..).zip(&principal.tenants) {
            match ScopePath::at_level(policy, level, &membership.id) {
                Ok(scope) => entries.push(Entry { scope, number }),
                Err(_) => self.ignored.push(IgnoredGrant {
                    grant: [level, ":", &membership.id].concat(),
                    reason: IgnoredReason::MalformedScope,
                }),
            }
        }
        entries
    }

    fn hold(&mut self, policy: &Policy, principal: &Principal, entry: Entry) {
        let Entry { scope, number } = entry;
        let holding = if scope.depth() == 0 {
            &mut self.global
        } else {
            let is_new = self.holdings.last().is_none_or(|last| last.scope != scope);
            if is_new {
                self.holdings.push(Holding::new(scope));
            }
            let Some(last) = self.holdings.last_mut() else {
                return;
            };
            last
        };
        if let Ok(id) = RoleId::try_from(number) {
            let Some(role) = policy.role(id) else { return };
            self.is_superuser_somewhere |= holding.add_role(id, role);
            self.anywhere.union_with(&role.permissions);
            return;
        }
        let index = usize::try_from(number - MEMBERSHIPS).unwrap_or(usize::MAX);
        if let (None, Some(membership)) = (&holding.tenancy, principal.tenants.get(index)) {
            let (bits, tenancy) = tenancy(policy, membership);
            self.anywhere.union_with(&bits);
            holding.tenant = bits;
            holding.tenancy = Some(Box::new(tenancy));
        }
    }

    /// Its id; always a text.
    #[must_use]
    pub const fn id(&self) -> &Datum {
        &self.id
    }

    /// The attributes that the policy declares, each at its number.
    #[must_use]
    pub fn attributes(&self) -> &[Datum] {
        &self.attributes
    }

    /// The rank of its tier; `None` when the policy doesn't know the tier.
    #[must_use]
    #[inline]
    pub const fn tier(&self) -> Option<TierRank> {
        self.tier
    }

    /// From when on everything is denied, where known.
    #[must_use]
    pub const fn expires(&self) -> Option<UnixSecs> {
        self.expires
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

    /// How it stands towards a permission at a scope.
    #[inline]
    pub(crate) fn standing(&self, permission: PermissionId, scope: &ScopePath) -> Standing {
        let mut standing = Standing::default();
        if !self.holds_somewhere(permission) {
            return standing;
        }
        let depth = scope.depth();
        if self.global.add_to(&mut standing, permission, depth) {
            return standing;
        }
        for at in 1..=depth {
            if self.depths & depth_bit(at) == 0 {
                continue;
            }
            let Some((hash, leaf)) = scope.known(at) else {
                continue;
            };
            for holding in self
                .buckets
                .run(&self.holdings, (hash, at, leaf), Holding::key)
            {
                let is_here = holding.hash == hash && holding.scope.is_at(at, leaf, scope);
                if is_here && holding.add_to(&mut standing, permission, depth) {
                    return standing;
                }
            }
        }
        standing
    }

    /// Whether something allows the permission at some scope, known or not.
    #[inline]
    pub(crate) fn holds_somewhere(&self, permission: PermissionId) -> bool {
        self.is_superuser_somewhere || self.anywhere.contains(permission)
    }

    /// Whether one of `roles` is held at the scope or above it.
    pub(crate) fn holds_one_of(&self, roles: &BitSet, scope: &ScopePath) -> bool {
        for holding in self.covering(scope) {
            if roles.contains_one_of(&holding.roles) {
                return true;
            }
        }
        false
    }

    /// Everything that is held, the global scope's first.
    #[cfg(feature = "sql")]
    pub(crate) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        core::iter::once(&self.global).chain(&self.holdings)
    }

    /// What is held at the scope or above it, widest first.
    pub(crate) fn covering<'a>(&'a self, scope: &'a ScopePath) -> Covering<'a> {
        Covering {
            subject: self,
            scope,
            next_depth: 1,
            candidates: slice::from_ref(&self.global).iter(),
        }
    }
}

/// What is held at a scope or above it, widest first.
pub(crate) struct Covering<'a> {
    subject: &'a Subject,
    scope: &'a ScopePath,
    next_depth: Depth,
    candidates: slice::Iter<'a, Holding>,
}

impl<'a> Iterator for Covering<'a> {
    type Item = &'a Holding;

    fn next(&mut self) -> Option<&'a Holding> {
        loop {
            for holding in self.candidates.by_ref() {
                if holding.scope.covers(self.scope) {
                    return Some(holding);
                }
            }
            let at = self.next_depth;
            if at > self.scope.depth() {
                return None;
            }
            self.next_depth += 1;
            if let Some((hash, leaf)) = self.scope.known(at) {
                let (subject, wanted) = (self.subject, (hash, at, leaf));
                let run = subject.buckets.run(&subject.holdings, wanted, Holding::key);
                self.candidates = run.iter();
            }
        }
    }
}

impl Holding {
    fn new(scope: ScopePath) -> Self {
        Self {
            hash: scope.leaf_hash(),
            scope,
            roles: Vec::new(),
            // Without room for anything, so that what isn't there needs no look at it.
            listed: BitSet::default(),
            tenant: BitSet::default(),
            superuser_from: None,
            tenancy: None,
        }
    }

    fn key(&self) -> (u64, Depth, &str) {
        key(&self.scope)
    }

    /// Adds a role and says whether it is a superuser role here.
    fn add_role(&mut self, id: RoleId, role: &Role) -> bool {
        if self.roles.is_empty() {
            self.listed = role.permissions.clone();
        }
        if self.roles.last() != Some(&id) {
            self.roles.push(id);
        }
        self.listed.union_with(&role.permissions);
        // A superuser role is one from its level down, for those who were granted it there or wider.
        let depth = self.scope.depth();
        let from = role.superuser_from.filter(|from| depth <= *from);
        self.superuser_from = match (self.superuser_from, from) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        from.is_some()
    }

    pub(crate) fn is_superuser_at(&self, depth: Depth) -> bool {
        self.superuser_from.is_some_and(|from| depth >= from)
    }

    /// Adds what is held here; true when nothing that is held elsewhere would matter any more.
    #[inline]
    fn add_to(&self, standing: &mut Standing, permission: PermissionId, depth: Depth) -> bool {
        standing.listed |= self.listed.contains(permission);
        standing.superuser |= self.is_superuser_at(depth);
        standing.tenant |= self.tenant.contains(permission);
        standing.listed
    }
}

/// INVARIANT: a policy has at most eight levels.
#[inline]
const fn depth_bit(depth: Depth) -> u16 {
    1 << (depth & 15)
}

/// What a membership allows, and what it is.
fn tenancy(policy: &Policy, membership: &Membership) -> (BitSet, Tenancy) {
    let none = || BitSet::with_capacity(policy.permissions().len());
    let mut bits = none();
    if let Some(tenants) = policy.tenants() {
        bits.union_with(&tenants.member);
        if membership.owner {
            bits.union_with(&tenants.owner);
        }
    }
    let mut roles = Vec::with_capacity(membership.roles.len());
    for role in &membership.roles {
        let mut carried = none();
        for name in &role.permissions {
            if let Some(id) = policy.permission_id(name) {
                carried.insert(id);
            }
        }
        bits.union_with(&carried);
        roles.push((role.name.clone(), carried));
    }
    let is_owner = membership.owner;
    (bits, Tenancy { is_owner, roles })
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
