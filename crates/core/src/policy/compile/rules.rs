//! Rules about records.

use alloc::vec::Vec;

use super::super::error::RULE as CONDITION_OF_RULE;
use super::super::{
    BitSet, Document, Effect, PermissionId, PolicyErrorKind, Resource, Rule, RuleDocument,
};
use super::data::Resources;
use super::index::{ACTION, Index, RULE, word};
use super::permissions::Permissions;
use super::problem::Problems;
use crate::condition::{Attribute, Test, Truth, Vocabulary, parse};

/// What the names in rules mean.
pub(super) struct Known<'a> {
    pub(super) roles: &'a Index,
    pub(super) tiers: &'a Index,
    pub(super) resources: &'a Resources,
    pub(super) auth: &'a [Attribute],
    pub(super) context: &'a [Attribute],
}

/// All rules, without holders as yet; each is noted at the permissions that it is about.
pub(super) fn rules(
    document: &Document,
    known: &Known<'_>,
    permissions: &mut Permissions,
    problems: &mut Problems,
) -> Vec<Rule> {
    let mut index = Index::new(&RULE);
    for rule in &document.rules {
        index.add(&rule.name, rule.at, problems);
    }
    let mut rules = Vec::with_capacity(document.rules.len());
    // What is too much was refused above: each rule costs as much as its resource has actions.
    if problems.exist() {
        return rules;
    }
    for (id, document) in (0..).zip(&document.rules) {
        let rule = compiled(document, known, problems);
        for permission in &rule.permissions {
            if let Some(permission) = permissions.list.get_mut(usize::from(*permission)) {
                match rule.effect {
                    Effect::Allow => permission.allow_rules.push(id),
                    Effect::Deny => permission.deny_rules.push(id),
                }
            }
        }
        rules.push(rule);
    }
    rules
}

fn compiled(rule: &RuleDocument, known: &Known<'_>, problems: &mut Problems) -> Rule {
    let at = rule.at;
    let id = known.resources.index.find(&rule.resource, at, problems);
    let resource = known.resources.list.get(usize::from(id));
    let field_ids = known.resources.fields.get(usize::from(id));
    let words = ["allow", "deny"];
    let effect = match word("value of `effect`", &words, &rule.effect, at, problems) {
        0 => Effect::Allow,
        _ => Effect::Deny,
    };
    let fields = match (&rule.fields, field_ids) {
        (Some(names), Some(field_ids)) => Some(field_ids.find_all(names, at, problems)),
        _ => None,
    };
    let roles = rule.roles.as_ref();
    let roles = roles.map(|names| known.roles.find_all(names, at, problems));
    let tier = rule.tier.as_ref();
    let tier = tier.map(|name| known.tiers.find(name, at, problems));
    Rule {
        name: rule.name.clone(),
        effect,
        resource: id,
        permissions: permissions_of(rule, resource, problems),
        when: condition(rule, resource, known, problems),
        when_text: rule.when.clone().unwrap_or_default(),
        fields,
        tier,
        message: rule.message.clone(),
        at,
        roles,
        holders: BitSet::default(),
    }
}

fn permissions_of(
    rule: &RuleDocument,
    resource: Option<&Resource>,
    problems: &mut Problems,
) -> Vec<PermissionId> {
    let Some(resource) = resource else {
        return Vec::new();
    };
    let Some(actions) = &rule.actions else {
        return resource.permissions.clone();
    };
    let mut ids = Vec::with_capacity(actions.len());
    for action in actions {
        match resource.permission(action) {
            None => problems.unknown(ACTION.one(), action, &resource.actions, rule.at),
            Some(id) if ids.contains(&id) => problems.repeated(ACTION.one(), action, rule.at),
            Some(id) => ids.push(id),
        }
    }
    ids
}

fn condition(
    rule: &RuleDocument,
    resource: Option<&Resource>,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Test {
    let Some(text) = &rule.when else {
        return Test::Constant(Truth::True);
    };
    let vocabulary = Vocabulary {
        auth: known.auth,
        context: known.context,
        record: resource.map_or(&[], |resource| &resource.fields),
    };
    match parse(text, &vocabulary) {
        Ok(condition) => condition,
        Err(error) => {
            let begins = rule.when_at;
            let at = begins.map(|at| at.advanced(text, error.offset)).or(rule.at);
            let (what, name) = (CONDITION_OF_RULE, rule.name.clone());
            problems.note(PolicyErrorKind::Condition { what, name, error }, at);
            Test::Constant(Truth::Error)
        }
    }
}

/// Notes at each rule who holds one of its roles; `heirs` has for each role itself and all that
/// inherit it.
pub(super) fn find_holders(rules: &mut [Rule], heirs: &[BitSet]) {
    for rule in rules {
        rule.holders = BitSet::with_capacity(heirs.len());
        for role in rule.roles.iter().flatten() {
            if let Some(heirs) = heirs.get(usize::from(*role)) {
                rule.holders.union_with(heirs);
            }
        }
    }
}
