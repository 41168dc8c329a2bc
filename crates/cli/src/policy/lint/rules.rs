//! Rules that can never decide anything.

use portcullis_core::condition::{Test, Truth};
use portcullis_core::policy::{Effect, PermissionId, Rule, RuleId};

use super::super::model::Model;
use super::roles::is_ungrantable;
use super::{Finding, UNREACHABLE_RULE, truth};

pub(super) fn look(model: &Model<'_>, findings: &mut Vec<Finding>) {
    for (id, rule) in model.rules() {
        if let Some(why) = why_unreachable(model, id, rule) {
            let path = format!("rules.{}", rule.name);
            let message = format!("the rule `{}` can never decide: {why}", rule.name);
            findings.push(Finding::new(&UNREACHABLE_RULE, path, rule.at, message));
        }
    }
}

fn why_unreachable(model: &Model<'_>, id: RuleId, rule: &Rule) -> Option<String> {
    let outcomes = truth::of(&rule.when);
    if !outcomes.can_be_true {
        return Some(if outcomes.can_be_false {
            "its condition is never true".to_owned()
        } else {
            "its condition can't be evaluated".to_owned()
        });
    }
    if rule.permissions.is_empty() {
        return Some("it names no action".to_owned());
    }
    if rule.roles.as_ref().is_some_and(Vec::is_empty) {
        return Some("it names no role".to_owned());
    }
    if !held_by_somebody(model, rule) {
        return Some("its roles can be granted nowhere".to_owned());
    }
    shadow(model, id, rule)
}

fn held_by_somebody(model: &Model<'_>, rule: &Rule) -> bool {
    rule.roles.is_none()
        || model
            .roles()
            .any(|(id, role)| !is_ungrantable(model, role) && model.rule_is_for(rule, id))
}

/// The rules that always decide first, for every action of this one.
fn shadow(model: &Model<'_>, id: RuleId, rule: &Rule) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for permission in &rule.permissions {
        let (_, over) = model.rules().find(|(other, over)| {
            *other != id && comes_first(*other, over, id, rule, *permission)
        })?;
        if !names.contains(&over.name.as_str()) {
            names.push(&over.name);
        }
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let verb = if names.len() == 1 {
        "decides"
    } else {
        "decide"
    };
    Some(format!("{} always {verb} before it", names.join(" and ")))
}

/// Whether `over` holds always and for everyone, and decides about the permission before `rule`.
fn comes_first(
    other: RuleId,
    over: &Rule,
    id: RuleId,
    rule: &Rule,
    permission: PermissionId,
) -> bool {
    let is_always = over.when == Test::Constant(Truth::True)
        && over.roles.is_none()
        && over.tier.is_none()
        && over.permissions.contains(&permission);
    // What an unconditional rule with fields decides about is its fields alone.
    let is_as_wide = match (&over.fields, &rule.fields) {
        (None, _) => true,
        (Some(over), Some(fields)) => fields.iter().all(|field| over.contains(field)),
        (Some(_), None) => false,
    };
    is_always
        && is_as_wide
        && match (over.effect, rule.effect) {
            (Effect::Deny, Effect::Allow) => true,
            (Effect::Deny, Effect::Deny) | (Effect::Allow, Effect::Allow) => other < id,
            (Effect::Allow, Effect::Deny) => false,
        }
}
