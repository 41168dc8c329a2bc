//! Which member has which role. To give or take a role is to hand on what it carries, so the rule of
//! [`super::create_role`] holds here, too.

use super::access::{Group, read, refuse, write};
use super::change::make;
use super::ports::{Page, Write};
use super::records::{Assignment, ChangeKind, Record};
use super::roles::{may_hand_on, stored};
use super::{MAX_MEMBER_ROLES, Refused};
use crate::{App, Caller, Context, Error, Host, Store, StoreError};

/// Gives a member a role; one that it has already stays.
///
/// # Errors
/// As for every write, and [`Refused::NoMember`], [`Refused::NoRole`], [`Refused::NotHeld`],
/// [`Refused::Limit`], [`Refused::Stale`].
pub async fn assign<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    member_id: &str,
    role_id: &str,
    context: &Context,
) -> Result<Assignment, Error> {
    let kind = ChangeKind::AssignmentCreated;
    hand_on(app, caller, tenant_id, role_id, kind, context, |revision| {
        Write::Assign {
            member_id: member_id.to_owned(),
            role_id: role_id.to_owned(),
            revision,
            max_roles: MAX_MEMBER_ROLES,
        }
    })
    .await
}

/// Takes a role from a member; one that it doesn't have is no error.
///
/// # Errors
/// As [`assign`].
pub async fn unassign<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    member_id: &str,
    role_id: &str,
    context: &Context,
) -> Result<Assignment, Error> {
    let kind = ChangeKind::AssignmentDeleted;
    hand_on(app, caller, tenant_id, role_id, kind, context, |revision| {
        Write::Unassign {
            member_id: member_id.to_owned(),
            role_id: role_id.to_owned(),
            revision,
        }
    })
    .await
}

/// Makes the change that `change` gives for the revision of the role whose permissions were checked: the
/// role may not have come to carry more by the time it is written (CWE-367).
async fn hand_on<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    role_id: &str,
    kind: ChangeKind,
    context: &Context,
    change: impl FnOnce(i64) -> Write,
) -> Result<Assignment, Error> {
    let (known, authority) =
        write(app, caller, tenant_id, Group::MemberRoles, kind, context).await?;
    let role = stored(app, tenant_id, role_id).await?;
    let carried = &role.permissions;
    let authority = may_hand_on(app, caller, known, authority, carried, kind, context).await?;
    let change = change(role.revision);
    assignment(make(app, Some(tenant_id), &authority, &change, context).await?)
}

/// The roles of a member.
///
/// # Errors
/// [`Refused::NoTenant`] to those who aren't in it, [`crate::Denied::Forbidden`],
/// [`Refused::NoMember`].
pub async fn assigned<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    member_id: &str,
    page: Page<'_>,
) -> Result<Vec<Assignment>, Error> {
    read(app, caller, tenant_id, Group::MemberRoles).await?;
    let roles = app.store.member_roles(tenant_id, member_id, page).await?;
    roles.ok_or_else(|| refuse(Refused::NoMember))
}

fn assignment(record: Record) -> Result<Assignment, Error> {
    match record {
        Record::Assignment(assignment) => Ok(assignment),
        _ => Err(StoreError::new("the record isn't a role of a member").into()),
    }
}
