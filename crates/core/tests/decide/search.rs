//! A decision of its own, written from LANGUAGE.md, and a search for what is missing that tries
//! everything. Shares with the core the readers of policies and requests, and single comparisons.

use std::collections::BTreeSet;

use portcullis_core::condition::{Facts, Test, Truth, Vocabulary};
use portcullis_core::decide::{Membership, PermissionQuery, ScopePath, TenantPart, TenantRole};
use portcullis_core::policy::{Effect, Manages, RoleId, Rule};

use crate::*;

/// A comparison that is taken to come out so.
type Assumed = (Test, bool);

pub(crate) struct Search<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) query: &'a PermissionQuery,
}

/// A change, and the comparison that it is about.
#[derive(Clone)]
struct Candidate {
    change: Change,
    test: Option<Test>,
}

fn covers(grant: &ScopePath, scope: &ScopePath) -> bool {
    let depth = grant.depth();
    let differs = |at| match (grant.id_at(at), scope.id_at(at)) {
        (Some(mine), Some(theirs)) => mine != theirs,
        _ => false,
    };
    (depth == 0 || grant.id_at(depth) == scope.id_at(depth)) && !(1..depth).any(differs)
}

impl Search<'_> {
    fn inherited(&self, id: RoleId) -> BTreeSet<RoleId> {
        let mut all = BTreeSet::from([id]);
        for direct in &self.policy.role(id).unwrap().inherits {
            all.extend(self.inherited(*direct));
        }
        all
    }

    fn grants(&self, who: &Principal, at: &ScopePath) -> Vec<(RoleId, ScopePath)> {
        let usable = |grant: &Grant| {
            let id = self.policy.role_id(&grant.role)?;
            let scope = ScopePath::parse(self.policy, &grant.scope).ok()?;
            let may = self.policy.role(id)?.may_be_granted_at(scope.depth());
            (may && covers(&scope, at)).then_some((id, scope))
        };
        who.grants.iter().filter_map(usable).collect()
    }

    fn is_superuser(&self, id: RoleId, granted: u8, at: u8) -> bool {
        let name = &self.policy.document().roles[usize::from(id)].superuser_at;
        let from = name.as_ref().map(|name| self.policy.depth(name).unwrap());
        from.is_some_and(|from| granted <= from && from <= at)
    }

    fn is_in_tenant(&self, who: &Principal) -> bool {
        let Some(tenants) = &self.policy.document().tenants else {
            return false;
        };
        let depth = self.policy.depth(&tenants.level).unwrap();
        let name = &self.policy.permission(self.query.id).unwrap().name;
        let here = self.query.scope.id_at(depth);
        let entry = who.tenants.iter().find(|one| Some(one.id.as_str()) == here);
        entry.is_some_and(|one| {
            tenants.member.contains(name)
                || (one.owner && tenants.owner.contains(name))
                || one.roles.iter().any(|role| role.permissions.contains(name))
        })
    }

    fn applies(&self, rule: &Rule, who: &Principal, tier: Option<u16>) -> bool {
        let has_tier = match (rule.tier, tier) {
            (None, _) => true,
            (Some(least), Some(rank)) => rank >= least,
            (Some(_), None) => rule.effect == Effect::Deny,
        };
        let holds = |roles: &Vec<RoleId>| {
            let held = self.grants(who, &self.query.scope);
            held.iter()
                .any(|(id, _)| self.inherited(*id).iter().any(|role| roles.contains(role)))
        };
        has_tier && rule.roles.as_ref().is_none_or(holds)
    }

    fn truth(&self, test: &Test, who: &Principal, assumed: &[Assumed]) -> Truth {
        let subject = Subject::compile(self.policy, who);
        let facts = Facts {
            auth_id: subject.id(),
            auth: subject.attributes(),
            record: self.query.record.as_deref(),
            request: &self.query.context,
            now: NOW,
        };
        test.evaluate_with(
            &mut |atom: &Test| match assumed.iter().find(|(test, _)| test == atom) {
                Some((_, value)) => Truth::from(*value),
                None => atom.evaluate(&facts),
            },
        )
    }

    pub(crate) fn allows(&self, who: &Principal, assumed: &[Assumed]) -> bool {
        let permission = self.policy.permission(self.query.id).unwrap();
        let tier = match &who.tier {
            None => Some(self.policy.default_tier()),
            Some(name) => self.policy.tier_rank(name),
        };
        let rules: Vec<(&Rule, Truth)> = self
            .policy
            .rules()
            .iter()
            .filter(|rule| rule.permissions.contains(&self.query.id))
            .filter(|rule| self.applies(rule, who, tier))
            .map(|rule| (rule, self.truth(&rule.when, who, assumed)))
            .collect();
        let denies = |rule: &Rule| rule.effect == Effect::Deny;
        if who.expires_secs.is_some_and(|secs| NOW.as_secs() >= secs)
            || rules.iter().any(|(rule, truth)| {
                denies(rule) && rule.fields.is_none() && *truth != Truth::False
            })
            || permission
                .tier
                .is_some_and(|least| tier.is_none_or(|rank| rank < least))
        {
            return false;
        }
        let depth = self.query.scope.depth();
        let by_role = self.grants(who, &self.query.scope).iter().any(|(id, at)| {
            self.inherited(*id)
                .iter()
                .any(|role| permission.roles.contains(role))
                || self.is_superuser(*id, at.depth(), depth)
        });
        let base = by_role || self.is_in_tenant(who);
        let true_rules: Vec<&Rule> = rules
            .iter()
            .filter(|(rule, truth)| !denies(rule) && *truth == Truth::True)
            .map(|(rule, _)| *rule)
            .collect();
        let fields_are_fine = self.query.fields.iter().all(|field| {
            let names = |rule: &Rule| rule.fields.as_ref().is_none_or(|list| list.contains(field));
            let taken = rules.iter().any(|(rule, truth)| {
                denies(rule) && rule.fields.is_some() && names(rule) && *truth != Truth::False
            });
            !taken && (base || true_rules.iter().any(|rule| names(rule)))
        });
        (base || !true_rules.is_empty()) && fields_are_fine && self.manages_all(who)
    }

    fn manages_all(&self, who: &Principal) -> bool {
        self.query.target.iter().all(|grant| {
            let Some((role, scope)) = grant else {
                return false;
            };
            let theirs = self.policy.role(*role).unwrap().level;
            self.grants(who, scope).iter().any(|(id, _)| {
                let held = self.policy.role(*id).unwrap();
                match held.manages {
                    Manages::None => false,
                    Manages::Below => held.level > theirs,
                    Manages::Equal => held.level >= theirs,
                    Manages::Any => true,
                }
            })
        })
    }

    fn candidates(&self, who: &Principal) -> Vec<Candidate> {
        let plain = |change| Candidate { change, test: None };
        let mut all = Vec::new();
        if who.expires_secs.is_some() {
            all.push(plain(Change::Renew));
        }
        let current = match &who.tier {
            None => Some(self.policy.default_tier()),
            Some(name) => self.policy.tier_rank(name),
        };
        for (rank, tier) in (0_u16..).zip(self.policy.tiers()) {
            if current.is_none_or(|current| rank > current) {
                let tier = tier.name.clone();
                all.push(plain(Change::Tier { tier }));
            }
        }
        let targets = self.query.target.iter().flatten().map(|(_, scope)| scope);
        let mut places = Vec::new();
        for scope in std::iter::once(&self.query.scope).chain(targets) {
            for place in (0..=scope.depth()).filter_map(|depth| scope.ancestor(depth)) {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        for place in &places {
            for role in self.policy.roles() {
                if role.may_be_granted_at(place.depth()) {
                    all.push(plain(Change::Grant {
                        role: role.name.clone(),
                        scope: place.to_text(self.policy),
                    }));
                }
            }
        }
        all.extend(self.tenant_parts().into_iter().map(plain));
        all.extend(self.facts(who));
        all
    }

    fn tenant_parts(&self) -> Vec<Change> {
        let name = &self.policy.permission(self.query.id).unwrap().name;
        let Some(tenants) = &self.policy.document().tenants else {
            return Vec::new();
        };
        let depth = self.policy.depth(&tenants.level).unwrap();
        let Some(id) = self.query.scope.id_at(depth) else {
            return Vec::new();
        };
        let mut parts = vec![TenantPart::Role];
        parts.extend(tenants.owner.contains(name).then_some(TenantPart::Owner));
        parts.extend(tenants.member.contains(name).then_some(TenantPart::Member));
        let change = |part| Change::Tenant {
            tenant: id.to_string(),
            part,
        };
        parts.into_iter().map(change).collect()
    }

    fn facts(&self, who: &Principal) -> Vec<Candidate> {
        let resource = self.policy.resources().first();
        let vocabulary = Vocabulary {
            auth: self.policy.auth(),
            context: self.policy.context(),
            record: resource.map_or(&[], |one| &one.fields),
        };
        let mut atoms: Vec<&Test> = Vec::new();
        for rule in self.policy.rules() {
            for atom in rule.when.atoms() {
                if rule.permissions.contains(&self.query.id) && !atoms.contains(&atom) {
                    atoms.push(atom);
                }
            }
        }
        let mut all = Vec::new();
        for atom in atoms {
            for value in [true, false] {
                if self.truth(atom, who, &[]) != Truth::from(value) {
                    let fact = atom.to_text(&vocabulary);
                    all.push(Candidate {
                        change: Change::Fact { fact, value },
                        test: Some(atom.clone()),
                    });
                }
            }
        }
        all
    }

    fn changed(&self, who: &Principal, set: &[Candidate]) -> (Principal, Vec<Assumed>) {
        let mut who = who.clone();
        let mut assumed = Vec::new();
        for Candidate { change, test } in set {
            match change {
                Change::Grant { role, scope } => who.grants.push(Grant {
                    role: role.clone(),
                    scope: RawScope::Text(scope.clone()),
                }),
                Change::Tier { tier } => who.tier = Some(tier.clone()),
                Change::Renew => who.expires_secs = None,
                Change::Fact { value, .. } => assumed.push((test.clone().unwrap(), *value)),
                Change::Tenant { tenant, part } => self.join(&mut who, tenant, *part),
            }
        }
        (who, assumed)
    }

    fn join(&self, who: &mut Principal, tenant: &str, part: TenantPart) {
        let known = who.tenants.iter().position(|one| one.id == tenant);
        let index = known.unwrap_or_else(|| {
            who.tenants.push(Membership {
                id: tenant.into(),
                ..Membership::default()
            });
            who.tenants.len() - 1
        });
        match part {
            TenantPart::Owner => who.tenants[index].owner = true,
            TenantPart::Member => (),
            TenantPart::Role => who.tenants[index].roles.push(TenantRole {
                name: "new".into(),
                permissions: vec![self.policy.permission(self.query.id).unwrap().name.clone()],
            }),
        }
    }

    /// Whether the set is enough, and makes sense: one tier, no comparison both ways.
    fn is_enough(&self, who: &Principal, set: &[Candidate]) -> bool {
        let tiers = set
            .iter()
            .filter(|one| matches!(one.change, Change::Tier { .. }));
        let mut tests: Vec<&Test> = set.iter().filter_map(|one| one.test.as_ref()).collect();
        let count = tests.len();
        tests.dedup();
        if tiers.count() > 1 || tests.len() < count {
            return false;
        }
        let (who, assumed) = self.changed(who, set);
        self.allows(&who, &assumed)
    }

    /// Whether `one` asks for no more than `other`: the same changes or fewer, no higher a tier.
    fn asks_no_more(&self, one: &[Change], other: &[Change]) -> bool {
        one.iter().all(|change| match change {
            Change::Tier { tier } => other.iter().any(|two| match two {
                Change::Tier { tier: higher } => {
                    self.policy.tier_rank(higher) >= self.policy.tier_rank(tier)
                }
                _ => false,
            }),
            _ => other.contains(change),
        })
    }

    /// The smallest sets of at most `most` changes that are enough, by trying all.
    pub(crate) fn smallest(&self, who: &Principal, most: usize) -> BTreeSet<Vec<Change>> {
        let candidates = self.candidates(who);
        let mut found: Vec<Vec<Change>> = Vec::new();
        let mut sets: Vec<(usize, Vec<Candidate>)> = vec![(0, Vec::new())];
        for _ in 0..most {
            let mut larger = Vec::new();
            for (start, set) in sets {
                for (index, candidate) in candidates.iter().enumerate().skip(start) {
                    let mut set = set.clone();
                    set.push(candidate.clone());
                    let changes: Vec<_> = set.iter().map(|one| one.change.clone()).collect();
                    if found.iter().any(|one| self.asks_no_more(one, &changes)) {
                        continue;
                    }
                    if self.is_enough(who, &set) {
                        found.push(changes);
                    } else {
                        larger.push((index + 1, set));
                    }
                }
            }
            sets = larger;
        }
        let minimal = |set: &&Vec<Change>| {
            !found
                .iter()
                .any(|other| other != *set && self.asks_no_more(other, set))
        };
        let sorted = |set: &Vec<Change>| {
            let mut set = set.clone();
            set.sort();
            set
        };
        found.iter().filter(minimal).map(sorted).collect()
    }

    /// Whether a set from the core is enough, and none of its changes can be left out.
    pub(crate) fn is_smallest(&self, who: &Principal, set: &[Change]) -> bool {
        let all = self.candidates(who);
        let find = |change: &Change| all.iter().find(|one| one.change == *change).cloned();
        let Some(set) = set.iter().map(find).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let without = |left: usize| -> Vec<Candidate> {
            let mut set = set.clone();
            set.remove(left);
            set
        };
        self.is_enough(who, &set) && !(0..set.len()).any(|left| self.is_enough(who, &without(left)))
    }
}
