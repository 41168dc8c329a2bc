//! Accounts by their names, and those that could do something.

use portcullis_core::condition::{Datum, Facts, Scalar, Test, Truth, Type};
use portcullis_core::decide::{Carriers, carriers};
use portcullis_core::policy::{Effect, Field, Resource, Rule};
use portcullis_core::sql::{Columns, Fragment};
use portcullis_service::catalog::AccountSearch;
use portcullis_service::tenants::Page;
use serde_json::{Value as Json, json};

use super::keys::keys;
use super::settle::{Settling, principal_is_open};
use super::{chain, number, param, text};
use crate::tenants::MEMBERSHIPS;
use crate::{Statement, Tables, scopes};

/// The scope's own `level:id`; the index is on the same words.
const LEAF: &str = "substr(g.scope, 1 + length(rtrim(g.scope, replace(g.scope, '/', ''))))";

/// Everything about the accounts `u` that decisions are made on.
fn account(tables: &Tables) -> String {
    tables.fill(&format!(
        "SELECT u.*, (SELECT json_group_array(CASE g.scope WHEN '' THEN g.role \
         ELSE g.role || '@' || g.scope END) FROM role_grant g WHERE g.user_id = u.id) AS grants, \
         {MEMBERSHIPS} AS memberships FROM user u WHERE u.disabled_at_ms IS NULL \
         AND (u.banned_at_ms IS NULL OR u.ban_expires_at_ms <= unixepoch() * 1000) AND "
    ))
}

/// Accounts with these ids or addresses.
pub(super) fn named(tables: &Tables, names: &[String]) -> Statement {
    let list = "(SELECT value FROM json_each(?1))";
    Statement::new(
        format!("{}(u.id IN {list} OR u.email IN {list})", account(tables)),
        vec![scopes::json(names)],
    )
}

/// Accounts of whom something could be allowed, in order of their ids; `None` when there are none.
///
/// They are found by what could allow it: roles and memberships by their indexes, rules for everyone
/// by their conditions. Nobody else is read.
pub(super) fn find(
    tables: &Tables,
    search: &AccountSearch<'_>,
    page: Page<'_>,
) -> Option<Fragment> {
    let carriers = carriers(search.policy, search.query.id, &search.query.scope);
    let mut ways = vec![holders(search, &carriers, page.after)];
    ways.extend(in_tenant(tables, search, &carriers, page.after));
    if carriers.everyone {
        ways.extend(by_rules(search, page.after));
    }
    let ways: Vec<Fragment> = ways.into_iter().flatten().collect();
    let (first, others) = ways.split_first()?;
    let mut union = first.clone();
    for way in others {
        union.push(&text(" UNION "));
        union.push(way);
    }
    Some(chain([
        &text(account(tables)),
        &text("u.id IN ("),
        &union,
        &text(") ORDER BY u.id LIMIT "),
        &number(page.limit),
    ]))
}

/// Those with one of the roles at the scope or above it.
fn holders(search: &AccountSearch<'_>, carriers: &Carriers, after: &str) -> Option<Fragment> {
    let (policy, scope) = (search.policy, &search.query.scope);
    let mut places: Vec<Json> = Vec::new();
    for (role, depth) in &carriers.roles {
        let Some(role) = policy.role(*role).map(|role| role.name.as_str()) else {
            continue;
        };
        let level = policy.levels().get(usize::from(*depth));
        match (level, scope.id_at(*depth)) {
            (Some(level), Some(id)) => places.push(json!([role, format!("{level}:{id}")])),
            _ => places.extend(["", "global"].map(|scope| json!([role, scope]))),
        }
    }
    if places.is_empty() {
        return None;
    }
    Some(chain([
        &text("SELECT g.user_id FROM json_each("),
        &param(Json::Array(places).to_string()),
        &text(format!(
            ") k CROSS JOIN role_grant g WHERE g.role = json_extract(k.value, '$[0]') \
             AND {LEAF} = json_extract(k.value, '$[1]') AND g.user_id > "
        )),
        &param(after),
    ]))
}

/// Owners and members of the scope's tenant, and those with a role there that has the permission.
fn in_tenant(
    tables: &Tables,
    search: &AccountSearch<'_>,
    carriers: &Carriers,
    after: &str,
) -> Vec<Option<Fragment>> {
    let tenants = search.policy.tenants();
    let Some(id) = tenants.and_then(|tenants| search.query.scope.id_at(tenants.depth)) else {
        return Vec::new();
    };
    let filled = |pattern: &str| text(tables.fill(pattern));
    let members = |only: &str| {
        chain([
            &filled("SELECT m.user_id FROM {tenant_member} m WHERE m.tenant_id = "),
            &param(id),
            &text(only),
            &text(" AND m.user_id > "),
            &param(after),
        ])
    };
    let permission = search.policy.permission(search.query.id);
    let role = permission
        .filter(|_| carriers.tenant_role)
        .map(|permission| {
            chain([
                &filled(
                    "SELECT m.user_id FROM {tenant_role} r CROSS JOIN {tenant_role_permission} p \
                 ON p.role_id = r.id CROSS JOIN {tenant_member_role} h ON h.role_id = r.id \
                 CROSS JOIN {tenant_member} m ON m.id = h.member_id WHERE r.tenant_id = ",
                ),
                &param(id),
                &text(" AND p.permission = "),
                &param(permission.name.as_str()),
                &text(" AND m.user_id > "),
                &param(after),
            ])
        });
    vec![
        carriers.member.then(|| members("")),
        (carriers.owner && !carriers.member).then(|| members(" AND m.is_owner = 1")),
        role,
    ]
}

/// Those for whom the condition of a rule for everyone may be true.
fn by_rules(search: &AccountSearch<'_>, after: &str) -> Vec<Option<Fragment>> {
    let Some(permission) = search.policy.permission(search.query.id) else {
        return Vec::new();
    };
    let principals = principals(search);
    let columns = columns(&principals);
    let rules = permission.allow_rules.iter();
    rules
        .filter_map(|rule| search.policy.rule(*rule))
        .filter(|rule| rule.effect == Effect::Allow && rule.roles.is_none())
        .map(|rule| by_rule(search, rule, &columns, after))
        .collect()
}

fn by_rule(
    search: &AccountSearch<'_>,
    rule: &Rule,
    columns: &Columns<'_>,
    after: &str,
) -> Option<Fragment> {
    let attributes = u16::try_from(search.policy.auth().len()).ok()?;
    let settling = Settling {
        facts: Facts {
            auth_id: &Datum::Null,
            auth: &[],
            record: search.query.record.as_deref(),
            request: &search.query.context,
            now: search.now,
        },
        open: principal_is_open,
        attributes,
    };
    let test: Test = settling.settle(&rule.when);
    if matches!(test, Test::Constant(truth) if truth != Truth::True) {
        return None;
    }
    let ids = keys(&test).filter(|keys| keys.iter().all(|(field, _)| *field == attributes));
    let (found, before) = match ids {
        Some(keys) => {
            let ids: Vec<String> = keys.into_iter().map(|(_, id)| id).collect();
            let list = Json::from(ids).to_string();
            let found = chain([
                &text("c.id IN (SELECT value FROM json_each("),
                &param(list),
                &text("))"),
            ]);
            // Without an index on the order: the list is the shorter way.
            (found, " AND +c.id > ")
        }
        None => (columns.filter(&test), " AND c.id > "),
    };
    Some(chain([
        &text("SELECT c.id FROM user c WHERE "),
        &found,
        &text(before),
        &param(after),
    ]))
}

/// Principals as if they were records: the declared attributes at their numbers, then the id.
fn principals(search: &AccountSearch<'_>) -> Resource {
    let field = |name: &str, kind| Field {
        name: name.to_owned(),
        kind,
        default: None,
        at: None,
    };
    let attributes = search.policy.auth().iter();
    let mut fields: Vec<_> = attributes.map(|one| field(&one.name, one.kind)).collect();
    fields.push(field("id", Type::One(Scalar::Text)));
    Resource {
        name: String::new(),
        label: String::new(),
        table: String::new(),
        actions: Vec::new(),
        permissions: Vec::new(),
        fields,
        scope: Vec::new(),
        at: None,
    }
}

/// Where the attributes of the account `c` are; as in principals, what the account itself says goes
/// before a stored attribute of that name.
fn columns(principals: &Resource) -> Columns<'_> {
    let mut columns = Columns::of(principals);
    for (id, field) in (0..).zip(&principals.fields) {
        let name = field.name.as_str();
        columns.replace(
            id,
            text(match name {
                "id" | "email" | "email_verified" | "name" => format!("c.{name}"),
                // An attribute's name has letters, digits and `_` alone.
                _ => format!("json_extract(c.attributes, '$.\"{name}\"')"),
            }),
        );
    }
    columns
}
