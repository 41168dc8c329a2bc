//! What holders of roles gain and lose.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_core::policy::{Policy, RoleDocument, RoleId};

use super::super::model::{Model, depths};
use super::{Change, Effect, or_none};

pub(super) fn compare(old: &Model<'_>, new: &Model<'_>, changes: &mut Vec<Change>) {
    let (before, after) = (documents(old.policy), documents(new.policy));
    for name in in_order(&before, &after) {
        let subject = format!("role {name}");
        match (find(&before, name), find(&after, name)) {
            (Some(_), None) => changes.push(Change::new(&subject, Effect::Removed, "")),
            (None, Some(_)) => changes.push(Change::new(&subject, Effect::Added, "")),
            (Some(before), Some(after)) => properties(&subject, before, after, changes),
            (None, None) => {}
        }
        abilities(
            &subject,
            &Abilities::of(old, name),
            &Abilities::of(new, name),
            changes,
        );
    }
}

fn documents(policy: &Policy) -> Vec<&RoleDocument> {
    policy.document().roles.iter().collect()
}

fn find<'d>(roles: &[&'d RoleDocument], name: &str) -> Option<&'d RoleDocument> {
    roles.iter().find(|role| role.name == name).copied()
}

/// The names of both, those of the old policy first.
fn in_order<'d>(before: &[&'d RoleDocument], after: &[&'d RoleDocument]) -> Vec<&'d str> {
    let mut names: Vec<&str> = before.iter().map(|role| role.name.as_str()).collect();
    for role in after {
        if !names.contains(&role.name.as_str()) {
            names.push(&role.name);
        }
    }
    names
}

fn properties(
    subject: &str,
    before: &RoleDocument,
    after: &RoleDocument,
    changes: &mut Vec<Change>,
) {
    let levels = |role: &RoleDocument| match &role.grant_at {
        None => "anywhere".to_owned(),
        Some(levels) if levels.is_empty() => "nowhere".to_owned(),
        Some(levels) => levels.join(", "),
    };
    let manages = |role: &RoleDocument| {
        if role.manages.is_empty() {
            "below"
        } else {
            &role.manages
        }
        .to_owned()
    };
    let inherits = |role: &RoleDocument| match role.inherits.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let pairs = [
        ("level", before.level.to_string(), after.level.to_string()),
        ("manages", manages(before), manages(after)),
        ("inherits", inherits(before), inherits(after)),
        ("can be granted at", levels(before), levels(after)),
        (
            "superuser at",
            or_none(before.superuser_at.as_deref()),
            or_none(after.superuser_at.as_deref()),
        ),
    ];
    for (what, old, new) in pairs {
        if old != new {
            changes.push(Change::changed(subject, what, old, new));
        }
    }
}

/// Granted at one level, asked at another, by name.
type Place = (String, String);

/// What a role comes to: the permissions by where it is granted and where they are asked for.
struct Abilities {
    by_place: BTreeMap<String, BTreeSet<Place>>,
    /// Where the role can be granted at all, wide levels first.
    places: Vec<Place>,
}

impl Abilities {
    fn of(model: &Model<'_>, name: &str) -> Self {
        let mut abilities = Self {
            by_place: BTreeMap::new(),
            places: Vec::new(),
        };
        let Some(id) = model.policy.role_id(name) else {
            return abilities;
        };
        for granted in depths(model.policy) {
            let is_grantable = model
                .policy
                .role(id)
                .is_some_and(|role| role.may_be_granted_at(granted));
            if is_grantable {
                abilities.add(model, id, granted);
            }
        }
        abilities
    }

    fn add(&mut self, model: &Model<'_>, id: RoleId, granted: u8) {
        for asked in depths(model.policy).filter(|asked| *asked >= granted) {
            let place = (
                model.level_name(granted).to_owned(),
                model.level_name(asked).to_owned(),
            );
            self.places.push(place.clone());
            for permission in model.may_do(id, granted, asked) {
                let name = model.permission_name(permission).to_owned();
                self.by_place.entry(name).or_default().insert(place.clone());
            }
        }
    }
}

fn abilities(subject: &str, old: &Abilities, new: &Abilities, changes: &mut Vec<Change>) {
    let none = BTreeSet::new();
    let names: BTreeSet<_> = old.by_place.keys().chain(new.by_place.keys()).collect();
    for (effect, from, to) in [(Effect::Gains, old, new), (Effect::Loses, new, old)] {
        for name in &names {
            let had = from.by_place.get(*name).unwrap_or(&none);
            let has = to.by_place.get(*name).unwrap_or(&none);
            let more: Vec<_> = to
                .places
                .iter()
                .filter(|place| has.contains(*place) && !had.contains(*place))
                .collect();
            if !more.is_empty() {
                let at = if more.len() == to.places.len() {
                    String::new()
                } else {
                    places(&more)
                };
                changes.push(Change {
                    at,
                    ..Change::new(subject, effect, name)
                });
            }
        }
    }
}

/// `granted at region: in region, ward; granted at ward: in ward`.
fn places(places: &[&Place]) -> String {
    let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
    for (granted, asked) in places {
        match grouped.last_mut() {
            Some((last, levels)) if last == granted => levels.push(asked),
            _ => grouped.push((granted, vec![asked])),
        }
    }
    let parts: Vec<_> = grouped
        .iter()
        .map(|(granted, levels)| format!("granted at {granted}: in {}", levels.join(", ")))
        .collect();
    parts.join("; ")
}
