//! Permissions: those of the policy, and those made at run time where that is switched on.
//!
//! They are everybody's, so no owner of a tenant may write them: who may has a permission that the
//! operator names for `permissions.write`, everywhere. Without one named, nobody may.

use portcullis_issue::random::random_id;
use serde::Serialize;

use super::access::{Access, Group, decide, record_refusal, refuse};
use super::change::make;
use super::policy::{current_policy, extend};
use super::ports::{Authority, Ground, Page, Write};
use super::records::{ChangeKind, Record, RunTimePermission};
use super::{MAX_RUN_TIME_PERMISSIONS, Refused, text};
use crate::host::HostEntropy;
use crate::{App, Caller, Context, Denied, Error, Host, Store, StoreError, authorize};

/// A permission as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedPermission {
    /// Of one made at run time, 32 letters and digits; of one of the policy, its name.
    pub id: String,
    /// `resource:action`.
    pub name: String,
    /// The part before the colon.
    pub resource: String,
    /// The part after the colon.
    pub action: String,
    /// What it is for.
    pub description: String,
    /// Whether it was made at run time.
    pub run_time: bool,
}

impl ListedPermission {
    fn new(id: &str, name: &str, description: &str, run_time: bool) -> Self {
        let (resource, action) = name.split_once(':').unwrap_or((name, ""));
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            resource: resource.to_owned(),
            action: action.to_owned(),
            description: description.to_owned(),
            run_time,
        }
    }
}

impl From<&RunTimePermission> for ListedPermission {
    fn from(made: &RunTimePermission) -> Self {
        Self::new(&made.id, &made.name, &made.description, true)
    }
}

/// All permissions in order of their names.
///
/// # Errors
/// [`Denied::Forbidden`] where the operator named a permission for `permissions.read`.
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    page: Page<'_>,
) -> Result<Vec<ListedPermission>, Error> {
    let mut all = known(app, caller).await?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    Ok(all
        .into_iter()
        .filter(|one| one.name.as_str() > page.after)
        .take(limit)
        .collect())
}

/// A permission by its id or its name.
///
/// # Errors
/// As [`list`], and [`Refused::NoPermission`].
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
) -> Result<ListedPermission, Error> {
    let all = known(app, caller).await?;
    all.into_iter()
        .find(|one| one.id == id || one.name == id)
        .ok_or_else(|| refuse(Refused::NoPermission))
}

/// Makes a permission.
///
/// # Errors
/// [`Refused::PermissionWritesOff`], [`Refused::PermissionWritesUnguarded`],
/// [`Denied::Forbidden`], [`Refused::Value`], [`Refused::NameTaken`], [`Refused::Limit`].
pub async fn create<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    resource: &str,
    action: &str,
    description: &str,
    context: &Context,
) -> Result<ListedPermission, Error> {
    let kind = ChangeKind::PermissionCreated;
    let authority = may_write(app, caller, kind, context).await?;
    let change = Write::CreatePermission {
        id: random_id(&mut HostEntropy(&app.host)),
        name: new_name(app, resource, action)?,
        description: text::description(description)?,
        max_permissions: MAX_RUN_TIME_PERMISSIONS,
    };
    permission(make(app, None, &authority, &change, context).await?)
}

/// Changes a permission made at run time; a resource and an action give it another name, under which
/// the roles that carry it go on carrying it.
///
/// # Errors
/// As [`create`], and [`Refused::NoPermission`], [`Refused::OfPolicy`].
pub async fn update<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    name: Option<(&str, &str)>,
    description: Option<&str>,
    context: &Context,
) -> Result<ListedPermission, Error> {
    let kind = ChangeKind::PermissionUpdated;
    let authority = may_write(app, caller, kind, context).await?;
    let id = run_time_id(app, caller, id).await?;
    let change = Write::UpdatePermission {
        id,
        name: name
            .map(|(resource, action)| new_name(app, resource, action))
            .transpose()?,
        description: description.map(text::description).transpose()?,
    };
    permission(make(app, None, &authority, &change, context).await?)
}

/// Deletes a permission made at run time, and takes it out of every role.
///
/// # Errors
/// As [`update`].
pub async fn delete<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    context: &Context,
) -> Result<ListedPermission, Error> {
    let kind = ChangeKind::PermissionDeleted;
    let authority = may_write(app, caller, kind, context).await?;
    let id = run_time_id(app, caller, id).await?;
    let change = Write::DeletePermission { id };
    permission(make(app, None, &authority, &change, context).await?)
}

async fn known<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<Vec<ListedPermission>, Error> {
    if let Some(needed) = app.settings.rbac.named(Group::Permissions, Access::Read) {
        let explanation = decide(app, caller, needed, None).await?;
        if !explanation.allow {
            return Err(Denied::Forbidden(Box::new(explanation)).into());
        }
    } else {
        authorize::require_no_key(caller)?;
    }
    let policy = current_policy(app, caller).await?;
    let base = &app.settings.policy;
    let made = policy.run_time_permissions().iter();
    let made = made.filter(|one| base.permission_id(&one.name).is_none());
    let of_policy = base.permissions().iter().map(|one| {
        let label = if one.label == one.name {
            ""
        } else {
            &one.label
        };
        ListedPermission::new(&one.name, &one.name, label, false)
    });
    Ok(of_policy.chain(made.map(ListedPermission::from)).collect())
}

async fn may_write<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    kind: ChangeKind,
    context: &Context,
) -> Result<Authority, Error> {
    let rbac = &app.settings.rbac;
    if !rbac.permission_writes {
        return Err(refuse(Refused::PermissionWritesOff));
    }
    let Some(needed) = rbac.named(Group::Permissions, Access::Write) else {
        return Err(refuse(Refused::PermissionWritesUnguarded));
    };
    let explanation = decide(app, caller, needed, None).await?;
    if !explanation.allow {
        record_refusal(app, caller, "", kind, context).await?;
        return Err(Denied::Forbidden(Box::new(explanation)).into());
    }
    Ok(Authority {
        user_id: caller.user.id.clone(),
        actor: caller.acting().map(str::to_owned),
        ground: Ground::Epoch(caller.user.epoch),
    })
}

/// The id of a permission made at run time, by its id or its name.
async fn run_time_id<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
) -> Result<String, Error> {
    let policy = current_policy(app, caller).await?;
    let made = policy.run_time_permissions().iter();
    match made.into_iter().find(|one| one.id == id || one.name == id) {
        Some(one) => Ok(one.id.clone()),
        None if app.settings.policy.permission_id(id).is_some() => Err(refuse(Refused::OfPolicy)),
        None => Err(refuse(Refused::NoPermission)),
    }
}

/// A name that isn't the policy's and fits into it.
fn new_name<S, H>(app: &App<S, H>, resource: &str, action: &str) -> Result<String, Error> {
    let name = format!("{resource}:{action}");
    let policy = &app.settings.policy;
    if policy.permission_id(&name).is_some() {
        return Err(refuse(Refused::NameTaken));
    }
    match extend(policy, core::iter::once(name.as_str())) {
        Ok(_) => Ok(name),
        Err(_) => Err(refuse(Refused::Value(
            "resource",
            "a resource and an action: each a letter, then letters, digits, `_`, `-` or `.`, at \
             most 64 bytes together",
        ))),
    }
}

fn permission(record: Record) -> Result<ListedPermission, Error> {
    match record {
        Record::Permission(made) => Ok(ListedPermission::from(&made)),
        _ => Err(StoreError::new("the record isn't a permission").into()),
    }
}
