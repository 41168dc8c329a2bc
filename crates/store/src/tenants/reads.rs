//! Statements that read, and records as JSON, which SQLite puts together so that a role comes with
//! its permissions in one row.

use portcullis_service::StoreError;
use portcullis_service::tenants::Page;
use serde::de::DeserializeOwned;

use crate::{Row, Statement, Tables, Value};

/// A tenant `t`.
pub(super) const TENANT: &str = "json_object('id', t.id, 'name', t.name, 'slug', t.slug, \
     'createdAt', t.created_at_ms, 'updatedAt', t.updated_at_ms)";

/// A membership `m` of the user `u`.
pub(super) const MEMBER: &str = "json_object('id', m.id, 'tenantId', m.tenant_id, \
     'userId', m.user_id, 'name', u.name, 'email', u.email, \
     'owner', json(CASE m.is_owner WHEN 1 THEN 'true' ELSE 'false' END), \
     'createdAt', m.created_at_ms)";

/// A role `r`.
pub(super) const ROLE: &str = "json_object('id', r.id, 'tenantId', r.tenant_id, 'name', r.name, \
     'description', r.description, 'permissions', json((SELECT json_group_array(p.permission) \
     FROM {tenant_role_permission} p WHERE p.role_id = r.id)), 'revision', r.revision, \
     'createdAt', r.created_at_ms, 'updatedAt', r.updated_at_ms)";

/// A permission `p`.
pub(super) const PERMISSION: &str = "json_object('id', p.id, 'name', p.name, \
     'description', p.description, 'createdAt', p.created_at_ms, 'updatedAt', p.updated_at_ms)";

/// A role `r` of the member `m`.
pub(super) fn assignment() -> String {
    format!(
        "json_object('tenantId', m.tenant_id, 'memberId', m.id, 'userId', m.user_id, \
         'role', json({ROLE}))"
    )
}

/// The memberships of the user `u`, as principals have them.
pub(crate) const MEMBERSHIPS: &str = "(SELECT json_group_array(json_object('id', m.tenant_id, \
     'owner', json(CASE m.is_owner WHEN 1 THEN 'true' ELSE 'false' END), \
     'roles', json((SELECT json_group_array(json_object('name', r.name, \
     'permissions', json((SELECT json_group_array(p.permission) \
     FROM {tenant_role_permission} p WHERE p.role_id = r.id)))) \
     FROM {tenant_member_role} h JOIN {tenant_role} r ON r.id = h.role_id \
     WHERE h.member_id = m.id)))) FROM {tenant_member} m WHERE m.user_id = u.id)";

/// The count of changes of permissions made at run time.
pub(crate) const PERMISSION_EPOCH: &str = "(SELECT epoch FROM {tenant_permission_epoch})";

pub(crate) fn record<T: DeserializeOwned>(row: &Row) -> Result<T, StoreError> {
    serde_json::from_str(&row.text("record")?)
        .map_err(|error| row.inconsistent("record", &error.to_string()))
}

pub(crate) fn tenants_of(tables: &Tables, user_id: &str, page: Page<'_>) -> Statement {
    let text = format!(
        "SELECT {TENANT} AS record FROM {{tenant}} t JOIN {{tenant_member}} m \
         ON m.tenant_id = t.id WHERE m.user_id = ?1 AND t.id > ?2 ORDER BY t.id LIMIT ?3"
    );
    paged(tables, &text, vec![user_id.into()], page)
}

pub(crate) fn tenant(tables: &Tables, id: &str) -> Statement {
    let text = format!("SELECT {TENANT} AS record FROM {{tenant}} t WHERE t.id = ?1");
    Statement::new(tables.fill(&text), vec![id.into()])
}

/// Every tenant with the number of its members, in order of its id, after `after`, at most `limit`.
#[must_use]
pub fn all_tenants(tables: &Tables, after: &str, limit: u32) -> Statement {
    let text = "SELECT t.id, t.slug, t.name, (SELECT count(*) FROM {tenant_member} m \
         WHERE m.tenant_id = t.id) AS members FROM {tenant} t WHERE t.id > ?1 ORDER BY t.id LIMIT ?2";
    let page = Page { after, limit };
    paged(tables, text, Vec::new(), page)
}

pub(crate) fn members(tables: &Tables, tenant_id: &str, page: Page<'_>) -> Statement {
    let text = format!(
        "SELECT {MEMBER} AS record FROM {{tenant_member}} m JOIN user u ON u.id = m.user_id \
         WHERE m.tenant_id = ?1 AND m.id > ?2 ORDER BY m.id LIMIT ?3"
    );
    paged(tables, &text, vec![tenant_id.into()], page)
}

pub(crate) fn member(tables: &Tables, tenant_id: &str, id: &str) -> Statement {
    let text = format!(
        "SELECT {MEMBER} AS record FROM {{tenant_member}} m JOIN user u ON u.id = m.user_id \
         WHERE m.tenant_id = ?1 AND m.id = ?2"
    );
    Statement::new(tables.fill(&text), vec![tenant_id.into(), id.into()])
}

pub(crate) fn roles(tables: &Tables, tenant_id: &str, page: Page<'_>) -> Statement {
    let text = format!(
        "SELECT {ROLE} AS record FROM {{tenant_role}} r \
         WHERE r.tenant_id = ?1 AND r.name > ?2 ORDER BY r.name LIMIT ?3"
    );
    paged(tables, &text, vec![tenant_id.into()], page)
}

pub(crate) fn role(tables: &Tables, tenant_id: &str, id: &str) -> Statement {
    let text = format!(
        "SELECT {ROLE} AS record FROM {{tenant_role}} r WHERE r.tenant_id = ?1 AND r.id = ?2"
    );
    Statement::new(tables.fill(&text), vec![tenant_id.into(), id.into()])
}

/// One row with null for a member without roles on this page, none when there is no such member.
pub(crate) fn member_roles(
    tables: &Tables,
    tenant_id: &str,
    member_id: &str,
    page: Page<'_>,
) -> Statement {
    let record = assignment();
    let text = format!(
        "SELECT CASE WHEN r.id IS NULL THEN NULL ELSE {record} END AS record \
         FROM {{tenant_member}} m LEFT JOIN ({{tenant_member_role}} h \
         JOIN {{tenant_role}} r ON r.id = h.role_id) ON h.member_id = m.id AND r.name > ?3 \
         WHERE m.tenant_id = ?1 AND m.id = ?2 ORDER BY r.name LIMIT ?4"
    );
    let params = vec![tenant_id.into(), member_id.into()];
    paged(tables, &text, params, page)
}

/// Every permission with the epoch, and the epoch with null when there is none.
pub(crate) fn permissions(tables: &Tables) -> Statement {
    let text = format!(
        "SELECT e.epoch, CASE WHEN p.id IS NULL THEN NULL ELSE {PERMISSION} END AS record \
         FROM {{tenant_permission_epoch}} e LEFT JOIN {{tenant_permission}} p ORDER BY p.name"
    );
    Statement::new(tables.fill(&text), Vec::new())
}

fn paged(tables: &Tables, text: &str, mut params: Vec<Value>, page: Page<'_>) -> Statement {
    params.push(page.after.into());
    params.push(i64::from(page.limit).into());
    Statement::new(tables.fill(text), params)
}
