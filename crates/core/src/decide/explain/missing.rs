//! What would have to change for a denial to become an allow; LANGUAGE.md section 7.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::ScopePath;
use super::super::verdict::{Asked, manages};
use super::formula::{Expansion, Formula, Literal, Term};
use super::spare::without_spare;
use super::{Change, TenantPart};
use crate::condition::{Test, Truth, Vocabulary};
use crate::policy::{Depth, Role, RoleId, Rule, RuleId, TierRank};

/// Sets of changes, and whether there are no others.
pub(super) struct Missing {
    pub(super) sets: Vec<Vec<Change>>,
    pub(super) is_complete: bool,
}

/// A change with a number.
#[derive(Clone, Copy)]
pub(super) enum Numbered {
    Renew,
    /// A role at the place with this number.
    Grant(RoleId, usize),
    Tenant(TenantPart),
}

/// What would have to hold, on its way to a formula.
pub(super) struct Draft<'a> {
    pub(super) asked: &'a Asked<'a>,
    scope: &'a ScopePath,
    /// Scopes at which a grant could help.
    pub(super) places: Vec<ScopePath>,
    pub(super) changes: Vec<Numbered>,
    /// The numbers of grants, by place and role; empty until one has a number.
    grants: Vec<Option<u32>>,
    /// Comparisons, and how they come out now.
    pub(super) facts: Vec<(&'a Test, Truth)>,
}

/// The smallest sets of changes after which the request would be allowed.
///
/// Without rules and without an account that it is about, roles and tenants are alternatives beside
/// a fixed rest, and there is nothing to expand.
pub(super) fn missing(asked: &Asked<'_>, scope: &ScopePath) -> Missing {
    let permission = asked.permission;
    let mut draft = Draft {
        asked,
        scope,
        places: Vec::new(),
        changes: Vec::new(),
        grants: Vec::new(),
        facts: Vec::new(),
    };
    draft.find_places();
    let is_plain = permission.deny_rules.is_empty()
        && permission.allow_rules.is_empty()
        && asked.target.is_empty();
    let (terms, is_complete) = if is_plain {
        (draft.plain_terms(), true)
    } else {
        draft.ruled_terms()
    };
    Missing {
        sets: draft.in_order(terms),
        is_complete: is_complete && !asked.policy.document().reduced,
    }
}

impl<'a> Draft<'a> {
    fn find_places(&mut self) {
        self.find_places_above(self.scope);
        for (_, scope) in self.asked.target.iter().flatten() {
            self.find_places_above(scope);
        }
    }

    fn find_places_above(&mut self, scope: &ScopePath) {
        for depth in 0..=scope.depth() {
            if let Some(place) = scope.ancestor(depth)
                && place.is_writable()
                && !self.places.contains(&place)
            {
                self.places.push(place);
            }
        }
    }

    fn plain_terms(&mut self) -> Vec<Term> {
        let mut beside = Term::new();
        for part in [self.renewal(), self.tier_of_permission()] {
            if let Formula::Is(literal) = part {
                beside.push(literal);
            }
        }
        let alternatives = match self.base() {
            Formula::Always => return alloc::vec![beside],
            Formula::Any(parts) => parts,
            _ => return Vec::new(),
        };
        let mut terms = Vec::new();
        for part in alternatives {
            if let Formula::Is(literal) = part {
                let mut term = alloc::vec![literal];
                term.extend_from_slice(&beside);
                term.sort_unstable();
                terms.push(term);
            }
        }
        terms
    }

    fn ruled_terms(&mut self) -> (Vec<Term>, bool) {
        let asked = self.asked;
        let mut parts = alloc::vec![self.renewal(), self.tier_of_permission(), self.allowed()];
        for (index, grant) in asked.target.iter().enumerate() {
            if asked.target.iter().take(index).any(|one| one == grant) {
                continue;
            }
            parts.push(match grant {
                None => Formula::Never,
                Some((role, scope)) => self.managed(*role, scope),
            });
        }
        // From here on, changes that somebody asked for have numbers; others are never made.
        let asked_for = alloc::vec![true; self.changes.len()];
        for rule in self.rules(&asked.permission.deny_rules) {
            let names = |fields: &Vec<_>| asked.fields.iter().any(|field| fields.contains(field));
            if rule.fields.as_ref().is_none_or(names) {
                parts.push(self.spared(rule));
            }
        }
        let mut expansion = Expansion::new();
        expansion.asked_for = asked_for;
        let formula = Formula::All(parts);
        let mut terms = expansion.terms(&formula);
        for term in &mut terms {
            term.retain(|literal| self.is_change(*literal));
        }
        if !expansion.is_complete {
            terms = without_spare(&formula, terms, &|literal| !self.is_change(literal));
        }
        (minimal(terms), expansion.is_complete)
    }

    fn rules(&self, ids: &'a [RuleId]) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let policy = self.asked.policy;
        ids.iter().filter_map(move |id| policy.rule(*id))
    }

    /// Something allows, and every field that is asked for.
    fn allowed(&mut self) -> Formula {
        let base = self.base();
        if base == Formula::Always {
            return base;
        }
        let asked = self.asked;
        let rules: Vec<&Rule> = self.rules(&asked.permission.allow_rules).collect();
        let by_rules = if asked.fields.is_empty() {
            self.one_of(&rules)
        } else {
            let mut every = Vec::new();
            for field in asked.fields {
                let mut naming = Vec::new();
                for rule in &rules {
                    if rule.fields.as_ref().is_none_or(|list| list.contains(field)) {
                        naming.push(*rule);
                    }
                }
                every.push(self.one_of(&naming));
            }
            Formula::All(every)
        };
        Formula::Any(alloc::vec![base, by_rules])
    }

    fn one_of(&mut self, rules: &[&'a Rule]) -> Formula {
        let mut any = Vec::new();
        for rule in rules {
            let holds = self.holds_role_of(rule);
            let tier = rule.tier.map_or(Formula::Always, |rank| self.tier(rank));
            let when = self.comes_out(&rule.when, true);
            any.push(Formula::All(alloc::vec![holds, tier, when]));
        }
        Formula::Any(any)
    }

    /// A rule that denies doesn't: it isn't about the principal, or its condition is false.
    fn spared(&mut self, rule: &'a Rule) -> Formula {
        let unheld = self.holds_role_of(rule).unmade();
        let tier = match (rule.tier, self.asked.subject.tier()) {
            (None, _) => Formula::Never,
            (Some(least), Some(rank)) if rank >= least => Formula::Never,
            (Some(least), Some(_)) => Formula::Is(Literal::Below(least)),
            // A tier that nobody knows escapes no rule that denies; one that is known may.
            (Some(least), None) => Formula::All(alloc::vec![
                Formula::Is(Literal::AtLeast(0)),
                Formula::Is(Literal::Below(least)),
            ]),
        };
        let when = self.comes_out(&rule.when, false);
        Formula::Any(alloc::vec![unheld, tier, when])
    }

    fn holds_role_of(&mut self, rule: &Rule) -> Formula {
        if rule.roles.is_none() {
            return Formula::Always;
        }
        self.held(self.scope, &|id, _: &Role, _| rule.holders.contains(id))
    }

    fn managed(&mut self, role: RoleId, scope: &ScopePath) -> Formula {
        let Some(managed) = self.asked.policy.role(role) else {
            return Formula::Never;
        };
        self.held(scope, &|_, held: &Role, _| manages(held, managed))
    }

    /// A role that carries the permission, or a tenant that has it.
    fn base(&mut self) -> Formula {
        if self.asked.standing().code().is_some() {
            return Formula::Always;
        }
        let (id, asked_at) = (self.asked.id, self.scope.depth());
        let held = self.held(self.scope, &|_, role: &Role, at| {
            role.permissions.contains(id) || is_superuser(role, at, asked_at)
        });
        let mut any = match held {
            Formula::Any(parts) => parts,
            other => alloc::vec![other],
        };
        if let Some(tenants) = self.asked.policy.tenants()
            && self.tenant().is_some()
        {
            let parts = [
                (tenants.owner.contains(id), TenantPart::Owner),
                (tenants.member.contains(id), TenantPart::Member),
                (true, TenantPart::Role),
            ];
            for (_, part) in parts.into_iter().filter(|(helps, _)| *helps) {
                any.push(self.made(Numbered::Tenant(part)));
            }
        }
        Formula::Any(any)
    }

    /// The id of the tenant that the request is in.
    pub(super) fn tenant(&self) -> Option<&'a str> {
        let tenants = self.asked.policy.tenants()?;
        self.scope.id_at(tenants.depth)
    }

    /// A role that fits is held covering a scope; `fits` is told the depth of the grant.
    fn held(&mut self, scope: &ScopePath, fits: &dyn Fn(RoleId, &Role, Depth) -> bool) -> Formula {
        let policy = self.asked.policy;
        for holding in self.asked.subject.covering(scope) {
            let at = holding.scope.depth();
            for id in &holding.roles {
                let role = policy.role(*id);
                if role.is_some_and(|role| fits(*id, role, at)) {
                    return Formula::Always;
                }
            }
        }
        let mut any = Vec::new();
        for index in 0..self.places.len() {
            let place = self.places.get(index).filter(|place| place.covers(scope));
            let Some(at) = place.map(ScopePath::depth) else {
                continue;
            };
            for (id, role) in (0..).zip(policy.roles()) {
                if role.may_be_granted_at(at) && fits(id, role, at) {
                    any.push(self.granted(id, index));
                }
            }
        }
        Formula::Any(any)
    }

    /// A grant has one number, whatever it is asked for.
    fn granted(&mut self, role: RoleId, place: usize) -> Formula {
        let roles = self.asked.policy.roles().len();
        self.grants.resize(roles * self.places.len(), None);
        let index = place * roles + usize::from(role);
        if let Some(Some(number)) = self.grants.get(index) {
            return Formula::Is(Literal::Made(*number));
        }
        let number = u32::try_from(self.changes.len()).ok();
        if let Some(slot) = self.grants.get_mut(index) {
            *slot = number;
        }
        self.made(Numbered::Grant(role, place))
    }

    fn made(&mut self, change: Numbered) -> Formula {
        let number = u32::try_from(self.changes.len());
        self.changes.push(change);
        number.map_or(Formula::Never, |number| Formula::Is(Literal::Made(number)))
    }

    fn renewal(&mut self) -> Formula {
        if self.asked.subject.is_expired(self.asked.now) {
            self.made(Numbered::Renew)
        } else {
            Formula::Always
        }
    }

    fn tier_of_permission(&self) -> Formula {
        let required = self.asked.permission.tier;
        required.map_or(Formula::Always, |rank| self.tier(rank))
    }

    fn tier(&self, least: TierRank) -> Formula {
        match self.asked.subject.tier() {
            Some(rank) if rank >= least => Formula::Always,
            _ => Formula::Is(Literal::AtLeast(least)),
        }
    }

    /// A condition comes out true, or false; an error is neither.
    fn comes_out(&mut self, test: &'a Test, value: bool) -> Formula {
        match test {
            Test::Constant(truth) if *truth == Truth::from(value) => Formula::Always,
            Test::Constant(_) => Formula::Never,
            Test::Not(inner) => self.comes_out(inner, !value),
            Test::And(tests) | Test::Or(tests) => {
                let mut parts = Vec::new();
                for test in tests {
                    parts.push(self.comes_out(test, value));
                }
                if matches!(test, Test::And(_)) == value {
                    Formula::All(parts)
                } else {
                    Formula::Any(parts)
                }
            }
            atom => {
                let known = self.facts.iter().position(|(one, _)| *one == atom);
                let index = known.unwrap_or_else(|| {
                    let truth = atom.evaluate(&self.asked.facts());
                    self.facts.push((atom, truth));
                    self.facts.len() - 1
                });
                let number = u32::try_from(index);
                number.map_or(Formula::Never, |number| {
                    Formula::Is(Literal::Fact(number, value))
                })
            }
        }
    }

    fn is_change(&self, literal: Literal) -> bool {
        match literal {
            Literal::Made(_) | Literal::AtLeast(_) => true,
            Literal::Left(_) | Literal::Below(_) => false,
            Literal::Fact(number, value) => {
                let fact = self.facts.get(place(number));
                fact.is_some_and(|(_, truth)| *truth != Truth::from(value))
            }
        }
    }
}

/// Those that no other one is within; a lower tier is within a higher one.
fn minimal(mut terms: Vec<Term>) -> Vec<Term> {
    for term in &mut terms {
        // In order, so the last is the highest, which is the one that counts.
        let highest = term.iter().rev().find_map(|literal| match literal {
            Literal::AtLeast(rank) => Some(*rank),
            _ => None,
        });
        term.retain(|one| !matches!(one, Literal::AtLeast(rank) if Some(*rank) != highest));
    }
    let mut kept: Vec<Term> = Vec::new();
    for term in terms {
        if !kept.iter().any(|one| asks_no_more(one, &term)) {
            kept.retain(|one| !asks_no_more(&term, one));
            kept.push(term);
        }
    }
    kept
}

fn asks_no_more(one: &[Literal], other: &[Literal]) -> bool {
    one.iter().all(|literal| match literal {
        Literal::AtLeast(rank) => other
            .iter()
            .any(|two| matches!(two, Literal::AtLeast(higher) if higher >= rank)),
        _ => other.binary_search(literal).is_ok(),
    })
}

pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A comparison as it is written in conditions.
pub(super) fn text_of(test: &Test, asked: &Asked<'_>) -> String {
    let policy = asked.policy;
    let resource = asked.permission.resource.and_then(|id| policy.resource(id));
    test.to_text(&Vocabulary {
        auth: policy.auth(),
        context: policy.context(),
        record: resource.map_or(&[], |resource| &resource.fields),
    })
}

/// Whether a role granted at one depth may do everything at another on the same path.
pub(super) fn is_superuser(role: &Role, granted: Depth, asked: Depth) -> bool {
    role.superuser_from
        .is_some_and(|from| granted <= from && asked >= from)
}
