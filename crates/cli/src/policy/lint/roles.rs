//! Roles that come to nothing, and permissions that come to nobody.

use portcullis_core::policy::{Effect, Permission, PermissionId, Role, RoleId};

use super::super::model::Model;
use super::{Finding, IDLE_ROLE, NOBODY_MAY, UNGRANTABLE_ROLE, truth};

pub(super) fn look(model: &Model<'_>, findings: &mut Vec<Finding>) {
    for (id, role) in model.roles() {
        let path = format!("roles.{}", role.name);
        // A role that only others inherit from need not be granted itself.
        let is_inherited = model
            .roles()
            .any(|(other, _)| other != id && model.includes(other, id));
        if is_ungrantable(model, role) && !is_inherited {
            let message = format!("the role `{}` can be granted nowhere", role.name);
            findings.push(Finding::new(&UNGRANTABLE_ROLE, path, role.at, message));
        } else if is_idle(model, id) {
            let message = format!(
                "the role `{}` carries no permission, and no rule names it",
                role.name
            );
            findings.push(Finding::new(&IDLE_ROLE, path, role.at, message));
        }
    }
    for (id, permission) in (0..).zip(model.policy.permissions()) {
        if nobody_may(model, id, permission) {
            findings.push(nobody(model, permission));
        }
    }
}

fn nobody(model: &Model<'_>, permission: &Permission) -> Finding {
    let resource = permission.resource.and_then(|id| model.policy.resource(id));
    let at = permission.at.or(resource.and_then(|one| one.at));
    let message = format!(
        "nobody can come to have `{}`: no role that can be granted carries it, and no rule allows it",
        permission.name
    );
    let path = format!("permissions.{}", permission.name);
    Finding::new(&NOBODY_MAY, path, at, message)
}

pub(super) fn is_ungrantable(model: &Model<'_>, role: &Role) -> bool {
    !super::super::model::depths(model.policy).any(|depth| role.may_be_granted_at(depth))
}

fn is_idle(model: &Model<'_>, id: RoleId) -> bool {
    let names = |named: &Vec<RoleId>| named.iter().any(|one| model.includes(id, *one));
    model.permissions(id).is_empty()
        && model.superuser_from(id, 0).is_none()
        && !model
            .rules()
            .any(|(_, rule)| rule.roles.as_ref().is_some_and(names))
}

/// A rule and a role made at run time can carry any permission; without them it takes a role that
/// can be granted.
fn nobody_may(model: &Model<'_>, id: PermissionId, permission: &Permission) -> bool {
    let is_carried = model.roles().any(|(role, one)| {
        model.grant_depths(one).any(|depth| {
            model.permissions(role).contains(&id) || model.superuser_from(role, depth).is_some()
        })
    });
    let is_ruled = permission.allow_rules.iter().any(|rule| {
        model
            .policy
            .rule(*rule)
            .is_some_and(|rule| rule.effect == Effect::Allow && truth::of(&rule.when).can_be_true)
    });
    !is_carried && !is_ruled && model.policy.tenants().is_none()
}
