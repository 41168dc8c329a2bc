//! Who may do what with a tenant: its owners write and its members read, unless the operator names
//! a permission that is needed instead.

use portcullis_core::decide::{Explanation, RawScope, Request};

use super::Refused;
use super::ports::{Authority, Ground};
use super::records::ChangeKind;
use crate::audit::event;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store, authorize};

/// What an endpoint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// API keys of the tenant.
    ApiKeys,
    /// Which member has which role.
    MemberRoles,
    /// Who is a member, and who owns the tenant.
    Members,
    /// Permissions made at run time; they are no tenant's.
    Permissions,
    /// Roles of the tenant.
    Roles,
    /// Tenants themselves; to write is to make one or to rename it.
    Tenants,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Looked at.
    Read,
    /// Made, changed, deleted.
    Write,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 6] = [
        Self::ApiKeys,
        Self::MemberRoles,
        Self::Members,
        Self::Permissions,
        Self::Roles,
        Self::Tenants,
    ];

    /// The name in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKeys => "apiKeys",
            Self::MemberRoles => "memberRoles",
            Self::Members => "members",
            Self::Permissions => "permissions",
            Self::Roles => "roles",
            Self::Tenants => "tenants",
        }
    }
}

impl Access {
    /// The name in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A tenant that the caller may know of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) tenant_id: &'a str,
    pub(super) is_owner: bool,
}

/// Lets a caller read: members, and those who may write by a permission that the operator named.
///
/// # Errors
/// [`Refused::NoTenant`] to those who aren't in it, and [`Denied::Forbidden`].
pub(super) async fn read<'a, S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &'a str,
    group: Group,
) -> Result<Known<'a>, Error> {
    let known = known(app, caller, tenant_id).await?;
    let rbac = &app.settings.rbac;
    let needed = match rbac.named(group, Access::Read) {
        None if caller.membership(tenant_id).is_some() => {
            authorize::require_no_key(caller)?;
            return Ok(known);
        }
        // Who may write without being in the tenant may look at what it writes.
        None => rbac.named(group, Access::Write),
        named => named,
    };
    let needed = needed.ok_or_else(|| refuse(Refused::NoTenant))?;
    let explanation = decide(app, caller, needed, Some(tenant_id)).await?;
    allowed(caller, tenant_id, explanation)?;
    Ok(known)
}

/// Lets a caller ask what it may do itself: as a member, or by a grant that reaches the tenant.
///
/// # Errors
/// [`Refused::NoTenant`] to all others.
pub(super) async fn read_or_reached<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
) -> Result<(), Error> {
    known(app, caller, tenant_id).await.map(drop)
}

/// Lets a caller write, and says on what ground, for the statement that writes to look again.
///
/// # Errors
/// As [`read`], and [`Refused::NotOwner`]. Every refusal to somebody who knows of the tenant leaves
/// an audit record.
pub(super) async fn write<'a, S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &'a str,
    group: Group,
    kind: ChangeKind,
    context: &Context,
) -> Result<(Known<'a>, Authority), Error> {
    let known = known(app, caller, tenant_id).await?;
    let outcome = match app.settings.rbac.named(group, Access::Write) {
        None if caller.membership(tenant_id).is_none() => Err(refuse(Refused::NoTenant)),
        // What a key may do is named; owning a tenant has no name.
        None if known.is_owner => authorize::require_no_key(caller).map(|()| Ground::Owner),
        None => Err(refuse(Refused::NotOwner)),
        Some(name) => {
            let explanation = decide(app, caller, name, Some(tenant_id)).await?;
            allowed(caller, tenant_id, explanation).map(|()| Ground::Epoch(caller.user.epoch))
        }
    };
    match outcome {
        Ok(ground) => Ok((
            known,
            Authority {
                user_id: caller.user.id.clone(),
                actor: caller.acting().map(str::to_owned),
                ground,
            },
        )),
        Err(error) => {
            if !matches!(error, Error::Denied(Denied::Tenants(Refused::NoTenant))) {
                record_refusal(app, caller, tenant_id, kind, context).await?;
            }
            Err(error)
        }
    }
}

/// Lets a caller look at the tenant's API keys: owners, and who holds the permission that the operator
/// named.
///
/// # Errors
/// [`Refused::NoTenant`], [`Refused::NotOwner`], [`Denied::Forbidden`].
pub(crate) async fn may_read_keys<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
) -> Result<(), Error> {
    let rbac = &app.settings.rbac;
    let named = rbac.named(Group::ApiKeys, Access::Read);
    let named = named.or_else(|| rbac.named(Group::ApiKeys, Access::Write));
    may_with_keys(app, caller, tenant_id, named).await
}

/// Lets a caller make, change and delete the tenant's API keys, as [`may_read_keys`].
///
/// # Errors
/// As [`may_read_keys`].
pub(crate) async fn may_write_keys<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
) -> Result<(), Error> {
    let named = app.settings.rbac.named(Group::ApiKeys, Access::Write);
    may_with_keys(app, caller, tenant_id, named).await
}

async fn may_with_keys<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    named: Option<&str>,
) -> Result<(), Error> {
    let known = known(app, caller, tenant_id).await?;
    match named {
        Some(name) => {
            let explanation = decide(app, caller, name, Some(tenant_id)).await?;
            allowed(caller, tenant_id, explanation)
        }
        None if known.is_owner => Ok(()),
        None if caller.membership(tenant_id).is_none() => Err(refuse(Refused::NoTenant)),
        None => Err(refuse(Refused::NotOwner)),
    }
}

/// Whether the caller may use a permission, in a tenant or everywhere.
///
/// # Errors
/// Only faults.
pub(super) async fn decide<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    permission: &str,
    tenant_id: Option<&str>,
) -> Result<Explanation, Error> {
    let request = request(permission, tenant_id);
    let explanations = authorize::check(app, caller, std::slice::from_ref(&request)).await?;
    explanations
        .into_iter()
        .next()
        .ok_or_else(|| Denied::Unauthenticated.into())
}

pub(super) fn request(permission: &str, tenant_id: Option<&str>) -> Request {
    match tenant_id {
        None => Request::permission(permission.to_owned(), RawScope::global()),
        Some(tenant_id) => Request {
            permission: Some(permission.to_owned()),
            tenant: Some(tenant_id.to_owned()),
            ..Request::default()
        },
    }
}

/// The tenant's scope as text, `LEVEL:ID`.
///
/// # Errors
/// [`Refused::TenantsOff`].
pub(crate) fn scope_of<S, H>(app: &App<S, H>, tenant_id: &str) -> Result<String, Error> {
    let policy = &app.settings.policy;
    let level = policy
        .tenants()
        .and_then(|tenants| policy.levels().get(usize::from(tenants.depth)))
        .ok_or_else(|| refuse(Refused::TenantsOff))?;
    Ok(format!("{level}:{tenant_id}"))
}

pub(super) fn refuse(refused: Refused) -> Error {
    Denied::Tenants(refused).into()
}

/// The caller is a member, or a grant of its reaches the tenant's scope. To all others a tenant that
/// there is and one that there isn't are the same.
async fn known<'a, S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &'a str,
) -> Result<Known<'a>, Error> {
    let scope = scope_of(app, tenant_id)?;
    if let Some(membership) = caller.membership(tenant_id) {
        return Ok(Known {
            tenant_id,
            is_owner: membership.owner,
        });
    }
    let held = authorize::held_scopes(app, caller);
    let reached = app
        .store
        .scopes_within(&held, Some(std::slice::from_ref(&scope)), 1)
        .await?;
    if reached.is_empty() || app.store.tenant(tenant_id).await?.is_none() {
        return Err(refuse(Refused::NoTenant));
    }
    Ok(Known {
        tenant_id,
        is_owner: false,
    })
}

/// A refusal that says why only to members: others learn nothing of a tenant.
fn allowed(caller: &Caller, tenant_id: &str, explanation: Explanation) -> Result<(), Error> {
    if explanation.allow {
        Ok(())
    } else if caller.membership(tenant_id).is_none() {
        Err(refuse(Refused::NoTenant))
    } else {
        Err(Denied::Forbidden(Box::new(explanation)).into())
    }
}

/// Records that somebody tried what they may not.
///
/// # Errors
/// Only faults.
pub(super) async fn record_refusal<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    kind: ChangeKind,
    context: &Context,
) -> Result<(), Error> {
    let mut refusal = event(app, context, kind.as_str(), AuditStatus::Fail);
    caller.mark(&mut refusal);
    refusal.scope = if tenant_id.is_empty() {
        None
    } else {
        Some(scope_of(app, tenant_id)?)
    };
    Ok(app.store.record(&refusal).await?)
}
