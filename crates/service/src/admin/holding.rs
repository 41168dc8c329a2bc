//! Nobody gets at more than they hold (CWE-269): neither by a role or tier that they hand out, nor by
//! getting into the account of somebody who holds more.
//!
//! Levels say whom somebody manages and nothing about what is allowed (LANGUAGE.md section 6): one with a
//! lower level may hold what its manager lacks. So whoever gets into an account (acts as it, sets its
//! password or its address) has to hold all that its roles give, where they give it, and a tier no lower than
//! its own. A role that `manages = "any"` there lifts that: the policy says so.

use portcullis_core::decide::{
    Directory, Given, Grant, RawScope, Request, Subject, Target, is_unbound, lacks_of,
};
use portcullis_core::policy::Policy;

use super::Refused;
use super::manage::refusal;
use super::ports::Account;
use crate::authorize::directory_for;
use crate::guard::Guard;
use crate::{App, Caller, Context, Error, Host, Store, current_policy};

/// Lets a caller into another's account only if it holds all that the account holds. That it manages it is
/// asked besides.
///
/// # Errors
/// [`Refused::NotHeld`], [`Refused::TierNotHeld`]; each leaves an audit record.
pub(crate) async fn require_all<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    account: &Account,
    guard: &Guard,
    context: &Context,
) -> Result<(), Error> {
    if account.user.id == caller.user.id {
        return Ok(());
    }
    let (id, roles) = (account.user.id.as_str(), account.roles());
    require_roles(app, caller, id, &roles, guard, context).await?;
    let tier = account.user.tier.as_deref();
    require_tier(app, caller, id, tier, &roles, guard, context).await
}

/// Lets a caller go on only if it holds all that these roles give, where they give it.
pub(super) async fn require_roles<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    roles: &[Grant],
    guard: &Guard,
    context: &Context,
) -> Result<(), Error> {
    let policy = &*current_policy(app, caller).await?;
    let directory = directory_for(app, &[of(roles)]).await?;
    let subject = caller.subject(policy);
    let Some((grant, lacking)) = first_lack(policy, &subject, &directory, roles) else {
        return Ok(());
    };
    let mut record = refusal(app, caller, user_id, guard, context);
    let fields = &mut record.fields;
    fields.insert("code".into(), "role_not_held".into());
    fields.insert("role".into(), grant.to_string().into());
    fields.insert("lacking".into(), lacking.as_str().into());
    app.store.record(&record).await?;
    let role = grant.role.clone();
    Err(Refused::NotHeld { role, lacking }.into())
}

/// Lets a caller go on only if this tier, of one who has or gets these roles, isn't above its own.
pub(super) async fn require_tier<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    tier: Option<&str>,
    roles: &[Grant],
    guard: &Guard,
    context: &Context,
) -> Result<(), Error> {
    let policy = &*current_policy(app, caller).await?;
    let subject = caller.subject(policy);
    if is_within(policy, &subject, tier) {
        return Ok(());
    }
    let directory = directory_for(app, &[of(roles)]).await?;
    if is_lifted(policy, &subject, &directory, roles) {
        return Ok(());
    }
    let known = policy.tiers().get(usize::from(policy.default_tier()));
    let tier = tier.or(known.map(|tier| tier.name.as_str()));
    let tier = tier.unwrap_or_default().to_owned();
    let mut record = refusal(app, caller, user_id, guard, context);
    let fields = &mut record.fields;
    fields.insert("code".into(), "tier_not_held".into());
    fields.insert("tier".into(), tier.as_str().into());
    app.store.record(&record).await?;
    Err(Refused::TierNotHeld { tier }.into())
}

/// A request whose directory has the scopes of these roles.
fn of(roles: &[Grant]) -> Request {
    let grants = roles.to_vec();
    Request {
        target: Some(Target { grants }),
        ..Request::default()
    }
}

/// The first role that gives what the subject doesn't hold there, and what that is. What isn't known any more
/// is held by nobody.
fn first_lack<'g>(
    policy: &Policy,
    subject: &Subject,
    directory: &Directory,
    roles: &'g [Grant],
) -> Option<(&'g Grant, String)> {
    roles.iter().find_map(|grant| {
        let scope = directory.resolve(policy, &grant.scope).ok();
        let Some((role, scope)) = policy.role_id(&grant.role).zip(scope) else {
            return Some((grant, "what it is".to_owned()));
        };
        let lacking = match lacks_of(policy, subject, role, &scope)? {
            Given::Permission(name) => format!("`{name}`"),
            Given::Rule(name) => format!("what the rule `{name}` allows"),
            Given::Superuser => "being a superuser".to_owned(),
        };
        Some((grant, lacking))
    })
}

fn is_within(policy: &Policy, subject: &Subject, tier: Option<&str>) -> bool {
    let rank = match tier {
        Some(name) => policy.tier_rank(name),
        None => Some(policy.default_tier()),
    };
    policy.tiers().is_empty() || rank.zip(subject.tier()).is_some_and(|(it, own)| it <= own)
}

/// Whether the subject may hand everything out wherever these roles are; to one without roles, everywhere.
fn is_lifted(policy: &Policy, subject: &Subject, directory: &Directory, roles: &[Grant]) -> bool {
    let everywhere = RawScope::global();
    let scopes = roles.iter().map(|grant| &grant.scope);
    let none = roles.is_empty().then_some(&everywhere);
    scopes.chain(none).all(|scope| {
        let scope = directory.resolve(policy, scope);
        scope.is_ok_and(|scope| is_unbound(policy, subject, &scope))
    })
}
