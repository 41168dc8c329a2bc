//! What a change does, statement by statement. Each does something only if the verdict of the change
//! ?1 is that it is in order.

use portcullis_service::tenants::{NewChange, Write};

use crate::{Statement, Tables, Value};

const OK: &str = "EXISTS (SELECT 1 FROM {tenant_change} WHERE id = ?1 AND verdict = 'ok')";

/// Puts statements together whose first parameter is the change's id.
struct Effects<'a> {
    tables: &'a Tables,
    change: &'a NewChange<'a>,
    statements: Vec<Statement>,
}

impl Effects<'_> {
    fn add(&mut self, text: &str, params: impl IntoIterator<Item = Value>) {
        let text = self.tables.fill(&text.replace("{ok}", OK));
        let mut all = vec![Value::from(self.change.id)];
        all.extend(params);
        self.statements.push(Statement::new(text, all));
    }

    /// Counts a change of what users may do, `who` being a condition on their ids.
    fn raise_users(&mut self, who: &str, param: &str) {
        let at_ms = self.change.at_ms;
        self.add(
            &format!(
                "UPDATE user SET epoch = epoch + 1, updated_at_ms = ?3 WHERE {{ok}} AND id IN ({who})"
            ),
            [param.into(), at_ms.into()],
        );
    }

    fn raise_tenant(&mut self) {
        let tenant = self.change.tenant_id.unwrap_or_default();
        let at_ms = self.change.at_ms;
        self.add(
            "UPDATE {tenant} SET epoch = epoch + 1, updated_at_ms = ?3 WHERE {ok} AND id = ?2",
            [tenant.into(), at_ms.into()],
        );
    }

    fn raise_holders(&mut self, role_id: &str) {
        self.raise_users(
            "SELECT m.user_id FROM {tenant_member} m JOIN {tenant_member_role} h \
             ON h.member_id = m.id WHERE h.role_id = ?2",
            role_id,
        );
    }

    fn raise_member(&mut self, member_id: &str) {
        self.raise_users(
            "SELECT user_id FROM {tenant_member} WHERE id = ?2",
            member_id,
        );
        self.raise_tenant();
    }

    /// A permission's name means something else from now on, to everybody who holds it.
    fn raise_permission(&mut self, id: &str) {
        self.raise_users(
            "SELECT m.user_id FROM {tenant_permission} p JOIN {tenant_role_permission} c \
             ON c.permission = p.name JOIN {tenant_member_role} h ON h.role_id = c.role_id \
             JOIN {tenant_member} m ON m.id = h.member_id WHERE p.id = ?2",
            id,
        );
        let at_ms = self.change.at_ms;
        self.add(
            "UPDATE {tenant} SET epoch = epoch + 1, updated_at_ms = ?3 WHERE {ok} AND id IN \
             (SELECT r.tenant_id FROM {tenant_permission} p JOIN {tenant_role_permission} c \
             ON c.permission = p.name JOIN {tenant_role} r ON r.id = c.role_id WHERE p.id = ?2)",
            [id.into(), at_ms.into()],
        );
        self.add(
            "UPDATE {tenant_role} SET revision = revision + 1, updated_at_ms = ?3 WHERE {ok} AND \
             id IN (SELECT c.role_id FROM {tenant_permission} p JOIN {tenant_role_permission} c \
             ON c.permission = p.name WHERE p.id = ?2)",
            [id.into(), at_ms.into()],
        );
    }

    fn count_permissions(&mut self) {
        self.add(
            "UPDATE {tenant_permission_epoch} SET epoch = epoch + 1 WHERE {ok}",
            [],
        );
    }
}

pub(super) fn effects(tables: &Tables, change: &NewChange<'_>) -> Vec<Statement> {
    let mut effects = Effects {
        tables,
        change,
        statements: Vec::new(),
    };
    match change.write {
        Write::CreateTenant { .. }
        | Write::UpdateTenant { .. }
        | Write::AddMember { .. }
        | Write::SetOwner { .. }
        | Write::RemoveMember { .. } => on_tenants(&mut effects),
        Write::CreateRole { .. } | Write::UpdateRole { .. } | Write::DeleteRole { .. } => {
            on_roles(&mut effects);
        }
        Write::Assign { .. } | Write::Unassign { .. } => on_assignments(&mut effects),
        Write::CreatePermission { .. }
        | Write::UpdatePermission { .. }
        | Write::DeletePermission { .. } => on_permissions(&mut effects),
    }
    effects.statements
}

fn on_tenants(effects: &mut Effects<'_>) {
    let change = effects.change;
    let tenant = change.tenant_id.unwrap_or_default();
    match change.write {
        Write::CreateTenant { .. } => create_tenant(effects),
        Write::UpdateTenant { name } => effects.add(
            "UPDATE {tenant} SET name = ?3, updated_at_ms = ?4 WHERE {ok} AND id = ?2",
            [tenant.into(), name.as_str().into(), change.at_ms.into()],
        ),
        Write::AddMember {
            id, user, owner, ..
        } => {
            effects.add(
                "INSERT INTO {tenant_member} (id, tenant_id, user_id, is_owner, created_at_ms) \
                 SELECT ?2, ?3, id, ?5, ?6 FROM user WHERE {ok} AND (id = ?4 OR email = ?4) \
                 LIMIT 1",
                [
                    id.as_str().into(),
                    tenant.into(),
                    user.as_str().into(),
                    (*owner).into(),
                    change.at_ms.into(),
                ],
            );
            effects.raise_member(id);
        }
        Write::SetOwner { member_id, owner } => {
            effects.add(
                "UPDATE {tenant_member} SET is_owner = ?3 WHERE {ok} AND id = ?2",
                [member_id.as_str().into(), (*owner).into()],
            );
            effects.raise_member(member_id);
        }
        Write::RemoveMember { member_id } => {
            effects.raise_member(member_id);
            effects.add(
                "DELETE FROM {tenant_member_role} WHERE {ok} AND member_id = ?2",
                [member_id.as_str().into()],
            );
            effects.add(
                "DELETE FROM {tenant_member} WHERE {ok} AND id = ?2",
                [member_id.as_str().into()],
            );
        }
        _ => {}
    }
}

fn create_tenant(effects: &mut Effects<'_>) {
    let change = effects.change;
    let Write::CreateTenant {
        id,
        name,
        slug,
        member_id,
        scope,
        ..
    } = change.write
    else {
        return;
    };
    effects.add(
        "INSERT INTO {tenant} (id, name, slug, created_at_ms, updated_at_ms) \
         SELECT ?2, ?3, ?4, ?5, ?5 WHERE {ok}",
        [
            id.as_str().into(),
            name.as_str().into(),
            slug.as_str().into(),
            change.at_ms.into(),
        ],
    );
    effects.add(
        "INSERT INTO scope (leaf, path, label, created_at_ms) SELECT ?2, ?2, ?3, ?4 WHERE {ok}",
        [
            scope.as_str().into(),
            name.as_str().into(),
            change.at_ms.into(),
        ],
    );
    effects.add(
        "INSERT INTO {tenant_member} (id, tenant_id, user_id, is_owner, created_at_ms) \
         SELECT ?2, ?3, ?4, 1, ?5 WHERE {ok}",
        [
            member_id.as_str().into(),
            id.as_str().into(),
            change.authority.user_id.as_str().into(),
            change.at_ms.into(),
        ],
    );
    effects.raise_member(member_id);
}

fn on_roles(effects: &mut Effects<'_>) {
    let change = effects.change;
    let tenant = change.tenant_id.unwrap_or_default();
    match change.write {
        Write::CreateRole {
            id,
            name,
            description,
            permissions,
            ..
        } => {
            effects.add(
                "INSERT INTO {tenant_role} (id, tenant_id, name, description, created_at_ms, \
                 updated_at_ms) SELECT ?2, ?3, ?4, ?5, ?6, ?6 WHERE {ok}",
                [
                    id.as_str().into(),
                    tenant.into(),
                    name.as_str().into(),
                    description.as_str().into(),
                    change.at_ms.into(),
                ],
            );
            carry(effects, id, permissions);
        }
        Write::UpdateRole { .. } => update_role(effects),
        Write::DeleteRole { role_id, .. } => {
            effects.raise_holders(role_id);
            effects.raise_tenant();
            for text in [
                "DELETE FROM {tenant_member_role} WHERE {ok} AND role_id = ?2",
                "DELETE FROM {tenant_role_permission} WHERE {ok} AND role_id = ?2",
                "DELETE FROM {tenant_role} WHERE {ok} AND id = ?2",
            ] {
                effects.add(text, [role_id.as_str().into()]);
            }
        }
        _ => {}
    }
}

fn update_role(effects: &mut Effects<'_>) {
    let change = effects.change;
    let Write::UpdateRole {
        role_id,
        name,
        description,
        permissions,
        ..
    } = change.write
    else {
        return;
    };
    effects.add(
        "UPDATE {tenant_role} SET name = coalesce(?3, name), \
         description = coalesce(?4, description), revision = revision + 1, \
         updated_at_ms = ?5 WHERE {ok} AND id = ?2",
        [
            role_id.as_str().into(),
            name.clone().into(),
            description.clone().into(),
            change.at_ms.into(),
        ],
    );
    if let Some(permissions) = permissions {
        effects.add(
            "DELETE FROM {tenant_role_permission} WHERE {ok} AND role_id = ?2 \
             AND permission NOT IN (SELECT value FROM json_each(?3))",
            [role_id.as_str().into(), crate::scopes::json(permissions)],
        );
        carry(effects, role_id, permissions);
    }
    effects.raise_holders(role_id);
    effects.raise_tenant();
}

/// Sets go through `json_each`, as D1 binds at most 100 parameters.
fn carry(effects: &mut Effects<'_>, role_id: &str, permissions: &[String]) {
    effects.add(
        "INSERT INTO {tenant_role_permission} (role_id, permission) \
         SELECT ?2, value FROM json_each(?3) WHERE {ok} ON CONFLICT DO NOTHING",
        [role_id.into(), crate::scopes::json(permissions)],
    );
}

fn on_assignments(effects: &mut Effects<'_>) {
    let change = effects.change;
    match change.write {
        Write::Assign {
            member_id, role_id, ..
        } => {
            effects.add(
                "INSERT INTO {tenant_member_role} (member_id, role_id, created_at_ms) \
                 SELECT ?2, ?3, ?4 WHERE {ok}",
                [
                    member_id.as_str().into(),
                    role_id.as_str().into(),
                    change.at_ms.into(),
                ],
            );
            effects.raise_member(member_id);
        }
        Write::Unassign {
            member_id, role_id, ..
        } => {
            effects.add(
                "DELETE FROM {tenant_member_role} WHERE {ok} AND member_id = ?2 AND role_id = ?3",
                [member_id.as_str().into(), role_id.as_str().into()],
            );
            effects.raise_member(member_id);
        }
        _ => {}
    }
}

fn on_permissions(effects: &mut Effects<'_>) {
    let change = effects.change;
    match change.write {
        Write::CreatePermission {
            id,
            name,
            description,
            ..
        } => effects.add(
            "INSERT INTO {tenant_permission} (id, name, description, created_at_ms, \
             updated_at_ms) SELECT ?2, ?3, ?4, ?5, ?5 WHERE {ok}",
            [
                id.as_str().into(),
                name.as_str().into(),
                description.as_str().into(),
                change.at_ms.into(),
            ],
        ),
        Write::UpdatePermission {
            id,
            name,
            description,
        } => {
            effects.raise_permission(id);
            if let Some(name) = name {
                effects.add(
                    "UPDATE OR REPLACE {tenant_role_permission} SET permission = ?3 WHERE {ok} \
                     AND permission = (SELECT name FROM {tenant_permission} WHERE id = ?2)",
                    [id.as_str().into(), name.as_str().into()],
                );
            }
            effects.add(
                "UPDATE {tenant_permission} SET name = coalesce(?3, name), \
                 description = coalesce(?4, description), updated_at_ms = ?5 WHERE {ok} AND id = ?2",
                [
                    id.as_str().into(),
                    name.clone().into(),
                    description.clone().into(),
                    change.at_ms.into(),
                ],
            );
        }
        Write::DeletePermission { id } => {
            effects.raise_permission(id);
            effects.add(
                "DELETE FROM {tenant_role_permission} WHERE {ok} \
                 AND permission = (SELECT name FROM {tenant_permission} WHERE id = ?2)",
                [id.as_str().into()],
            );
            effects.add(
                "DELETE FROM {tenant_permission} WHERE {ok} AND id = ?2",
                [id.as_str().into()],
            );
        }
        _ => {}
    }
    effects.count_permissions();
}
