//! A decision about every row of a table at once (LANGUAGE.md section 5).

use alloc::vec::Vec;

use super::Given;
use super::column::Columns;
use super::condition::Known;
use super::cover::Rows;
use super::fragment::{Fragment, Predicate};
use super::mask::Mask;
use crate::condition::{Datum, Facts, Truth};
use crate::decide::{Code, ScopePath, Subject};
use crate::policy::{
    Effect, FieldId, Permission, PermissionId, Policy, Resource, Rule, RuleId, TierRank,
};
use crate::time::UnixSecs;

/// A principal, what it wants to do, and everything that doesn't depend on the row.
#[derive(Debug)]
pub(super) struct Question<'a> {
    policy: &'a Policy,
    subject: &'a Subject,
    id: PermissionId,
    permission: &'a Permission,
    now: UnixSecs,
    context: Vec<Datum>,
    columns: Columns<'a>,
    rows: Rows<'a>,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        subject: &'a Subject,
        resource: &'a Resource,
        action: &str,
        given: &'a Given,
    ) -> Result<Self, Code> {
        let id = resource.permission(action).ok_or(Code::UnknownPermission)?;
        let columns = Columns::of(resource);
        let level = |(depth, field): &(_, FieldId)| {
            let column = columns.column(*field);
            (
                *depth,
                column.map(|column| column.text.clone()).unwrap_or_default(),
            )
        };
        let rows = match &given.scope {
            Some(_) if !resource.scope.is_empty() => return Err(Code::MalformedRequest),
            Some(scope) => Rows::At(scope),
            None if resource.scope.is_empty() => Rows::At(&GLOBAL),
            None => Rows::Mapped(resource.scope.iter().map(level).collect()),
        };
        let context = policy.context().iter().map(|attribute| {
            let value = given.context.get(&attribute.name);
            value.map_or(Datum::Null, |value| Datum::conform(value, attribute.kind))
        });
        Ok(Self {
            policy,
            subject,
            id,
            permission: policy.permission(id).ok_or(Code::UnknownPermission)?,
            now: given.now,
            context: context.collect(),
            columns,
            rows,
        })
    }

    /// The rows that may be acted on; gives 1 or 0.
    pub(super) fn rows(&self) -> Predicate {
        if self.subject.is_expired(self.now) || !self.has_tier(self.permission.tier) {
            return Predicate::FALSE;
        }
        let denied = self
            .rules(&self.permission.deny_rules, Effect::Deny)
            .filter(|rule| rule.fields.is_none())
            .map(|rule| self.fulfils(rule).or_if_error(true).negated());
        let allowed = self
            .rules(&self.permission.allow_rules, Effect::Allow)
            .map(|rule| self.fulfils(rule).or_if_error(false));
        let allowed = Predicate::any(allowed.chain([self.granted()]));
        let well_formed = self.rows.well_formed();
        Predicate::all([allowed, well_formed].into_iter().chain(denied))
    }

    /// For each of the first `count` fields, in which of the rows that may be acted on it may be;
    /// and the conditions that this is said by.
    pub(super) fn fields(&self, count: usize) -> (Vec<Mask>, Vec<Fragment>) {
        let mut conditions = Conditions::default();
        let mut parts = Parts {
            granted: conditions.said(self.granted()),
            allow: Vec::new(),
            deny: Vec::new(),
        };
        for rule in self.rules(&self.permission.allow_rules, Effect::Allow) {
            let said = conditions.said(self.fulfils(rule).or_if_error(false));
            parts.allow.push((said, rule));
        }
        for rule in self.rules(&self.permission.deny_rules, Effect::Deny) {
            if rule.fields.is_some() {
                let said = conditions.said(self.fulfils(rule).or_if_error(true));
                parts.deny.push((said, rule));
            }
        }
        let masks = (0..).take(count).map(|id| parts.mask(id));
        (masks.collect(), conditions.0)
    }

    /// Rules of this permission and effect whose tier is reached; what denies applies to a tier that
    /// nobody knows, too.
    fn rules(&self, ids: &'a [RuleId], effect: Effect) -> impl Iterator<Item = &'a Rule> {
        let is_strict = effect == Effect::Deny && self.subject.tier().is_none();
        ids.iter()
            .filter_map(|id| self.policy.rule(*id))
            .filter(move |rule| rule.effect == effect && (is_strict || self.has_tier(rule.tier)))
    }

    fn has_tier(&self, required: Option<TierRank>) -> bool {
        required.is_none_or(|required| self.subject.tier().is_some_and(|tier| tier >= required))
    }

    /// Whether a rule's roles are held and its condition is true; the latter may be an error.
    fn fulfils(&self, rule: &Rule) -> Predicate {
        let held = if rule.roles.is_some() {
            let holdings = self.subject.holdings().filter(|holding| {
                let mut roles = holding.roles.iter();
                roles.any(|role| rule.holders.contains(*role))
            });
            let scopes: Vec<&ScopePath> = holdings.map(|holding| &holding.scope).collect();
            self.rows.covered(&scopes)
        } else {
            Predicate::TRUE
        };
        if matches!(held, Predicate::Constant(Truth::False)) {
            return Predicate::FALSE;
        }
        let facts = Facts {
            auth_id: self.subject.id(),
            auth: self.subject.attributes(),
            record: None,
            request: &self.context,
            now: self.now,
        };
        let known = Known {
            facts,
            columns: &self.columns,
        };
        Predicate::all([held, known.predicate(&rule.when)])
    }

    /// What roles, superusers and tenants allow.
    fn granted(&self) -> Predicate {
        let carries = self
            .subject
            .holdings()
            .filter(|holding| holding.listed.contains(self.id) || holding.tenant.contains(self.id));
        let scopes: Vec<&ScopePath> = carries.map(|holding| &holding.scope).collect();
        let mut granted = alloc::vec![self.rows.covered(&scopes)];
        for depth in (0..).take(self.policy.levels().len()) {
            let holdings = self.subject.holdings();
            let superusers = holdings.filter(|holding| holding.superuser_from == Some(depth));
            let scopes: Vec<&ScopePath> = superusers.map(|holding| &holding.scope).collect();
            if !scopes.is_empty() {
                let reached = [self.rows.as_deep_as(depth), self.rows.covered(&scopes)];
                granted.push(Predicate::all(reached));
            }
        }
        Predicate::any(granted)
    }

    /// A finished predicate of the caller's own about the same rows.
    pub(super) fn finish(predicate: Predicate) -> Fragment {
        super::fold::fold(predicate.into_fragment())
    }
}

/// What a rule says of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Never,
    Always,
    /// By the number of the condition.
    When(usize),
}

/// Conditions, each once.
#[derive(Default)]
struct Conditions(Vec<Fragment>);

impl Conditions {
    fn said(&mut self, predicate: Predicate) -> Said {
        let text = predicate.into_fragment();
        if text.is_never() {
            return Said::Never;
        }
        if text.is_always() {
            return Said::Always;
        }
        let known = self.0.iter().position(|known| *known == text);
        Said::When(known.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        }))
    }
}

/// What allows fields and takes them away.
struct Parts<'a> {
    granted: Said,
    allow: Vec<(Said, &'a Rule)>,
    deny: Vec<(Said, &'a Rule)>,
}

impl Parts<'_> {
    fn mask(&self, field: FieldId) -> Mask {
        let covers = |rule: &Rule| {
            let fields = rule.fields.as_ref();
            fields.is_none_or(|list| list.contains(&field))
        };
        // Where whatever allows the row allows the field, the row's predicate says it already.
        let mut allow = self.allow.iter();
        let is_narrower = allow.any(|(said, rule)| !covers(rule) && *said != Said::Never);
        let mut any_of = Vec::new();
        if is_narrower {
            let covering = self.allow.iter().filter(|(_, rule)| covers(rule));
            let said = covering.map(|(said, _)| *said).chain([self.granted]);
            let all: Vec<Said> = said.filter(|said| *said != Said::Never).collect();
            if all.is_empty() {
                return Mask::Never;
            }
            if !all.contains(&Said::Always) {
                any_of = numbers(&all);
            }
        }
        let covering = self.deny.iter().filter(|(_, rule)| covers(rule));
        let denied: Vec<Said> = covering.map(|(said, _)| *said).collect();
        if denied.contains(&Said::Always) {
            return Mask::Never;
        }
        let none_of = numbers(&denied);
        if any_of.is_empty() && none_of.is_empty() {
            return Mask::Always;
        }
        Mask::When { any_of, none_of }
    }
}

fn numbers(all: &[Said]) -> Vec<usize> {
    let mut numbers = Vec::new();
    for said in all {
        if let Said::When(number) = said
            && !numbers.contains(number)
        {
            numbers.push(*number);
        }
    }
    numbers
}

static GLOBAL: ScopePath = ScopePath::global();
