//! Whose rights bound a key, and who may manage whose.

use portcullis_core::decide::{
    Code, Directory, Grant, Membership, Principal, RawScope, Request, ScopePath, Subject, Target,
    check, is_unbound, lacks_permission,
};
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;

use super::{MAX_SCOPES, Refused};
use crate::authorize::{directory_for, tenant_level};
use crate::catalog::{Account, CatalogStore, now};
use crate::tenants::{may_read_keys, may_write_keys};
use crate::{App, Caller, Context, Denied, Error, Host, Store, authorize, current_policy, guard};

/// What somebody's rights are asked with.
#[derive(Debug, Clone, Copy)]
pub struct Holding<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Who.
    pub subject: &'a Subject,
    /// The tenant that the key is to belong to.
    pub tenant_id: Option<&'a str>,
    /// The time.
    pub now: UnixSecs,
}

/// Refuses scopes that the policy doesn't know, or that aren't held: anywhere, or for a key of a tenant
/// in that. Where exactly, and under which conditions, is asked at each use.
///
/// # Errors
/// [`Refused::UnknownPermission`], [`Refused::NotHeld`], [`Refused::Value`] for too many.
pub fn within_rights(holding: Holding<'_>, scopes: &[String]) -> Result<(), Refused> {
    if scopes.len() > MAX_SCOPES {
        let expected = format!("at most {MAX_SCOPES} permissions");
        return Err(Refused::Value("scopes", expected));
    }
    for name in scopes {
        if holding.policy.permission_id(name).is_none() {
            return Err(Refused::UnknownPermission(name.clone()));
        }
        if !holds(holding, name) {
            return Err(Refused::NotHeld(name.clone()));
        }
    }
    Ok(())
}

fn holds(holding: Holding<'_>, name: &str) -> bool {
    let request = Request {
        permission: Some(name.to_owned()),
        scope: holding.tenant_id.is_none().then(RawScope::global),
        tenant: holding.tenant_id.map(str::to_owned),
        ..Request::default()
    };
    let Holding {
        policy,
        subject,
        now,
        ..
    } = holding;
    let verdict = check(policy, subject, &request, &Directory::open(), now);
    verdict.is_allowed()
        || matches!(
            verdict.code,
            Code::OutOfScope | Code::ConditionUnmet | Code::EvaluationFailed
        )
}

/// As [`within_rights`], for a caller.
pub(super) async fn require_held<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: Option<&str>,
    scopes: &[String],
) -> Result<(), Error> {
    let policy = &*current_policy(app, caller).await?;
    let mut bounded = caller.clone();
    if let Some(tenant_id) = tenant_id {
        narrow(policy, tenant_id, &mut bounded.tenants, &mut bounded.grants);
    }
    let subject = &bounded.subject(policy);
    let holding = Holding {
        policy,
        subject,
        tenant_id,
        now: now(app),
    };
    Ok(within_rights(holding, scopes)?)
}

/// As [`require_held`], for somebody else's key, which is shown to the caller or widened by it.
///
/// Privilege escalation (CWE-269): holding a permission somewhere isn't enough for a key that may use it wherever
/// its owner holds it. So the caller has to hold it at the same places, and without the conditions of
/// a rule. A role that `manages = "any"` everywhere lifts that.
///
/// # Errors
/// As [`require_held`]; [`Refused::NotFound`] for an owner who is disabled or banned.
pub(super) async fn require_held_for<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    tenant_id: Option<&str>,
    scopes: &[String],
) -> Result<(), Error> {
    require_held(app, caller, tenant_id, scopes).await?;
    let policy = &*current_policy(app, caller).await?;
    let subject = caller.subject(policy);
    if is_unbound(policy, &subject, &ScopePath::global()) {
        return Ok(());
    }
    let mut places = vec![Place::Tenant(tenant_id.unwrap_or_default().to_owned())];
    if tenant_id.is_none() {
        let owner = account(app, user_id).await?.ok_or(Refused::NotFound)?;
        let owner = owner.principal(policy);
        let grants = owner.grants.clone();
        let target = Request {
            target: Some(Target { grants }),
            ..Request::default()
        };
        let directory = directory_for(app, &[target]).await?;
        if let Some(name) = lacks_at_a_grant(policy, &subject, &directory, &owner.grants, scopes) {
            return Err(Refused::NotHeld(name.clone()).into());
        }
        places = beside_grants(policy, owner, scopes, now(app));
    }
    let asked = |place: &Place, name: &String| Request {
        permission: Some(name.clone()),
        scope: matches!(place, Place::Everywhere).then(RawScope::global),
        tenant: match place {
            Place::Everywhere => None,
            Place::Tenant(id) => Some(id.clone()),
        },
        ..Request::default()
    };
    for place in &places {
        let requests: Vec<Request> = scopes.iter().map(|name| asked(place, name)).collect();
        let answers = authorize::check(app, caller, &requests).await?;
        let mut answers = scopes.iter().zip(answers);
        if let Some((name, _)) = answers.find(|(_, answer)| !answer.allow) {
            return Err(Refused::NotHeld(name.clone()).into());
        }
    }
    Ok(())
}

/// Where somebody holds what none of its roles gives.
enum Place {
    /// By a rule for everybody.
    Everywhere,
    /// By being in this tenant.
    Tenant(String),
}

/// The first permission that a grant gives where the subject lacks it. A grant that isn't known any more gives
/// who knows what.
fn lacks_at_a_grant<'n>(
    policy: &Policy,
    subject: &Subject,
    directory: &Directory,
    grants: &[Grant],
    names: &'n [String],
) -> Option<&'n String> {
    names.iter().find(|name| {
        grants.iter().any(|grant| {
            let role = policy.role_id(&grant.role);
            let scope = directory.resolve(policy, &grant.scope).ok();
            let permission = policy.permission_id(name);
            let known = role.zip(scope).zip(permission);
            known.is_none_or(|((role, scope), permission)| {
                lacks_permission(policy, subject, role, &scope, permission)
            })
        })
    })
}

/// Where the owner of a key holds one of these permissions besides its grants.
fn beside_grants(
    policy: &Policy,
    mut owner: Principal,
    names: &[String],
    now: UnixSecs,
) -> Vec<Place> {
    owner.grants.clear();
    let tenants = core::mem::take(&mut owner.tenants);
    let holds_one = |owner: &Principal, tenant_id: Option<&str>| {
        let subject = &Subject::compile(policy, owner);
        let holding = Holding {
            policy,
            subject,
            tenant_id,
            now,
        };
        names.iter().any(|name| holds(holding, name))
    };
    let mut places = Vec::new();
    if holds_one(&owner, None) {
        places.push(Place::Everywhere);
    }
    for tenant in tenants {
        let id = tenant.id.clone();
        owner.tenants = vec![tenant];
        if holds_one(&owner, Some(&id)) {
            places.push(Place::Tenant(id));
        }
    }
    places
}

/// As [`within_rights`], for another account, about which the caller asks.
pub(super) async fn require_held_by<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    account: &Account,
    tenant_id: Option<&str>,
    scopes: &[String],
) -> Result<(), Error> {
    let policy = &*current_policy(app, caller).await?;
    let mut principal = account.principal(policy);
    if let Some(tenant_id) = tenant_id {
        let (tenants, grants) = (&mut principal.tenants, &mut principal.grants);
        narrow(policy, tenant_id, tenants, grants);
    }
    let subject = &Subject::compile(policy, &principal);
    let holding = Holding {
        policy,
        subject,
        tenant_id,
        now: now(app),
    };
    Ok(within_rights(holding, scopes)?)
}

/// Leaves what somebody is in one tenant: the membership, and grants at the tenant's scope or
/// within it, written with it in their path. Privilege escalation (CWE-269): a key of a tenant must not
/// carry what its maker holds elsewhere into the hands of the tenant's owners.
pub fn narrow(
    policy: &Policy,
    tenant_id: &str,
    tenants: &mut Vec<Membership>,
    grants: &mut Vec<Grant>,
) {
    tenants.retain(|one| one.id == tenant_id);
    let own = tenant_level(policy).map(|level| format!("{level}:{tenant_id}"));
    grants.retain(|grant| {
        let path = ScopePath::parse(policy, &grant.scope).map(|path| path.to_text(policy));
        let is_part = |text: String| text.split('/').any(|part| Some(part) == own.as_deref());
        path.is_ok_and(is_part)
    });
}

/// Whether the caller may manage other people's keys: everywhere, or in a tenant.
pub(super) async fn is_manager<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: Option<&str>,
) -> Result<bool, Error> {
    let Some(name) = guard::permission_of(&app.settings.policy, &guard::API_KEYS) else {
        return Ok(false);
    };
    let request = Request {
        permission: Some(name.to_owned()),
        scope: tenant_id.is_none().then(RawScope::global),
        tenant: tenant_id.map(str::to_owned),
        ..Request::default()
    };
    let answers = authorize::check(app, caller, std::slice::from_ref(&request)).await?;
    Ok(answers.first().is_some_and(|answer| answer.allow))
}

/// Lets a caller manage another account's keys: with the permission, and over everything that the
/// account holds, which are these grants.
///
/// # Errors
/// [`Denied::Forbidden`].
pub(super) async fn require_over<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    grants: Vec<Grant>,
    context: &Context,
) -> Result<(), Error> {
    guard::require_global(app, caller, &guard::API_KEYS, context).await?;
    let name = guard::permission_of(&app.settings.policy, &guard::API_KEYS);
    let request = Request {
        target: Some(Target { grants }),
        ..Request::permission(name.unwrap_or_default().to_owned(), RawScope::global())
    };
    let answers = authorize::check(app, caller, std::slice::from_ref(&request)).await?;
    match answers.into_iter().next() {
        Some(answer) if answer.allow => Ok(()),
        Some(answer) => Err(Denied::Forbidden(Box::new(answer)).into()),
        None => Err(Denied::Unauthenticated.into()),
    }
}

/// Lets a caller look at a tenant's keys, or with `writes` change them: by the tenant's own
/// authorization.
///
/// # Errors
/// [`Refused::NotMember`], [`Refused::Insufficient`].
pub(super) async fn require_in_tenant<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    tenant_id: &str,
    writes: bool,
) -> Result<(), Error> {
    let may = if writes {
        may_write_keys(app, caller, tenant_id).await
    } else {
        may_read_keys(app, caller, tenant_id).await
    };
    may.map_err(|error| match error {
        Error::Denied(Denied::Tenants(crate::tenants::Refused::NoTenant)) => {
            Refused::NotMember.into()
        }
        Error::Denied(_) => Refused::Insufficient.into(),
        fault @ Error::Fault(_) => fault,
    })
}

/// The account with this id, unless it is disabled.
pub(super) async fn account<S: Store, H: Host>(
    app: &App<S, H>,
    id: &str,
) -> Result<Option<Account>, Error> {
    let found = CatalogStore::accounts(&app.store, &[id.to_owned()]).await?;
    Ok(found.into_iter().find(|one| one.user.id == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
name = "t"
version = "1"
scopes = ["region", "org", "team"]
[roles.ADMIN]
level = 2
[roles.READER]
level = 1
[permissions]
"doc:read" = ["ADMIN", "READER"]
"doc:write" = ["ADMIN"]
"doc:purge" = []
[tenants]
level = "org"
owner = ["doc:write"]
member = ["doc:read"]
"#;

    fn policy() -> Policy {
        portcullis_core::policy::toml::parse(POLICY).unwrap()
    }

    fn refused(grants: &[&str], tenant_id: Option<&str>, scopes: &[&str]) -> Option<Refused> {
        let policy = policy();
        let mut tenants = vec![Membership {
            id: "o1".to_owned(),
            ..Membership::default()
        }];
        let mut grants: Vec<_> = grants.iter().map(|text| Grant::parse(text)).collect();
        if let Some(tenant_id) = tenant_id {
            narrow(&policy, tenant_id, &mut tenants, &mut grants);
        }
        let principal = portcullis_core::decide::Principal {
            id: "u".to_owned(),
            grants,
            tenants,
            ..Default::default()
        };
        let subject = Subject::compile(&policy, &principal);
        let holding = Holding {
            policy: &policy,
            subject: &subject,
            tenant_id,
            now: UnixSecs::from_millis(0),
        };
        let scopes: Vec<_> = scopes.iter().map(|name| (*name).to_owned()).collect();
        within_rights(holding, &scopes).err()
    }

    fn not_held(name: &str) -> Refused {
        Refused::NotHeld(name.to_owned())
    }

    #[test]
    fn a_permission_that_is_held_anywhere_may_be_a_scope_and_no_other() {
        for grant in ["ADMIN", "ADMIN@region:r", "ADMIN@region:r/org:o/team:t"] {
            assert_eq!(refused(&[grant], None, &["doc:write", "doc:read"]), None);
        }
        assert_eq!(refused(&[], None, &["doc:read"]), None, "as a member");
        assert_eq!(
            refused(&[], None, &["doc:write"]),
            Some(not_held("doc:write"))
        );
        assert_eq!(
            refused(&["ADMIN"], None, &["doc:purge"]),
            Some(not_held("doc:purge"))
        );
        let unknown = Refused::UnknownPermission("doc:burn".to_owned());
        assert_eq!(refused(&["ADMIN"], None, &["doc:burn"]), Some(unknown));
        assert_eq!(refused(&[], None, &[]), None);
    }

    #[test]
    fn a_key_of_a_tenant_has_what_is_held_there_and_nothing_from_elsewhere() {
        for grant in [
            "ADMIN@region:r/org:o1",
            "ADMIN@org:o1",
            "ADMIN@region:r/org:o1/team:t",
        ] {
            assert_eq!(
                refused(&[grant], Some("o1"), &["doc:write"]),
                None,
                "{grant}"
            );
        }
        for grant in [
            "ADMIN",
            "ADMIN@region:r",
            "ADMIN@region:r/org:o2",
            "ADMIN@team:t",
        ] {
            let outcome = refused(&[grant], Some("o1"), &["doc:write"]);
            assert_eq!(outcome, Some(not_held("doc:write")), "{grant}");
        }
        assert_eq!(refused(&[], Some("o1"), &["doc:read"]), None);
        assert_eq!(
            refused(&[], Some("o2"), &["doc:read"]),
            Some(not_held("doc:read"))
        );
    }

    #[test]
    fn no_key_has_more_scopes_than_may_be() {
        let many: Vec<_> = (0..=MAX_SCOPES).map(|_| "doc:read").collect();
        assert!(matches!(
            refused(&["ADMIN"], None, &many),
            Some(Refused::Value("scopes", _))
        ));
        assert_eq!(refused(&["ADMIN"], None, &many[1..]), None);
    }
}
