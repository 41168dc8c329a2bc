//! What has to hold when a change is written: the first statement of its batch finds out, and the
//! others do something only if it does.
//!
//! Parameters of every change: ?1 its id, ?2 its kind, ?3 the tenant, ?4 who makes it, ?5 when, ?6
//! the epoch that it was decided on, ?7 whether it was decided on being an owner. Those of one kind
//! begin with ?8.

use portcullis_service::tenants::{Ground, NewChange, Write};

use super::reads::{MEMBER, PERMISSION, ROLE, assignment};
use crate::{Statement, Tables, Value};

/// Time of check to time of use (CWE-367): what was decided on has to hold still.
const HOLDS: &str = "EXISTS (SELECT 1 FROM user a WHERE a.id = ?4 AND a.disabled_at_ms IS NULL \
     AND (a.banned_at_ms IS NULL OR a.ban_expires_at_ms <= ?5) AND CASE ?7 WHEN 1 THEN {actor_owns} ELSE a.epoch = ?6 END)";

const ACTOR_OWNS: &str = "EXISTS (SELECT 1 FROM {tenant_member} o \
     WHERE o.tenant_id = ?3 AND o.user_id = ?4 AND o.is_owner = 1)";

const TENANT_IS: &str = "EXISTS (SELECT 1 FROM {tenant} WHERE id = ?3)";

const ROLE_IS: &str = "EXISTS (SELECT 1 FROM {tenant_role} WHERE id = ?9 AND tenant_id = ?3)";

/// A role may have got permissions since that its changer doesn't hold.
const ROLE_CHANGED: &str = "(?7 = 0 AND EXISTS (SELECT 1 FROM {tenant_role} \
     WHERE id = ?9 AND revision <> ?10))";

const MEMBER_IS: &str = "EXISTS (SELECT 1 FROM {tenant_member} WHERE id = ?8 AND tenant_id = ?3)";

const MEMBER_OWNS: &str =
    "EXISTS (SELECT 1 FROM {tenant_member} WHERE id = ?8 AND tenant_id = ?3 AND is_owner = 1)";

const OWNERS: &str = "(SELECT count(*) FROM {tenant_member} WHERE tenant_id = ?3 AND is_owner = 1)";

const HELD: &str =
    "EXISTS (SELECT 1 FROM {tenant_member_role} WHERE member_id = ?8 AND role_id = ?9)";

/// The statement that writes the verdict, and for deletions the record as it was.
pub(super) fn verdict(tables: &Tables, change: &NewChange<'_>) -> Statement {
    let (cases, record, own_params) = of_kind(change.write);
    let holds = HOLDS.replace("{actor_owns}", ACTOR_OWNS);
    let record = record.unwrap_or_else(|| "NULL".to_owned());
    let cases: Vec<String> = cases
        .iter()
        .map(|(condition, verdict)| format!("WHEN {condition} THEN '{verdict}'"))
        .collect();
    let cases = cases.join(" ");
    let text = format!(
        "INSERT INTO {{tenant_change}} (id, kind, tenant_id, user_id, created_at_ms, next_at_ms, \
         verdict, record) SELECT ?1, ?2, ?3, ?4, ?5, ?5, CASE WHEN NOT {holds} THEN 'stale' \
         {cases} ELSE 'ok' END, {record}"
    );
    let (epoch, by_owner) = match change.authority.ground {
        Ground::Owner => (-1, true),
        Ground::Epoch(epoch) => (epoch, false),
    };
    let mut params: Vec<Value> = vec![
        change.id.into(),
        change.write.kind().as_str().into(),
        change.tenant_id.map(str::to_owned).into(),
        change.authority.user_id.as_str().into(),
        change.at_ms.into(),
        epoch.into(),
        by_owner.into(),
    ];
    params.extend(own_params);
    Statement::new(tables.fill(&text), params)
}

type Cases = Vec<(String, &'static str)>;

fn of_kind(write: &Write) -> (Cases, Option<String>, Vec<Value>) {
    match write {
        Write::CreateTenant { .. } | Write::UpdateTenant { .. } => of_tenants(write),
        Write::AddMember { .. } | Write::SetOwner { .. } | Write::RemoveMember { .. } => {
            of_members(write)
        }
        Write::CreateRole { .. } | Write::UpdateRole { .. } | Write::DeleteRole { .. } => {
            of_roles(write)
        }
        Write::Assign { .. } | Write::Unassign { .. } => of_assignments(write),
        Write::CreatePermission { .. }
        | Write::UpdatePermission { .. }
        | Write::DeletePermission { .. } => of_permissions(write),
    }
}

fn of_tenants(write: &Write) -> (Cases, Option<String>, Vec<Value>) {
    match write {
        Write::CreateTenant {
            slug,
            scope,
            max_owned,
            ..
        } => {
            (
                vec![
                ("EXISTS (SELECT 1 FROM {tenant} WHERE slug = ?8)".into(), "name_taken"),
                ("EXISTS (SELECT 1 FROM scope WHERE leaf = ?9)".into(), "name_taken"),
                (
                    "(SELECT count(*) FROM {tenant_member} WHERE user_id = ?4 AND is_owner = 1) \
                     >= ?10"
                        .into(),
                    "limit",
                ),
            ],
                None,
                vec![
                    slug.as_str().into(),
                    scope.as_str().into(),
                    i64::from(*max_owned).into(),
                ],
            )
        }
        _ => (
            vec![(format!("NOT {TENANT_IS}"), "no_tenant")],
            None,
            Vec::new(),
        ),
    }
}

fn of_members(write: &Write) -> (Cases, Option<String>, Vec<Value>) {
    let no_member = (format!("NOT {MEMBER_IS}"), "no_member");
    match write {
        Write::AddMember {
            user,
            owner,
            max_memberships,
            ..
        } => {
            let user_is = "(SELECT id FROM user WHERE id = ?8 OR email = ?8)";
            (
                vec![
                    (format!("NOT {TENANT_IS}"), "no_tenant"),
                    (format!("NOT EXISTS {user_is}"), "no_user"),
                    (
                        format!(
                            "EXISTS (SELECT 1 FROM {{tenant_member}} WHERE tenant_id = ?3 \
                             AND user_id IN {user_is})"
                        ),
                        "same",
                    ),
                    (format!("?9 = 1 AND NOT {ACTOR_OWNS}"), "not_owner"),
                    (
                        format!(
                            "(SELECT count(*) FROM {{tenant_member}} WHERE user_id IN {user_is}) \
                             >= ?10"
                        ),
                        "limit",
                    ),
                ],
                None,
                vec![
                    user.as_str().into(),
                    (*owner).into(),
                    i64::from(*max_memberships).into(),
                ],
            )
        }
        Write::SetOwner { member_id, owner } => (
            vec![
                no_member,
                (format!("NOT {ACTOR_OWNS}"), "not_owner"),
                (format!("{MEMBER_OWNS} = ?9"), "same"),
                (format!("?9 = 0 AND {OWNERS} <= 1"), "last_owner"),
            ],
            None,
            vec![member_id.as_str().into(), (*owner).into()],
        ),
        Write::RemoveMember { member_id } => (
            vec![
                no_member,
                (format!("{MEMBER_OWNS} AND NOT {ACTOR_OWNS}"), "not_owner"),
                (format!("{MEMBER_OWNS} AND {OWNERS} <= 1"), "last_owner"),
            ],
            Some(format!(
                "(SELECT {MEMBER} FROM {{tenant_member}} m JOIN user u ON u.id = m.user_id \
                 WHERE m.id = ?8 AND m.tenant_id = ?3)"
            )),
            vec![member_id.as_str().into()],
        ),
        _ => (Vec::new(), None, Vec::new()),
    }
}

fn of_roles(write: &Write) -> (Cases, Option<String>, Vec<Value>) {
    let no_role = (format!("NOT {ROLE_IS}"), "no_role");
    let changed = (ROLE_CHANGED.to_owned(), "stale");
    let taken = |other: &str| {
        (
            format!(
                "EXISTS (SELECT 1 FROM {{tenant_role}} WHERE tenant_id = ?3 AND name = ?8{other})"
            ),
            "name_taken",
        )
    };
    match write {
        Write::CreateRole {
            name, max_roles, ..
        } => (
            vec![
                (format!("NOT {TENANT_IS}"), "no_tenant"),
                taken(""),
                (
                    "(SELECT count(*) FROM {tenant_role} WHERE tenant_id = ?3) >= ?9".into(),
                    "limit",
                ),
            ],
            None,
            vec![name.as_str().into(), i64::from(*max_roles).into()],
        ),
        Write::UpdateRole {
            role_id,
            name,
            revision,
            ..
        } => (
            vec![no_role, changed, taken(" AND id <> ?9")],
            None,
            vec![
                name.clone().into(),
                role_id.as_str().into(),
                (*revision).into(),
            ],
        ),
        Write::DeleteRole { role_id, revision } => (
            vec![no_role, changed],
            Some(format!(
                "(SELECT {ROLE} FROM {{tenant_role}} r WHERE r.id = ?9 AND r.tenant_id = ?3)"
            )),
            vec![Value::Null, role_id.as_str().into(), (*revision).into()],
        ),
        _ => (Vec::new(), None, Vec::new()),
    }
}

fn of_assignments(write: &Write) -> (Cases, Option<String>, Vec<Value>) {
    let mut cases = vec![
        (format!("NOT {MEMBER_IS}"), "no_member"),
        (format!("NOT {ROLE_IS}"), "no_role"),
        (ROLE_CHANGED.to_owned(), "stale"),
    ];
    let assignment = assignment();
    let record = format!(
        "(SELECT {assignment} FROM {{tenant_member}} m JOIN {{tenant_role}} r \
         ON r.tenant_id = m.tenant_id WHERE m.id = ?8 AND r.id = ?9 AND m.tenant_id = ?3)"
    );
    let (member_id, role_id, revision, max) = match write {
        Write::Assign {
            member_id,
            role_id,
            revision,
            max_roles,
        } => (member_id, role_id, revision, Some(*max_roles)),
        Write::Unassign {
            member_id,
            role_id,
            revision,
        } => (member_id, role_id, revision, None),
        _ => return (Vec::new(), None, Vec::new()),
    };
    let mut params = vec![
        member_id.as_str().into(),
        role_id.as_str().into(),
        (*revision).into(),
    ];
    match max {
        Some(max) => {
            cases.push((HELD.to_owned(), "same"));
            cases.push((
                "(SELECT count(*) FROM {tenant_member_role} WHERE member_id = ?8) >= ?11".into(),
                "limit",
            ));
            params.push(i64::from(max).into());
        }
        None => cases.push((format!("NOT {HELD}"), "same")),
    }
    (cases, Some(record), params)
}

fn of_permissions(write: &Write) -> (Cases, Option<String>, Vec<Value>) {
    let no_permission = (
        "NOT EXISTS (SELECT 1 FROM {tenant_permission} WHERE id = ?8)".to_owned(),
        "no_permission",
    );
    match write {
        Write::CreatePermission {
            name,
            max_permissions,
            ..
        } => (
            vec![
                (
                    "EXISTS (SELECT 1 FROM {tenant_permission} WHERE name = ?8)".into(),
                    "name_taken",
                ),
                (
                    "(SELECT count(*) FROM {tenant_permission}) >= ?9".into(),
                    "limit",
                ),
            ],
            None,
            vec![name.as_str().into(), i64::from(*max_permissions).into()],
        ),
        Write::UpdatePermission { id, name, .. } => (
            vec![
                no_permission,
                (
                    "EXISTS (SELECT 1 FROM {tenant_permission} WHERE name = ?9 AND id <> ?8)"
                        .into(),
                    "name_taken",
                ),
            ],
            None,
            vec![id.as_str().into(), name.clone().into()],
        ),
        Write::DeletePermission { id } => (
            vec![no_permission],
            Some(format!(
                "(SELECT {PERMISSION} FROM {{tenant_permission}} p WHERE p.id = ?8)"
            )),
            vec![id.as_str().into()],
        ),
        _ => (Vec::new(), None, Vec::new()),
    }
}
