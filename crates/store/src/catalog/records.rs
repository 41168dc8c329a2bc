//! Registered records: put, removed, listed, and searched by the policy.

use portcullis_core::condition::{Datum, Facts, Test};
use portcullis_core::decide::ScopePath;
use portcullis_core::policy::{Depth, Effect, Policy, Role, RoleId, Rule};
use portcullis_core::sql::{Fragment, Given};
use portcullis_service::catalog::{RecordSearch, Registered};
use portcullis_service::tenants::Page;
use portcullis_service::{AuditEvent, StoreError};
use serde_json::{Value as Json, json};

use super::keys::{Key, keys, keys_of};
use super::settle::{Settling, record_is_open};
use super::{chain, number, param, text};
use crate::{Row, Statement, audit};

const COLUMNS: &str = "type, id, properties, updated_at_ms";

/// Registers a record or replaces what is known of it.
#[must_use]
pub fn put(record: &Registered) -> Vec<Statement> {
    let key = || vec![record.kind.as_str().into(), record.id.as_str().into()];
    let with = |more: String| [key(), vec![more.into()]].concat();
    let properties = Json::Object(record.properties.clone()).to_string();
    let values: Vec<Json> = record
        .properties
        .iter()
        .flat_map(|(field, value)| {
            let keys = keys_of(value).into_iter();
            keys.map(move |key| json!([field, key]))
        })
        .collect();
    let mut kept = with(properties);
    kept.push(record.updated_at_ms.into());
    vec![
        Statement::new(
            "INSERT INTO record (type, id, properties, updated_at_ms) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (type, id) DO UPDATE SET properties = excluded.properties, \
             updated_at_ms = excluded.updated_at_ms WHERE properties <> excluded.properties \
             RETURNING id",
            kept,
        ),
        Statement::new(
            "DELETE FROM record_value WHERE type = ?1 AND id = ?2",
            key(),
        ),
        Statement::new(
            "INSERT OR IGNORE INTO record_value (type, field, value, id) SELECT ?1, \
             json_extract(value, '$[0]'), json_extract(value, '$[1]'), ?2 FROM json_each(?3)",
            with(Json::Array(values).to_string()),
        ),
    ]
}

/// Forgets a record; the event is recorded only if there is one. The first statement returns a row
/// then, and the last one as well.
#[must_use]
pub fn remove(kind: &str, id: &str, event: &AuditEvent) -> Vec<Statement> {
    vec![
        exists(kind, id),
        audit::add_if_registered(event, kind, id),
        Statement::new(
            "DELETE FROM record WHERE type = ?1 AND id = ?2 RETURNING id",
            vec![kind.into(), id.into()],
        ),
    ]
}

/// Records of a type after an id, in order, at most `limit`.
#[must_use]
pub fn list(kind: &str, after: &str, limit: u32) -> Statement {
    Statement::new(
        format!("SELECT {COLUMNS} FROM record WHERE type = ?1 AND id > ?2 ORDER BY id LIMIT ?3"),
        vec![kind.into(), after.into(), i64::from(limit).into()],
    )
}

pub(super) fn exists(kind: &str, id: &str) -> Statement {
    Statement::new(
        "SELECT 1 AS one FROM record WHERE type = ?1 AND id = ?2",
        vec![kind.into(), id.into()],
    )
}

pub(super) fn with_keys(keys: &[(String, String)]) -> Statement {
    let keys: Vec<Json> = keys.iter().map(|(kind, id)| json!([kind, id])).collect();
    Statement::new(
        "SELECT r.type, r.id, r.properties, r.updated_at_ms FROM json_each(?1) k \
         CROSS JOIN record r ON r.type = json_extract(k.value, '$[0]') \
         AND r.id = json_extract(k.value, '$[1]')",
        vec![Json::Array(keys).to_string().into()],
    )
}

/// Reads a record.
///
/// # Errors
/// A [`StoreError`] for a row that isn't one.
pub fn record(row: &Row) -> Result<Registered, StoreError> {
    Ok(Registered {
        kind: row.text("type")?,
        id: row.text("id")?,
        properties: serde_json::from_str(&row.text("properties")?)
            .map_err(|_| row.inconsistent("properties", "a JSON object"))?,
        updated_at_ms: row.integer("updated_at_ms")?,
    })
}

/// The records that the policy lets the subject do the action to; `None` when there can't be any.
///
/// Fields are columns of a subquery, so that the policy's predicate names them. Where everything
/// that could allow a record needs one of some values in it, those are looked up first: other
/// records aren't read.
pub(super) fn find(search: &RecordSearch<'_>, page: Page<'_>) -> Option<Fragment> {
    let given = Given {
        scope: search
            .resource
            .scope
            .is_empty()
            .then(|| search.scope.clone()),
        context: search.context.clone(),
        now: search.now,
    };
    let filter = search
        .policy
        .filter(search.subject, &search.resource.name, search.action, &given)
        .ok()
        .filter(|filter| !filter.is_never())?;
    let mut inner = text("SELECT r.type AS `$t`, r.id AS `$i`, r.properties AS `$p`, ");
    inner.push(&text("r.updated_at_ms AS `$u`"));
    for field in &search.resource.fields {
        // A field's name has letters, digits and `_` alone.
        let name = &field.name;
        let column = format!(", json_extract(r.properties, '$.\"{name}\"') AS `{name}`");
        inner.push(&text(column));
    }
    inner.push(&text(" FROM record r WHERE r.type = "));
    inner.push(&param(search.resource.name.as_str()));
    inner.push(&match needed(search) {
        None => chain([&text(" AND r.id > "), &param(page.after)]),
        Some(keys) if keys.is_empty() => return None,
        Some(keys) => looked_up(search, &keys, page.after),
    });
    Some(chain([
        &text("SELECT `$t` AS type, `$i` AS id, `$p` AS properties, `$u` AS updated_at_ms FROM ("),
        &inner,
        &text(") WHERE "),
        &filter,
        &text(" ORDER BY `$i` LIMIT "),
        &number(page.limit),
    ]))
}

/// The records that have one of the keys.
fn looked_up(search: &RecordSearch<'_>, keys: &[Key], after: &str) -> Fragment {
    let named = keys.iter().filter_map(|(field, value)| {
        let field = search.resource.field(*field)?;
        Some(json!([field.name, value]))
    });
    let keys = Json::Array(named.collect()).to_string();
    chain([
        &text(" AND r.id IN (SELECT v.id FROM json_each("),
        &param(keys),
        &text(") k CROSS JOIN record_value v WHERE v.type = "),
        &param(search.resource.name.as_str()),
        &text(
            " AND v.field = json_extract(k.value, '$[0]') \
             AND v.value = json_extract(k.value, '$[1]') AND v.id > ",
        ),
        &param(after),
        &text(")"),
    ])
}

/// Keys of which every record has one that anything could allow; `None` when there is no such set.
fn needed(search: &RecordSearch<'_>) -> Option<Vec<Key>> {
    let id = search.resource.permission(search.action)?;
    let permission = search.policy.permission(id)?;
    let mut all = places(search, |path, role| {
        let is_superuser = role.superuser_from.is_some_and(|from| path.depth() <= from);
        is_superuser || is_one_of(search.policy, role, &permission.roles)
    })?;
    all.extend(tenants(search)?);
    let rules = permission.allow_rules.iter();
    for rule in rules.filter_map(|rule| search.policy.rule(*rule)) {
        let tier = search.subject.tier();
        let has_tier = rule
            .tier
            .is_none_or(|rank| tier.is_some_and(|tier| tier >= rank));
        if rule.effect == Effect::Allow && has_tier {
            all.extend(needed_by(search, rule)?);
        }
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// What a rule needs: of its condition and of the places where its roles are held, either is enough.
fn needed_by(search: &RecordSearch<'_>, rule: &Rule) -> Option<Vec<Key>> {
    let by_condition = || keys(&settled(search, &rule.when)?);
    let Some(roles) = &rule.roles else {
        return by_condition();
    };
    let held = places(search, |_, role| is_one_of(search.policy, role, roles));
    match held {
        Some(held) if held.is_empty() => Some(held),
        held => by_condition().or(held),
    }
}

fn settled(search: &RecordSearch<'_>, when: &Test) -> Option<Test> {
    let policy = search.policy;
    let context: Vec<_> = policy
        .context()
        .iter()
        .map(|one| {
            let value = search.context.get(&one.name);
            value.map_or(Datum::Null, |value| Datum::conform(value, one.kind))
        })
        .collect();
    let settling = Settling {
        facts: Facts {
            auth_id: search.subject.id(),
            auth: search.subject.attributes(),
            record: None,
            request: &context,
            now: search.now,
        },
        open: record_is_open,
        attributes: u16::try_from(policy.auth().len()).ok()?,
    };
    Some(settling.settle(when))
}

/// What a record must say of its place to lie where a grant holds that `counts`; `None` when one
/// holds everywhere.
fn places(
    search: &RecordSearch<'_>,
    counts: impl Fn(&ScopePath, &Role) -> bool,
) -> Option<Vec<Key>> {
    let policy = search.policy;
    let mut all = Vec::new();
    for grant in &search.principal.grants {
        let role = policy.role_id(&grant.role).and_then(|id| policy.role(id));
        let path = ScopePath::parse(policy, &grant.scope);
        let (Some(role), Ok(path)) = (role, path) else {
            continue;
        };
        if !role.may_be_granted_at(path.depth()) || !counts(&path, role) {
            continue;
        }
        if path.depth() == 0 || search.resource.scope.is_empty() {
            return None;
        }
        all.extend(key_of_place(search, path.depth(), path.leaf()));
    }
    Some(all)
}

/// What a record must say of its place to lie in a tenant of the principal's; `None` when records
/// of the type lie nowhere.
fn tenants(search: &RecordSearch<'_>) -> Option<Vec<Key>> {
    let joined = &search.principal.tenants;
    match search.policy.tenants() {
        Some(_) if search.resource.scope.is_empty() && !joined.is_empty() => None,
        Some(tenants) => {
            let keys = joined
                .iter()
                .filter_map(|one| key_of_place(search, tenants.depth, &one.id));
            Some(keys.collect())
        }
        None => Some(Vec::new()),
    }
}

fn key_of_place(search: &RecordSearch<'_>, depth: Depth, id: &str) -> Option<Key> {
    let mut levels = search.resource.scope.iter();
    let (_, field) = levels.find(|(at, _)| *at == depth)?;
    Some((*field, id.to_owned()))
}

/// Whether a role is one of `roles`, or inherits one, directly or not.
fn is_one_of(policy: &Policy, role: &Role, roles: &[RoleId]) -> bool {
    let is_listed = |name: &str| policy.role_id(name).is_some_and(|id| roles.contains(&id));
    is_listed(&role.name)
        || role
            .inherits
            .iter()
            .filter_map(|id| policy.role(*id))
            .any(|parent| is_one_of(policy, parent, roles))
}
