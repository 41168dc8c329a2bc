//! Changing another's account.

use super::ban::{DEFAULT_REASON, check_reason};
use super::holding::require_all;
use super::manage::{
    administrators, find_managed, ground, record_of, require_hand_out, require_over,
};
use super::ports::{Account, Ban, Change, Effect, ProfileEffect};
use super::roles::{global, replace};
use super::{Refused, apply_to};
use crate::accounts::{check_image, check_name};
use crate::guard::{self, Guard};
use crate::{App, Caller, Context, Denied, Email, Error, Host, Store};

/// What is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// Another name.
    pub name: Option<String>,
    /// Another picture, or none.
    pub image: Option<Option<String>>,
    /// Another address.
    pub email: Option<String>,
    /// Whether the address counts as confirmed.
    pub email_verified: Option<bool>,
    /// Roles held everywhere, in place of all those.
    pub roles: Option<Vec<String>>,
    /// Whether it is banned.
    pub banned: Option<bool>,
    /// Why, or without a reason.
    pub ban_reason: Option<Option<String>>,
    /// Until when, Unix milliseconds, or for good.
    pub ban_expires_at_ms: Option<Option<i64>>,
}

impl Update {
    const fn is_profile(&self) -> bool {
        self.name.is_some() || self.image.is_some() || self.is_address()
    }

    const fn is_address(&self) -> bool {
        self.email.is_some() || self.email_verified.is_some()
    }

    const fn is_ban(&self) -> bool {
        self.banned.is_some() || self.ban_reason.is_some() || self.ban_expires_at_ms.is_some()
    }

    /// The guards of what is to be changed.
    fn guards(&self) -> impl Iterator<Item = Guard> + use<> {
        [
            (true, guard::UPDATE_USER),
            (self.roles.is_some(), guard::SET_ROLE),
            (self.is_ban(), guard::BAN_USER),
            (self.is_address(), guard::SET_EMAIL),
        ]
        .into_iter()
        .filter_map(|(is_needed, guard)| is_needed.then_some(guard))
    }

    /// The names of what is to be changed, for the audit log.
    fn names(&self) -> String {
        let all = [
            (self.name.is_some(), "name"),
            (self.image.is_some(), "image"),
            (self.email.is_some(), "email"),
            (self.email_verified.is_some(), "emailVerified"),
            (self.roles.is_some(), "role"),
            (self.is_ban(), "ban"),
        ];
        let names: Vec<_> = all
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, name)| *name)
            .collect();
        names.join(" ")
    }
}

/// Changes an account that the caller manages, all of it or nothing.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::NoUser`], [`Refused::NothingToUpdate`], [`Refused::OwnBan`],
/// [`Refused::UnknownRole`], [`Refused::NotGrantable`], [`Refused::NotHeld`], [`Refused::TierNotHeld`], [`Refused::EmailTaken`],
/// [`Refused::LastAdministrator`], [`Refused::Changed`]; [`Denied::InvalidEmail`],
/// [`Denied::ByActor`] for another address.
pub async fn update<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    asked: Update,
    context: &Context,
) -> Result<Account, Error> {
    if !(asked.is_profile() || asked.is_ban() || asked.roles.is_some()) {
        super::manage::reach(app, caller, &guard::UPDATE_USER, context).await?;
        return Err(Refused::NothingToUpdate.into());
    }
    if asked.banned == Some(true) && user_id == caller.user.id {
        super::manage::reach(app, caller, &guard::BAN_USER, context).await?;
        return Err(Refused::OwnBan.into());
    }
    if asked.email.is_some() {
        // Whose address it is may set its password.
        caller.require_in_person()?;
    }
    let account = find_managed(app, caller, user_id, &guard::UPDATE_USER, context).await?;
    for guard in asked.guards().skip(1) {
        require_over(app, caller, &account, &guard, context).await?;
    }
    if asked.is_address() {
        // Privilege escalation (CWE-269): the way to its password.
        require_all(app, caller, &account, &guard::SET_EMAIL, context).await?;
    }
    let mut effects = Vec::new();
    let mut takes_away = false;
    if asked.is_profile() {
        effects.push(Effect::Profile(profile(&asked)?));
    }
    let mut record = record_of(app, caller, user_id, "user.update", context);
    record.fields.insert("changed".into(), asked.names().into());
    if let Some(roles) = &asked.roles {
        let (taken, given) = replace(app, &account, roles)?;
        let handed = global(roles, &given);
        require_hand_out(app, caller, user_id, &handed, context).await?;
        takes_away |= !taken.is_empty();
        record.fields.insert("roles".into(), roles.join(" ").into());
        effects.push(Effect::Roles { taken, given });
    }
    if let Some(effect) = ban(app, &account, &asked)? {
        takes_away |= matches!(effect, Effect::Ban(_));
        effects.push(effect);
    }
    if effects.is_empty() {
        return Ok(account);
    }
    let keeps_one_of = if takes_away {
        administrators(app, &account)
    } else {
        Vec::new()
    };
    let change = Change {
        ground: ground(caller, &account),
        effects,
        keeps_one_of,
        now_ms: app.host.now_ms(),
        event: record,
    };
    apply_to(app, change).await
}

fn profile(asked: &Update) -> Result<ProfileEffect, Error> {
    if let Some(name) = &asked.name {
        check_name(name)?;
    }
    if let Some(image) = &asked.image {
        check_image(image.as_deref())?;
    }
    let email = match &asked.email {
        None => None,
        Some(text) => Some(
            Email::parse_new(text)
                .ok_or(Denied::InvalidEmail)?
                .to_string(),
        ),
    };
    Ok(ProfileEffect {
        name: asked.name.clone(),
        image: asked.image.clone(),
        email,
        email_verified: asked.email_verified,
    })
}

/// Reason and end of a ban that there isn't are passed over.
fn ban<S: Store, H: Host>(
    app: &App<S, H>,
    account: &Account,
    asked: &Update,
) -> Result<Option<Effect>, Error> {
    let now_ms = app.host.now_ms();
    let known = account.ban_at(now_ms);
    let is_banned = match asked.banned {
        Some(false) => return Ok(Some(Effect::Unban)),
        Some(true) => true,
        None => asked.is_ban() && known.is_some(),
    };
    if !is_banned {
        return Ok(None);
    }
    let reason = match &asked.ban_reason {
        Some(reason) => reason.clone(),
        None => known.and_then(|ban| ban.reason.clone()),
    };
    check_reason(reason.as_deref())?;
    let expires_at_ms = match asked.ban_expires_at_ms {
        Some(end) => end,
        None => known.and_then(|ban| ban.expires_at_ms),
    };
    Ok(Some(Effect::Ban(Ban {
        since_ms: known.map_or(now_ms, |ban| ban.since_ms),
        reason: reason.or_else(|| Some(DEFAULT_REASON.to_owned())),
        expires_at_ms,
    })))
}
