//! What changes beside roles: tenants, tiers, permissions, apps, records and rules.

use portcullis_core::policy::{Document, Policy, RuleDocument};

use super::{Change, Effect, or_none};

pub(super) fn compare(old: &Policy, new: &Policy, changes: &mut Vec<Change>) {
    let (before, after) = (old.document(), new.document());
    scopes(before, after, changes);
    tenants(before, after, changes);
    permissions(old, new, changes);
    tiers(before, after, changes);
    apps(before, after, changes);
    declared(before, after, changes);
    rules(before, after, changes);
}

/// Names that only one of the lists has.
fn names(
    subject: &str,
    before: &[String],
    after: &[String],
    effects: (Effect, Effect),
    changes: &mut Vec<Change>,
) {
    for name in after.iter().filter(|name| !before.contains(name)) {
        changes.push(Change::new(subject, effects.0, name));
    }
    for name in before.iter().filter(|name| !after.contains(name)) {
        changes.push(Change::new(subject, effects.1, name));
    }
}

const THINGS: (Effect, Effect) = (Effect::Added, Effect::Removed);
const RIGHTS: (Effect, Effect) = (Effect::Gains, Effect::Loses);

fn value(subject: &str, what: &str, old: String, new: String, changes: &mut Vec<Change>) {
    if old != new {
        changes.push(Change::changed(subject, what, old, new));
    }
}

fn scopes(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let list = |document: &Document| {
        let names: Vec<_> = document
            .scopes
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        format!("global, {}", names.join(", "))
            .trim_end_matches(", ")
            .to_owned()
    };
    value("scopes", "levels", list(before), list(after), changes);
}

fn tenants(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let level =
        |document: &Document| or_none(document.tenants.as_ref().map(|one| one.level.as_str()));
    value("tenants", "level", level(before), level(after), changes);
    let owner = |document: &Document| {
        let tenants = document.tenants.as_ref();
        tenants.map_or_else(Vec::new, |one| one.owner.clone())
    };
    let member = |document: &Document| {
        let tenants = document.tenants.as_ref();
        tenants.map_or_else(Vec::new, |one| one.member.clone())
    };
    names(
        "tenant owner",
        &owner(before),
        &owner(after),
        RIGHTS,
        changes,
    );
    names(
        "tenant member",
        &member(before),
        &member(after),
        RIGHTS,
        changes,
    );
}

fn permissions(old: &Policy, new: &Policy, changes: &mut Vec<Change>) {
    let all = |policy: &Policy| -> Vec<String> {
        let permissions = policy.permissions().iter();
        permissions.map(|one| one.name.clone()).collect()
    };
    names("permissions", &all(old), &all(new), THINGS, changes);
    let tier = |policy: &Policy, name: &str| {
        let permission = policy.permission(policy.permission_id(name)?)?;
        let rank = permission.tier?;
        Some(policy.tiers().get(usize::from(rank))?.name.clone())
    };
    for permission in new.permissions() {
        let name = &permission.name;
        if old.permission_id(name).is_some() {
            let (before, after) = (tier(old, name), tier(new, name));
            let subject = format!("permission {name}");
            let values = (or_none(before.as_deref()), or_none(after.as_deref()));
            value(&subject, "tier", values.0, values.1, changes);
        }
    }
}

fn tiers(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let list = |document: &Document| {
        let names: Vec<_> = document.tiers.iter().map(|one| one.name.as_str()).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(" < ")
        }
    };
    value("tiers", "order", list(before), list(after), changes);
    let default = |document: &Document| or_none(document.default_tier.as_deref());
    value("tiers", "default", default(before), default(after), changes);
}

fn apps(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let all = |document: &Document| -> Vec<String> {
        document.apps.iter().map(|one| one.name.clone()).collect()
    };
    names("apps", &all(before), &all(after), THINGS, changes);
    for app in &after.apps {
        if let Some(old) = before.apps.iter().find(|old| old.name == app.name) {
            let subject = format!("app {}", app.name);
            value(
                &subject,
                "tier",
                old.tier.clone(),
                app.tier.clone(),
                changes,
            );
        }
    }
}

/// Attributes, and resources with their fields.
fn declared(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    let attributes = |document: &Document| -> Vec<String> {
        let auth = document
            .auth
            .iter()
            .map(|one| format!("auth.{}: {}", one.name, one.kind));
        let context = document.context.iter();
        auth.chain(context.map(|one| format!("request.{}: {}", one.name, one.kind)))
            .collect()
    };
    names(
        "attributes",
        &attributes(before),
        &attributes(after),
        THINGS,
        changes,
    );
    let resources = |document: &Document| -> Vec<String> {
        document
            .resources
            .iter()
            .map(|one| one.name.clone())
            .collect()
    };
    names(
        "resources",
        &resources(before),
        &resources(after),
        THINGS,
        changes,
    );
    for resource in &after.resources {
        let Some(old) = before
            .resources
            .iter()
            .find(|old| old.name == resource.name)
        else {
            continue;
        };
        let fields = |one: &portcullis_core::policy::ResourceDocument| -> Vec<String> {
            let fields = one.fields.iter().map(|field| {
                let default = field.default.as_ref();
                let default = default.map_or_else(String::new, |text| format!(" = {text}"));
                format!("{}: {}{default}", field.name, field.kind)
            });
            let scope = one.scope.iter();
            fields
                .chain(scope.map(|one| format!("scope {} in {}", one.level, one.field)))
                .collect()
        };
        let subject = format!("resource {}", resource.name);
        names(&subject, &fields(old), &fields(resource), THINGS, changes);
    }
}

fn rules(before: &Document, after: &Document, changes: &mut Vec<Change>) {
    for rule in &after.rules {
        let subject = format!("rule {}", rule.name);
        match before.rules.iter().find(|old| old.name == rule.name) {
            Some(old) => changed_rule(&subject, old, rule, changes),
            None => changes.push(Change::new(&subject, Effect::Added, &sentence(rule))),
        }
    }
    for rule in &before.rules {
        if !after.rules.iter().any(|new| new.name == rule.name) {
            let subject = format!("rule {}", rule.name);
            changes.push(Change::new(&subject, Effect::Removed, &sentence(rule)));
        }
    }
}

fn changed_rule(subject: &str, old: &RuleDocument, new: &RuleDocument, changes: &mut Vec<Change>) {
    let parts = |rule: &RuleDocument| {
        [
            ("effect", rule.effect.clone()),
            ("resource", rule.resource.clone()),
            ("actions", list(rule.actions.as_deref(), "all")),
            ("when", condition(rule)),
            ("fields", list(rule.fields.as_deref(), "all")),
            ("roles", list(rule.roles.as_deref(), "everyone")),
            ("tier", or_none(rule.tier.as_deref())),
        ]
    };
    for ((what, old), (_, new)) in parts(old).into_iter().zip(parts(new)) {
        value(subject, what, old, new, changes);
    }
}

fn list(names: Option<&[String]>, none: &str) -> String {
    match names {
        None => none.to_owned(),
        Some([]) => "none".to_owned(),
        Some(names) => names.join(", "),
    }
}

fn condition(rule: &RuleDocument) -> String {
    match &rule.when {
        Some(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        None => "always".to_owned(),
    }
}

/// `allow read, update of record to everyone when …`.
fn sentence(rule: &RuleDocument) -> String {
    let actions = list(rule.actions.as_deref(), "everything");
    let roles = list(rule.roles.as_deref(), "everyone");
    let when = match &rule.when {
        Some(_) => format!(" when {}", condition(rule)),
        None => String::new(),
    };
    format!(
        "{} {actions} of {} to {roles}{when}",
        rule.effect, rule.resource
    )
}
