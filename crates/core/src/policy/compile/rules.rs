//! Rules about records.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::error;
use super::super::{
    BitSet, Document, Effect, PermissionId, PolicyError, PolicyErrorKind, Resource, Rule,
    RuleDocument, TierRank,
};
use super::data::Resources;
use super::index::{ACTION, Index, RULE, repeated, unknown, word};
use super::permissions::Permissions;
use crate::condition::{Attribute, Test, Truth, Vocabulary, parse};

/// What the names in rules mean.
pub(super) struct Known<'a> {
    pub(super) roles: &'a Index,
    /// For each role itself and all that inherit it.
    pub(super) heirs: Vec<BitSet>,
    pub(super) tiers: &'a Index,
    pub(super) resources: &'a Resources,
    pub(super) auth: &'a [Attribute],
    pub(super) context: &'a [Attribute],
}

/// All rules; each is noted at the permissions that it is about.
pub(super) fn rules(
    document: &Document,
    known: &Known<'_>,
    permissions: &mut Permissions,
) -> Result<Vec<Rule>, PolicyError> {
    let documents = &document.rules;
    Index::of(&RULE, documents.iter().map(|rule| (&rule.name, rule.at)))?;
    let mut rules = Vec::with_capacity(documents.len());
    for (id, document) in (0..).zip(documents) {
        let rule = compiled(document, known)?;
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
    Ok(rules)
}

fn compiled(rule: &RuleDocument, known: &Known<'_>) -> Result<Rule, PolicyError> {
    let at = rule.at;
    let id = known.resources.index.find(&rule.resource, at)?;
    let resource = known.resources.list.get(usize::from(id));
    let field_ids = known.resources.fields.get(usize::from(id));
    let effect = word("value of `effect`", &["allow", "deny"], &rule.effect, at)?;
    let fields = match (&rule.fields, field_ids) {
        (Some(names), Some(field_ids)) => Some(field_ids.find_all(names, at)?),
        _ => None,
    };
    let roles = match &rule.roles {
        None => None,
        Some(names) => Some(known.roles.find_all(names, at)?),
    };
    let mut holders = BitSet::with_capacity(known.heirs.len());
    for role in roles.iter().flatten() {
        if let Some(heirs) = known.heirs.get(usize::from(*role)) {
            holders.union_with(heirs);
        }
    }
    let tier: Option<TierRank> = match &rule.tier {
        None => None,
        Some(name) => Some(known.tiers.find(name, at)?),
    };
    Ok(Rule {
        name: rule.name.clone(),
        effect: if effect == 0 {
            Effect::Allow
        } else {
            Effect::Deny
        },
        resource: id,
        permissions: permissions_of(rule, resource)?,
        when: condition(rule, resource, known)?,
        when_text: rule.when.clone().unwrap_or_default(),
        fields,
        tier,
        message: rule.message.clone(),
        at,
        roles,
        holders,
    })
}

fn permissions_of(
    rule: &RuleDocument,
    resource: Option<&Resource>,
) -> Result<Vec<PermissionId>, PolicyError> {
    let Some(resource) = resource else {
        return Ok(Vec::new());
    };
    let Some(actions) = &rule.actions else {
        return Ok(resource.permissions.clone());
    };
    let mut ids = Vec::with_capacity(actions.len());
    for action in actions {
        let known = resource.actions.iter().map(String::as_str);
        let id = resource
            .permission(action)
            .ok_or_else(|| unknown(ACTION.one(), action, known, rule.at))?;
        if ids.contains(&id) {
            return Err(repeated(&ACTION, action, rule.at));
        }
        ids.push(id);
    }
    Ok(ids)
}

fn condition(
    rule: &RuleDocument,
    resource: Option<&Resource>,
    known: &Known<'_>,
) -> Result<Test, PolicyError> {
    let Some(text) = &rule.when else {
        return Ok(Test::Constant(Truth::True));
    };
    let vocabulary = Vocabulary {
        auth: known.auth,
        context: known.context,
        record: resource.map_or(&[], |resource| &resource.fields),
    };
    parse(text, &vocabulary).map_err(|error| {
        let begins = rule.when_at;
        let at = begins.map(|at| at.advanced(text, error.offset)).or(rule.at);
        PolicyErrorKind::Condition {
            what: error::RULE,
            name: rule.name.clone(),
            error,
        }
        .at(at)
    })
}
