//! What is declared and never asked for.

use portcullis_core::condition::{Place, Term, Test};
use portcullis_core::policy::{FieldId, ResourceId, TierRank};

use super::super::model::Model;
use super::{Finding, UNUSED_ATTRIBUTE, UNUSED_FIELD, UNUSED_TIER};

pub(super) fn look(model: &Model<'_>, findings: &mut Vec<Finding>) {
    attributes(model, findings);
    tiers(model, findings);
    fields(model, findings);
}

fn attributes(model: &Model<'_>, findings: &mut Vec<Finding>) {
    let policy = model.policy;
    let mut used = Vec::new();
    policy
        .rules()
        .iter()
        .for_each(|rule| places(&rule.when, &mut used));
    for resource in policy.resources() {
        let defaults = resource
            .fields
            .iter()
            .filter_map(|field| field.default.as_ref());
        defaults.for_each(|term| place(term, &mut used));
    }
    let tables = [
        ("auth", policy.auth(), Place::Auth as fn(u16) -> Place),
        ("context", policy.context(), Place::Request),
    ];
    for (table, attributes, place) in tables {
        for (id, attribute) in (0..).zip(attributes) {
            if !used.contains(&place(id)) {
                let path = format!("{table}.{}", attribute.name);
                let message = format!("no condition and no default uses `{path}`");
                findings.push(Finding::new(&UNUSED_ATTRIBUTE, path, attribute.at, message));
            }
        }
    }
}

fn tiers(model: &Model<'_>, findings: &mut Vec<Finding>) {
    let policy = model.policy;
    let is_required = |rank: TierRank| {
        policy.apps().iter().any(|app| app.tier == rank)
            || policy
                .permissions()
                .iter()
                .any(|one| one.tier == Some(rank))
            || policy.rules().iter().any(|rule| rule.tier == Some(rank))
    };
    for (rank, tier) in (0..).zip(policy.tiers()) {
        // Below the lowest there is nothing to tell apart.
        if rank > 0 && rank != policy.default_tier() && !is_required(rank) {
            let message = format!("nothing requires the tier `{}`", tier.name);
            let path = format!("tiers.{}", tier.name);
            findings.push(Finding::new(&UNUSED_TIER, path, tier.at, message));
        }
    }
}

fn fields(model: &Model<'_>, findings: &mut Vec<Finding>) {
    for (resource_id, resource) in (0..).zip(model.policy.resources()) {
        let used = used_fields(model, resource_id);
        for (id, field) in (0..).zip(&resource.fields) {
            let is_scope = resource.scope.iter().any(|(_, field)| *field == id);
            if !is_scope && !used.contains(&id) {
                let path = format!("resources.{}.fields.{}", resource.name, field.name);
                let message = format!(
                    "no condition, scope or rule uses the field `{}` of `{}`",
                    field.name, resource.name
                );
                findings.push(Finding::new(&UNUSED_FIELD, path, field.at, message));
            }
        }
    }
}

fn used_fields(model: &Model<'_>, resource: ResourceId) -> Vec<FieldId> {
    let mut used = Vec::new();
    let rules = model.policy.rules().iter();
    for rule in rules.filter(|rule| rule.resource == resource) {
        used.extend(rule.fields.iter().flatten().copied());
        let mut found = Vec::new();
        places(&rule.when, &mut found);
        used.extend(found.into_iter().filter_map(|place| match place {
            Place::Record(field) => Some(field),
            _ => None,
        }));
    }
    used
}

/// Every place that a condition looks at.
pub(super) fn places(test: &Test, found: &mut Vec<Place>) {
    match test {
        Test::Constant(_) => {}
        Test::And(parts) | Test::Or(parts) => parts.iter().for_each(|part| places(part, found)),
        Test::Not(inner) => places(inner, found),
        Test::Compare(_, a, b) | Test::In(a, b) | Test::StartsWith(a, b) => {
            place(a, found);
            place(b, found);
        }
        Test::Has(one) => found.push(*one),
        Test::IsTrue(term) => place(term, found),
    }
}

fn place(term: &Term, found: &mut Vec<Place>) {
    match term {
        Term::Constant(_) => {}
        Term::Place(one) => found.push(*one),
        Term::Size(inner) => place(inner, found),
    }
}
