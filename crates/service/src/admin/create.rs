//! Accounts that somebody makes for others.

use portcullis_core::decide::Grant;
use portcullis_issue::random::random_id;

use super::holding::require_tier;
use super::manage::{reach, record_of, require_hand_out};
use super::ports::{Account, Ban, NewAccount};
use super::roles::{new_grants, texts};
use super::tier::check_tier;
use super::{Refused, outcome};
use crate::accounts::{NewOneTime, check_image, check_name};
use crate::guard;
use crate::host::HostEntropy;
use crate::{App, AuditEvent, Caller, Context, Denied, Email, Error, Host, Store, User, password};

/// An account to make.
#[derive(Clone, Default)]
pub struct Creation {
    /// The address.
    pub email: String,
    /// Name for people.
    pub name: String,
    /// A password; without one its owner can only sign in once one was set.
    pub password: Option<String>,
    /// Roles, each at its scope.
    pub roles: Vec<Grant>,
    /// A picture.
    pub image: Option<String>,
    /// Whether the address counts as confirmed; `None` is no.
    pub email_verified: Option<bool>,
    /// A ban to begin with.
    pub ban: Option<Ban>,
    /// Its tier; `None` is the policy's default.
    pub tier: Option<String>,
    /// A code with which its owner sets a password.
    pub reset_code: Option<NewOneTime>,
}

impl core::fmt::Debug for Creation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Creation")
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// Makes an account. Nothing is mailed to its owner.
///
/// A caller makes what it would manage: without roles only one who reaches everything, else with roles
/// that it may hand out.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::UnknownRole`], [`Refused::NotGrantable`], [`Refused::NotHeld`],
/// [`Refused::UnknownTier`], [`Refused::TierNotHeld`], [`Refused::EmailTaken`], [`Refused::Changed`]; [`Denied::InvalidEmail`], what
/// [`password::hash_new_for`] refuses.
pub async fn create<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: Creation,
    context: &Context,
) -> Result<Account, Error> {
    let (new, record) = prepare(app, caller, asked, context).await?;
    let made = outcome(app.store.create_account(&new, &record).await?)?;
    Ok(made.ok_or(Refused::Changed)?)
}

/// All that [`create`] looks at before it writes, and what it would write.
///
/// # Errors
/// As [`create`], but for what only the store knows.
pub(crate) async fn prepare<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: Creation,
    context: &Context,
) -> Result<(NewAccount, AuditEvent), Error> {
    reach(app, caller, &guard::CREATE_USER, context).await?;
    let extra = [
        (asked.ban.is_some(), &guard::BAN_USER),
        (asked.email_verified.is_some(), &guard::SET_EMAIL),
        (asked.tier.is_some(), &guard::SET_TIER),
        (!asked.roles.is_empty(), &guard::SET_ROLE),
    ];
    for (_, guard) in extra.into_iter().filter(|(is_asked, _)| *is_asked) {
        reach(app, caller, guard, context).await?;
    }
    let grants = new_grants(app, &asked.roles)?;
    check_tier(app, asked.tier.as_deref())?;
    require_within(app, caller, &asked, context).await?;
    require_hand_out(app, caller, "", &asked.roles, context).await?;
    if asked.tier.is_some() {
        let (tier, roles) = (asked.tier.as_deref(), &asked.roles);
        require_tier(app, caller, "", tier, roles, &guard::SET_TIER, context).await?;
    }
    check_name(&asked.name)?;
    check_image(asked.image.as_deref())?;
    let email = Email::parse_new(&asked.email).ok_or(Denied::InvalidEmail)?;
    let phc = match &asked.password {
        None => None,
        Some(typed) => {
            let about = [email.as_str(), &asked.name];
            Some(password::hash_new_for(app, typed, false, &about).await?)
        }
    };
    let now_ms = app.host.now_ms();
    let user = User {
        id: random_id(&mut HostEntropy(&app.host)),
        email: email.as_str().to_owned(),
        name: asked.name,
        email_verified: asked.email_verified.unwrap_or(false),
        image: asked.image,
        tier: asked.tier,
        disabled_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        epoch: 0,
    };
    let mut record = record_of(app, caller, &user.id, "user.create", context);
    if !asked.roles.is_empty() {
        record
            .fields
            .insert("roles".into(), texts(&asked.roles).into());
    }
    let new = NewAccount {
        user,
        phc,
        grants,
        ban: asked.ban,
        reset_code: asked.reset_code,
        caller: (caller.user.id.clone(), caller.user.epoch),
    };
    Ok((new, record))
}

/// The account lies where the caller may make accounts: at the scope of every role that it gets.
async fn require_within<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: &Creation,
    context: &Context,
) -> Result<(), Error> {
    let needed = [
        (true, guard::CREATE_USER),
        (asked.ban.is_some(), guard::BAN_USER),
        (asked.email_verified.is_some(), guard::SET_EMAIL),
        (asked.tier.is_some(), guard::SET_TIER),
    ];
    for (_, guard) in needed.into_iter().filter(|(is_needed, _)| *is_needed) {
        for role in &asked.roles {
            guard::require(app, caller, &guard, role.scope.clone(), context)
                .await
                .map_err(|error| refusal(error, guard))?;
        }
        if asked.roles.is_empty() {
            guard::require_global(app, caller, &guard, context)
                .await
                .map_err(|error| refusal(error, guard))?;
        }
    }
    Ok(())
}

fn refusal(error: Error, guard: guard::Guard) -> Error {
    match error {
        Error::Denied(Denied::Forbidden(explanation)) => {
            Refused::NotAllowed { guard, explanation }.into()
        }
        error => error,
    }
}
