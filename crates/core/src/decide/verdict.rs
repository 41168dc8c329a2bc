//! The order of a decision about a permission; LANGUAGE.md section 5.

use alloc::vec::Vec;
use core::slice;

use super::query::PermissionQuery;
use super::reach::{Reach, Standing};
use super::{Code, ScopePath, Subject};
use crate::condition::{Datum, Facts, Truth};
use crate::policy::{
    Effect, FieldId, Manages, Permission, PermissionId, Policy, Role, RoleId, Rule, RuleId,
    TierRank,
};
use crate::time::UnixSecs;

/// Where a subject is asked about: at a path, or at a scope that was looked up before.
#[derive(Clone, Copy)]
pub(crate) enum Spot<'a> {
    Path(&'a ScopePath),
    Reach(&'a Reach),
}

/// A role of the account that a request is about; `None` when the policy doesn't know it.
pub(crate) type TargetGrant = Option<(RoleId, ScopePath)>;

/// One request for a permission, with everything that decides it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) subject: &'a Subject,
    pub(crate) id: PermissionId,
    pub(crate) permission: &'a Permission,
    pub(crate) spot: Spot<'a>,
    pub(crate) record: Option<&'a [Datum]>,
    pub(crate) context: &'a [Datum],
    pub(crate) fields: &'a [FieldId],
    pub(crate) target: &'a [TargetGrant],
    pub(crate) now: UnixSecs,
}

/// A verdict, and the rule that made it one, if a rule did.
pub(crate) type Ruling = (Code, Option<RuleId>);

impl<'a> Asked<'a> {
    /// `None` when the policy has no such permission.
    #[inline]
    pub(crate) fn new(
        policy: &'a Policy,
        subject: &'a Subject,
        query: &'a PermissionQuery,
        now: UnixSecs,
    ) -> Option<Self> {
        Some(Self {
            policy,
            subject,
            id: query.id,
            permission: policy.permission(query.id)?,
            spot: Spot::Path(&query.scope),
            record: query.record.as_deref(),
            context: &query.context,
            fields: &query.fields,
            target: &query.target,
            now,
        })
    }

    /// As [`Self::new`], of a permission alone at a scope that was looked up before.
    #[inline]
    pub(crate) fn within(
        policy: &'a Policy,
        subject: &'a Subject,
        id: PermissionId,
        reach: &'a Reach,
        now: UnixSecs,
    ) -> Option<Self> {
        Some(Self {
            policy,
            subject,
            id,
            permission: policy.permission(id)?,
            spot: Spot::Reach(reach),
            record: None,
            context: &[],
            fields: &[],
            target: &[],
            now,
        })
    }

    #[inline]
    pub(crate) fn code(&self) -> Code {
        if self.subject.is_expired(self.now) {
            Code::PrincipalExpired
        } else {
            self.code_while_fresh()
        }
    }

    /// The verdict, expiry aside.
    #[inline]
    pub(crate) fn code_while_fresh(&self) -> Code {
        if !self.permission.deny_rules.is_empty()
            && let Some((code, _)) = self.rule_denial()
        {
            return code;
        }
        if let Some(code) = self.tier_denial() {
            return code;
        }
        let code = match self.standing().code() {
            Some(code) => code,
            None if self.permission.allow_rules.is_empty() => return self.lack(),
            None => self.rule_verdict().0,
        };
        if code.allows() {
            self.narrower_denial().unwrap_or(code)
        } else {
            code
        }
    }

    #[inline]
    pub(crate) fn standing(&self) -> Standing {
        self.spot.standing(self.subject, self.id)
    }

    /// Section 5, step 3: the first rule that denies, or that can't be said not to.
    pub(crate) fn rule_denial(&self) -> Option<Ruling> {
        let facts = self.facts();
        for (id, rule) in self.denying() {
            if rule.fields.is_some() {
                continue;
            }
            match rule.when.evaluate(&facts) {
                Truth::True => return Some((Code::DeniedByRule, Some(id))),
                Truth::Error => return Some((Code::EvaluationFailed, Some(id))),
                Truth::False => (),
            }
        }
        None
    }

    /// Section 5, step 4.
    #[inline]
    pub(crate) fn tier_denial(&self) -> Option<Code> {
        tier_denial(self.subject, self.permission.tier?)
    }

    /// Section 5, steps 5 and 6, for who isn't allowed by a role or tenant.
    pub(crate) fn rule_verdict(&self) -> Ruling {
        let facts = self.facts();
        let mut failed = None;
        let mut unmet = None;
        for (id, rule) in self.allowing() {
            match rule.when.evaluate(&facts) {
                Truth::True => return (Code::RuleAllowed, Some(id)),
                Truth::Error => failed = failed.or(Some(id)),
                Truth::False => unmet = unmet.or(Some(id)),
            }
        }
        match (failed, self.lack(), unmet) {
            (Some(_), _, _) => (Code::EvaluationFailed, failed),
            (None, Code::NoRole, Some(_)) => (Code::ConditionUnmet, unmet),
            (None, code, _) => (code, None),
        }
    }

    /// What is lacking when no rule has a say.
    #[inline]
    fn lack(&self) -> Code {
        if self.subject.holds_somewhere(self.id) {
            Code::OutOfScope
        } else {
            Code::NoRole
        }
    }

    /// Section 5, steps 7 and 8, of what is allowed so far.
    #[inline]
    fn narrower_denial(&self) -> Option<Code> {
        if !self.fields.is_empty() && self.denied_field().is_some() {
            return Some(Code::FieldDenied);
        }
        self.target_denial().map(|(_, code)| code)
    }

    /// The first field that isn't allowed, and the rule that takes it away, if one does.
    pub(crate) fn denied_field(&self) -> Option<(FieldId, Option<RuleId>)> {
        let is_unlimited = self.standing().code().is_some();
        let facts = self.facts();
        let names = |rule: &Rule, field| {
            let fields = rule.fields.as_ref();
            fields.is_none_or(|fields| fields.contains(&field))
        };
        // Each rule is evaluated once, however many fields are asked for.
        let mut takes = Vec::new();
        for (id, rule) in self.denying() {
            if rule.fields.is_some() && rule.when.evaluate(&facts) != Truth::False {
                takes.push((id, rule));
            }
        }
        let mut gives = Vec::new();
        if !is_unlimited {
            for (_, rule) in self.allowing() {
                if rule.when.evaluate(&facts) == Truth::True {
                    gives.push(rule);
                }
            }
        }
        for field in self.fields {
            if let Some((id, _)) = takes.iter().find(|(_, rule)| names(rule, *field)) {
                return Some((*field, Some(*id)));
            }
            if !is_unlimited && !gives.iter().any(|rule| names(rule, *field)) {
                return Some((*field, None));
            }
        }
        None
    }

    /// The first grant of the account it is about that stands in the way, by its place in the list.
    #[inline]
    pub(crate) fn target_denial(&self) -> Option<(usize, Code)> {
        if self.target.is_empty() {
            return None;
        }
        for (index, grant) in self.target.iter().enumerate() {
            match grant {
                None => return Some((index, Code::UnknownRole)),
                Some((role, scope)) if self.manages(*role, scope) => (),
                Some(_) => return Some((index, Code::LevelTooLow)),
            }
        }
        None
    }

    /// Section 6: whether some held role manages holders of `role` at `scope`.
    fn manages(&self, role: RoleId, scope: &ScopePath) -> bool {
        let Some(managed) = self.policy.role(role) else {
            return false;
        };
        for holding in self.subject.covering(scope) {
            for id in &holding.roles {
                let held = self.policy.role(*id);
                if held.is_some_and(|held| manages(held, managed)) {
                    return true;
                }
            }
        }
        false
    }

    /// Rules that deny and apply, those about fields included, in the order of the file.
    pub(crate) fn denying(&self) -> Applying<'_, 'a> {
        self.applying(&self.permission.deny_rules)
    }

    /// Rules that allow and apply, in the order of the file.
    pub(crate) fn allowing(&self) -> Applying<'_, 'a> {
        self.applying(&self.permission.allow_rules)
    }

    fn applying(&self, ids: &'a [RuleId]) -> Applying<'_, 'a> {
        Applying {
            asked: self,
            ids: ids.iter(),
        }
    }

    /// Whether a rule is about this principal here; its condition aside.
    fn applies(&self, rule: &Rule) -> bool {
        let has_tier = match (rule.tier, self.subject.tier()) {
            (None, _) => true,
            (Some(least), Some(rank)) => rank >= least,
            // Fail closed: a tier that nobody knows escapes no rule that denies.
            (Some(_), None) => rule.effect == Effect::Deny,
        };
        has_tier && (rule.roles.is_none() || self.spot.holds_one_of(self.subject, &rule.holders))
    }

    #[inline]
    pub(crate) fn facts(&self) -> Facts<'a> {
        Facts {
            auth_id: self.subject.id(),
            auth: self.subject.attributes(),
            record: self.record,
            request: self.context,
            now: self.now,
        }
    }
}

/// Those of some rules that are about the principal where it asks, in the order of the file.
pub(crate) struct Applying<'q, 'a> {
    asked: &'q Asked<'a>,
    ids: slice::Iter<'a, RuleId>,
}

impl<'a> Iterator for Applying<'_, 'a> {
    type Item = (RuleId, &'a Rule);

    fn next(&mut self) -> Option<Self::Item> {
        for id in self.ids.by_ref() {
            if let Some(rule) = self.asked.policy.rule(*id)
                && self.asked.applies(rule)
            {
                return Some((*id, rule));
            }
        }
        None
    }
}

/// Whether holders of one role manage holders of another.
pub(crate) fn manages(held: &Role, managed: &Role) -> bool {
    match held.manages {
        Manages::None => false,
        Manages::Below => held.level > managed.level,
        Manages::Equal => held.level >= managed.level,
        Manages::Any => true,
    }
}

#[inline]
pub(crate) fn tier_denial(subject: &Subject, required: TierRank) -> Option<Code> {
    match subject.tier() {
        None => Some(Code::PrincipalTierUnknown),
        Some(rank) if rank < required => Some(Code::TierTooLow),
        Some(_) => None,
    }
}
