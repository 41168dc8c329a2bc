//! Tenants and who is in them.

use portcullis_issue::random::random_id;

use super::access::{Access, Group, decide, read, record_refusal, refuse, scope_of, write};
use super::change::make;
use super::ports::{Authority, Ground, Page, Write};
use super::records::{ChangeKind, Member, Record, Tenant};
use super::{MAX_MEMBERSHIPS, MAX_OWNED, Refused, text};
use crate::host::HostEntropy;
use crate::{App, Caller, Context, Denied, Email, Error, Host, Store, StoreError, authorize};

/// Makes a tenant whose owner the caller is, and its scope. Everybody who is signed in may, unless
/// the operator names a permission for `tenants.write`, which is then needed everywhere.
///
/// # Errors
/// [`Refused::TenantsOff`], [`Refused::Value`], [`Refused::NameTaken`] for the slug,
/// [`Refused::Limit`], [`Denied::Forbidden`].
pub async fn create<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    name: &str,
    slug: Option<&str>,
    context: &Context,
) -> Result<Tenant, Error> {
    let mut entropy = HostEntropy(&app.host);
    let id = random_id(&mut entropy);
    let scope = scope_of(app, &id)?;
    if let Some(needed) = app.settings.rbac.named(Group::Tenants, Access::Write) {
        let explanation = decide(app, caller, needed, None).await?;
        if !explanation.allow {
            record_refusal(app, caller, "", ChangeKind::TenantCreated, context).await?;
            return Err(Denied::Forbidden(Box::new(explanation)).into());
        }
    } else {
        authorize::require_no_key(caller)?;
    }
    let name = text::name(name)?;
    let slug = match slug {
        Some(slug) => text::slug(slug)?,
        None => text::slug_of(&name, &id),
    };
    let new = Write::CreateTenant {
        id: id.clone(),
        name,
        slug,
        member_id: random_id(&mut entropy),
        scope,
        max_owned: MAX_OWNED,
    };
    let record = make(app, Some(&id), &by_epoch(caller), &new, context).await?;
    tenant(record)
}

/// Gives a tenant another name.
///
/// # Errors
/// As for every write, and [`Refused::Value`].
pub async fn rename<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    name: &str,
    context: &Context,
) -> Result<Tenant, Error> {
    let kind = ChangeKind::TenantUpdated;
    let (known, authority) = write(app, caller, tenant_id, Group::Tenants, kind, context).await?;
    let change = Write::UpdateTenant {
        name: text::name(name)?,
    };
    let record = make(app, Some(known.tenant_id), &authority, &change, context).await?;
    tenant(record)
}

/// The tenants that the caller is a member of.
///
/// # Errors
/// Only faults.
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    page: Page<'_>,
) -> Result<Vec<Tenant>, Error> {
    authorize::require_no_key(caller)?;
    Ok(app.store.tenants_of(&caller.user.id, page).await?)
}

/// A tenant.
///
/// # Errors
/// [`Refused::NoTenant`] to those who aren't in it, [`Denied::Forbidden`].
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
) -> Result<Tenant, Error> {
    read(app, caller, tenant_id, Group::Tenants).await?;
    let tenant = app.store.tenant(tenant_id).await?;
    tenant.ok_or_else(|| refuse(Refused::NoTenant))
}

/// The members of a tenant.
///
/// # Errors
/// As [`get`].
pub async fn list_members<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    page: Page<'_>,
) -> Result<Vec<Member>, Error> {
    read(app, caller, tenant_id, Group::Members).await?;
    Ok(app.store.members(tenant_id, page).await?)
}

/// Makes a user a member; a member stays as it is. Only owners make owners.
///
/// User enumeration (OWASP ASVS 6.3.8): everybody may own a tenant, so an owner names a user by its
/// id, which can't be guessed; an address is taken only where the operator names a permission for
/// `members.write`.
///
/// # Errors
/// As for every write, and [`Refused::NoAccount`], [`Refused::NotById`], [`Refused::Limit`].
pub async fn add<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    user: &str,
    owner: bool,
    context: &Context,
) -> Result<Member, Error> {
    let kind = ChangeKind::MemberCreated;
    let (known, authority) = write(app, caller, tenant_id, Group::Members, kind, context).await?;
    let user = match Email::parse(user) {
        None => user.to_owned(),
        Some(_)
            if app
                .settings
                .rbac
                .named(Group::Members, Access::Write)
                .is_none() =>
        {
            return Err(refuse(Refused::NotById));
        }
        Some(email) => email.as_str().to_owned(),
    };
    let change = Write::AddMember {
        id: random_id(&mut HostEntropy(&app.host)),
        user,
        owner,
        max_memberships: MAX_MEMBERSHIPS,
    };
    let record = make(app, Some(known.tenant_id), &authority, &change, context).await?;
    member(record)
}

/// Makes a member an owner, or an owner a mere member. Only owners may, whatever the operator named.
///
/// # Errors
/// As for every write, and [`Refused::NoMember`], [`Refused::LastOwner`].
pub async fn set_owner<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    member_id: &str,
    owner: bool,
    context: &Context,
) -> Result<Member, Error> {
    let kind = ChangeKind::MemberUpdated;
    let (known, authority) = write(app, caller, tenant_id, Group::Members, kind, context).await?;
    let change = Write::SetOwner {
        member_id: member_id.to_owned(),
        owner,
    };
    let record = make(app, Some(known.tenant_id), &authority, &change, context).await?;
    member(record)
}

/// Ends a membership, with all its roles. Everybody may leave a tenant; only owners remove owners,
/// and the last owner stays.
///
/// # Errors
/// As for every write, and [`Refused::NoMember`], [`Refused::LastOwner`].
pub async fn remove<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    member_id: &str,
    context: &Context,
) -> Result<Member, Error> {
    let kind = ChangeKind::MemberDeleted;
    let own = match caller.membership(tenant_id) {
        None => None,
        Some(_) => app
            .store
            .member(tenant_id, member_id)
            .await?
            .filter(|member| member.user_id == caller.user.id),
    };
    let authority = match own {
        Some(_) => {
            authorize::require_no_key(caller)?;
            by_epoch(caller)
        }
        None => {
            write(app, caller, tenant_id, Group::Members, kind, context)
                .await?
                .1
        }
    };
    let change = Write::RemoveMember {
        member_id: member_id.to_owned(),
    };
    let record = make(app, Some(tenant_id), &authority, &change, context).await?;
    member(record)
}

fn by_epoch(caller: &Caller) -> Authority {
    Authority {
        user_id: caller.user.id.clone(),
        actor: caller.acting().map(str::to_owned),
        ground: Ground::Epoch(caller.user.epoch),
    }
}

fn tenant(record: Record) -> Result<Tenant, Error> {
    match record {
        Record::Tenant(tenant) => Ok(tenant),
        _ => Err(StoreError::new("the record isn't a tenant").into()),
    }
}

fn member(record: Record) -> Result<Member, Error> {
    match record {
        Record::Member(member) => Ok(member),
        _ => Err(StoreError::new("the record isn't a member").into()),
    }
}
