//! Roles of a tenant.
//!
//! Privilege escalation (CWE-269): nobody hands on what they don't hold. Who isn't an owner makes,
//! changes and deletes only roles whose permissions, before and after, they hold in the tenant
//! themselves. An owner may put any permission into a role: what a role confers ends at the tenant,
//! the tenant is its owner's, and a permission made at run time would have no first holder
//! otherwise. Deny rules and tiers of the policy bind owners, too, and the operator can choose that
//! owners hand on only what they hold ([`super::OwnersGrant::Held`]).

use portcullis_issue::random::random_id;

use super::access::{Group, Known, read, record_refusal, refuse, request, write};
use super::change::make;
use super::ports::{Authority, Ground, Page, Write};
use super::records::{ChangeKind, Record, Role};
use super::settings::OwnersGrant;
use super::{MAX_ROLE_PERMISSIONS, MAX_ROLES, Refused, current_policy, text};
use crate::host::HostEntropy;
use crate::{App, Caller, Context, Error, Host, Store, StoreError, authorize};

/// What a role is to be from now on; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleChange {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// All that it carries.
    pub permissions: Option<Vec<String>>,
}

/// Makes a role.
///
/// # Errors
/// As for every write, and [`Refused::Value`], [`Refused::UnknownPermission`],
/// [`Refused::NotHeld`], [`Refused::NameTaken`], [`Refused::Limit`].
pub async fn create<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    new: RoleChange,
    context: &Context,
) -> Result<Role, Error> {
    let kind = ChangeKind::RoleCreated;
    let (known, authority) = write(app, caller, tenant_id, Group::Roles, kind, context).await?;
    let permissions = known_permissions(app, caller, new.permissions.unwrap_or_default()).await?;
    let authority = may_hand_on(app, caller, known, authority, &permissions, kind, context).await?;
    let change = Write::CreateRole {
        id: random_id(&mut HostEntropy(&app.host)),
        name: text::name(&new.name.unwrap_or_default())?,
        description: text::description(&new.description.unwrap_or_default())?,
        permissions,
        max_roles: MAX_ROLES,
    };
    role(make(app, Some(tenant_id), &authority, &change, context).await?)
}

/// The roles of a tenant.
///
/// # Errors
/// [`Refused::NoTenant`] to those who aren't in it, [`crate::Denied::Forbidden`].
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    page: Page<'_>,
) -> Result<Vec<Role>, Error> {
    read(app, caller, tenant_id, Group::Roles).await?;
    Ok(app.store.roles(tenant_id, page).await?)
}

/// A role.
///
/// # Errors
/// As [`list`], and [`Refused::NoRole`].
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    role_id: &str,
) -> Result<Role, Error> {
    read(app, caller, tenant_id, Group::Roles).await?;
    stored(app, tenant_id, role_id).await
}

/// Changes a role; permissions that are given take the place of all that it had.
///
/// # Errors
/// As [`create`], and [`Refused::NoRole`], [`Refused::Stale`].
pub async fn update<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    role_id: &str,
    change: RoleChange,
    context: &Context,
) -> Result<Role, Error> {
    let kind = ChangeKind::RoleUpdated;
    let (known, authority) = write(app, caller, tenant_id, Group::Roles, kind, context).await?;
    let before = stored(app, tenant_id, role_id).await?;
    let permissions = match change.permissions {
        Some(names) => Some(known_permissions(app, caller, names).await?),
        None => None,
    };
    let mut touched = before.permissions;
    touched.extend(permissions.iter().flatten().cloned());
    let authority = may_hand_on(app, caller, known, authority, &touched, kind, context).await?;
    let change = Write::UpdateRole {
        role_id: role_id.to_owned(),
        name: change.name.as_deref().map(text::name).transpose()?,
        description: change
            .description
            .as_deref()
            .map(text::description)
            .transpose()?,
        permissions,
        revision: before.revision,
    };
    role(make(app, Some(tenant_id), &authority, &change, context).await?)
}

/// Deletes a role, also from those who hold it; answers with the role as it was.
///
/// # Errors
/// As for every write, and [`Refused::NoRole`], [`Refused::NotHeld`], [`Refused::Stale`].
pub async fn delete<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    role_id: &str,
    context: &Context,
) -> Result<Role, Error> {
    let kind = ChangeKind::RoleDeleted;
    let (known, authority) = write(app, caller, tenant_id, Group::Roles, kind, context).await?;
    let before = stored(app, tenant_id, role_id).await?;
    let touched = &before.permissions;
    let authority = may_hand_on(app, caller, known, authority, touched, kind, context).await?;
    let change = Write::DeleteRole {
        role_id: role_id.to_owned(),
        revision: before.revision,
    };
    role(make(app, Some(tenant_id), &authority, &change, context).await?)
}

/// A role as it is stored.
///
/// # Errors
/// [`Refused::NoRole`].
pub(super) async fn stored<S: Store, H: Host>(
    app: &App<S, H>,
    tenant_id: &str,
    role_id: &str,
) -> Result<Role, Error> {
    let role = app.store.role(tenant_id, role_id).await?;
    role.ok_or_else(|| refuse(Refused::NoRole))
}

/// Names without repetition, all of them of the policy or made at run time.
async fn known_permissions<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    mut names: Vec<String>,
) -> Result<Vec<String>, Error> {
    names.sort();
    names.dedup();
    if names.len() > MAX_ROLE_PERMISSIONS {
        return Err(refuse(Refused::Value(
            "permissions",
            "at most 1000 permissions",
        )));
    }
    let policy = current_policy(app, caller).await?;
    match names
        .iter()
        .find(|name| policy.permission_id(name).is_none())
    {
        Some(unknown) => Err(refuse(Refused::UnknownPermission(unknown.clone()))),
        None => Ok(names),
    }
}

/// Lets a caller hand permissions on, or take them away, and says on what ground.
///
/// # Errors
/// [`Refused::NotHeld`] with the first that the caller may not.
pub(super) async fn may_hand_on<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    known: Known<'_>,
    authority: Authority,
    permissions: &[String],
    kind: ChangeKind,
    context: &Context,
) -> Result<Authority, Error> {
    if known.is_owner && app.settings.rbac.owners_grant == OwnersGrant::Any {
        return Ok(authority);
    }
    let requests: Vec<_> = permissions
        .iter()
        .map(|name| request(name, Some(known.tenant_id)))
        .collect();
    let explanations = authorize::check(app, caller, &requests).await?;
    let refused = explanations
        .iter()
        .zip(permissions)
        .find(|(explanation, _)| !explanation.allow);
    if let Some((_, name)) = refused {
        record_refusal(app, caller, known.tenant_id, kind, context).await?;
        return Err(refuse(Refused::NotHeld(name.clone())));
    }
    Ok(Authority {
        ground: Ground::Epoch(caller.user.epoch),
        ..authority
    })
}

fn role(record: Record) -> Result<Role, Error> {
    match record {
        Record::Role(role) => Ok(role),
        _ => Err(StoreError::new("the record isn't a role").into()),
    }
}
