//! Allow rules that compare two values which may both be null: null equals null, so a record that
//! belongs to nobody would belong to everybody who is nobody.

use portcullis_core::condition::{Attribute, Comparison, Datum, Facts, Place, Term, Test, Truth};
use portcullis_core::policy::{Effect, Rule};
use portcullis_core::time::UnixSecs;

use super::super::model::Model;
use super::truth::replaced;
use super::unused::places;
use super::{Finding, NULL_EQUALS_NULL, truth};

pub(super) fn look(model: &Model<'_>, findings: &mut Vec<Finding>) {
    for (id, rule) in model.rules() {
        if rule.effect == Effect::Deny {
            continue;
        }
        let written = model.policy.document().rules.get(usize::from(id));
        let at = written.and_then(|rule| rule.when_at).or(rule.at);
        for atom in rule.when.atoms() {
            if let Some(pair) = nullable_pair(atom)
                && holds_on_nulls(rule, atom, pair)
            {
                let path = format!("rules.{}", rule.name);
                let message = message(model, rule, pair);
                findings.push(Finding::new(&NULL_EQUALS_NULL, path, at, message));
            }
        }
    }
}

/// The two places of `a == b`, when both can be null and one of them is of the caller's saying.
fn nullable_pair(atom: &Test) -> Option<(Place, Place)> {
    match atom {
        Test::Compare(Comparison::Equal, Term::Place(a), Term::Place(b)) => {
            let is_nullable = |place: &Place| !matches!(place, Place::AuthId | Place::Time);
            let is_callers = |place: &Place| matches!(place, Place::Auth(_) | Place::Request(_));
            let is_pair = is_nullable(a) && is_nullable(b) && (is_callers(a) || is_callers(b));
            is_pair.then_some((*a, *b))
        }
        _ => None,
    }
}

/// Whether the rule can allow because both are null: with everything that looks at the two alone as
/// it comes out then and everything else as it likes, it is true, and wouldn't be without the
/// comparison.
fn holds_on_nulls(rule: &Rule, atom: &Test, (a, b): (Place, Place)) -> bool {
    let fixed = |other: &Test| {
        let mut found = Vec::new();
        places(other, &mut found);
        let is_about_them = found.iter().all(|place| *place == a || *place == b);
        (is_about_them && !found.is_empty()).then(|| other.evaluate(&ALL_NULL))
    };
    let without = |other: &Test| {
        if other == atom {
            Some(Truth::False)
        } else {
            fixed(other)
        }
    };
    let with = replaced(&rule.when, &fixed);
    let without = replaced(&rule.when, &without);
    truth::of(&Test::And(vec![with, Test::Not(Box::new(without))])).can_be_true
}

const ALL_NULL: Facts<'static> = Facts {
    auth_id: &Datum::Null,
    auth: &[],
    record: Some(&[]),
    request: &[],
    now: UnixSecs::new(0),
};

fn message(model: &Model<'_>, rule: &Rule, (a, b): (Place, Place)) -> String {
    let (left, right) = (name(model, rule, a), name(model, rule, b));
    let callers = if matches!(a, Place::Record(_)) {
        &right
    } else {
        &left
    };
    format!(
        "`{left} == {right}` is true when both are null, and the rule `{}` allows then; write \
         `has({callers}) && …`",
        rule.name
    )
}

fn name(model: &Model<'_>, rule: &Rule, place: Place) -> String {
    let policy = model.policy;
    let attribute = |table: &str, attributes: &[Attribute], id: u16| {
        let name = attributes.get(usize::from(id)).map(|one| one.name.as_str());
        format!("{table}.{}", name.unwrap_or(""))
    };
    match place {
        Place::AuthId => "auth.id".to_owned(),
        Place::Time => "request.time".to_owned(),
        Place::Auth(id) => attribute("auth", policy.auth(), id),
        Place::Request(id) => attribute("request", policy.context(), id),
        Place::Record(id) => {
            let resource = policy.resource(rule.resource);
            let field = resource.and_then(|resource| resource.field(id));
            format!("record.{}", field.map_or("", |field| field.name.as_str()))
        }
    }
}
