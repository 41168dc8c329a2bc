//! Sets of changes in their order, as data.

use alloc::collections::BinaryHeap;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::super::Subject;
use super::Change;
use super::formula::{Literal, Term};
use super::missing::{Draft, Numbered, place, text_of};
use crate::policy::{Depth, Policy, RoleId, TierRank};
use crate::time::UnixSecs;

/// A set of changes behind what puts it into its order: how many changes and facts, how wide its
/// grants are, whether one makes a superuser, and the levels of the roles.
type Ranked = (usize, usize, u32, bool, u64, Term);

impl Draft<'_> {
    /// Fewest changes first, then without facts, then the narrowest grants, those of superusers
    /// last, then the lowest roles.
    pub(super) fn in_order(&self, terms: Vec<Term>) -> Vec<Vec<Change>> {
        let mut ranked = BinaryHeap::with_capacity(terms.len());
        for term in terms {
            ranked.push(self.rank(term));
        }
        let mut sets = Vec::with_capacity(ranked.len());
        for one in ranked.into_sorted_vec() {
            sets.push(self.told(&one.5));
        }
        sets
    }

    fn rank(&self, term: Term) -> Ranked {
        let mut facts = 0;
        let (mut width, mut is_superuser, mut levels) = (0, false, 0);
        for literal in &term {
            match *literal {
                Literal::Fact(..) => facts += 1,
                Literal::Made(number) => {
                    if let Some(Numbered::Grant(role, at)) = self.changes.get(place(number))
                        && let Some(role) = self.asked.policy.role(*role)
                        && let Some(at) = self.places.get(*at)
                    {
                        width += u32::from(Depth::MAX - at.depth());
                        is_superuser |= role.superuser_from.is_some();
                        levels += u64::from(role.level);
                    }
                }
                _ => (),
            }
        }
        (term.len(), facts, width, is_superuser, levels, term)
    }

    /// Grants and tenants first, then renewal, the tier, and facts.
    fn told(&self, term: &Term) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::with_capacity(term.len());
        let mut renew = None;
        let mut tier = None;
        let mut facts = Vec::new();
        for literal in term {
            match *literal {
                Literal::Made(number) => match self.changes.get(place(number)) {
                    Some(Numbered::Grant(role, at)) => changes.extend(self.grant(*role, *at)),
                    Some(Numbered::Tenant(part)) => changes.push(Change::Tenant {
                        tenant: self.tenant().unwrap_or_default().to_string(),
                        part: *part,
                    }),
                    Some(Numbered::Renew) => renew = Some(Change::Renew),
                    None => (),
                },
                Literal::AtLeast(rank) => tier = tier.max(Some(rank)),
                Literal::Fact(number, value) => facts.extend(self.fact(number, value)),
                Literal::Left(_) | Literal::Below(_) => (),
            }
        }
        changes.extend(renew);
        changes.extend(tier.and_then(|rank| tier_change(self.asked.policy, rank)));
        changes.extend(facts);
        changes
    }

    fn grant(&self, role: RoleId, at: usize) -> Option<Change> {
        Some(Change::Grant {
            role: self.asked.policy.role(role)?.name.clone(),
            scope: self.places.get(at)?.to_text(self.asked.policy),
        })
    }

    fn fact(&self, number: u32, value: bool) -> Option<Change> {
        let (test, _) = self.facts.get(place(number))?;
        Some(Change::Fact {
            fact: text_of(test, self.asked),
            value,
        })
    }
}

/// The one set of changes for an app or a tier.
pub(super) fn tier_set(
    policy: &Policy,
    subject: &Subject,
    required: TierRank,
    now: UnixSecs,
) -> Vec<Change> {
    let mut set = Vec::new();
    if subject.is_expired(now) {
        set.push(Change::Renew);
    }
    if subject.tier().is_none_or(|rank| rank < required) {
        set.extend(tier_change(policy, required));
    }
    set
}

fn tier_change(policy: &Policy, rank: TierRank) -> Option<Change> {
    let tier = policy.tiers().get(usize::from(rank))?;
    Some(Change::Tier {
        tier: tier.name.clone(),
    })
}
