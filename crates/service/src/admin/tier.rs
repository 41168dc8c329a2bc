//! Another's tier.

use super::holding::require_tier;
use super::manage::{find, find_managed, ground, reach, record_of};
use super::ports::{Account, Change, Effect};
use super::{Refused, apply_to};
use crate::{App, Caller, Context, Error, Host, Store, guard};

/// An account that the caller knows of, for its tier.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::NoUser`].
pub async fn tier_of<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<Account, Error> {
    find(app, caller, user_id, &guard::GET_USER, context).await
}

/// Gives an account that the caller manages another tier, none above its own; `None` is the policy's default.
/// With `if_epoch` only if its epoch is that one.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::NoUser`], [`Refused::UnknownTier`], [`Refused::TierNotHeld`], [`Refused::NotAsSeen`],
/// [`Refused::Changed`].
pub async fn set_tier<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    tier: Option<String>,
    if_epoch: Option<i64>,
    context: &Context,
) -> Result<Account, Error> {
    let guard = &guard::SET_TIER;
    reach(app, caller, guard, context).await?;
    check_tier(app, tier.as_deref())?;
    let account = find_managed(app, caller, user_id, guard, context).await?;
    if if_epoch.is_some_and(|epoch| epoch != account.user.epoch) {
        // Lost update (RFC 9110 section 13.1.1); the batch asks for the epoch once more.
        return Err(Refused::NotAsSeen.into());
    }
    if account.user.tier == tier {
        return Ok(account);
    }
    let (asked, roles) = (tier.as_deref(), account.roles());
    require_tier(app, caller, user_id, asked, &roles, guard, context).await?;
    let mut record = record_of(app, caller, user_id, "user.set_tier", context);
    let fields = &mut record.fields;
    fields.insert("before".into(), account.user.tier.clone().into());
    fields.insert("tier".into(), tier.clone().into());
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Tier(tier)],
        keeps_one_of: Vec::new(),
        now_ms: app.host.now_ms(),
        event: record,
    };
    apply_to(app, change).await
}

/// A tier is one that the policy has.
pub(super) fn check_tier<S, H>(app: &App<S, H>, tier: Option<&str>) -> Result<(), Error> {
    let policy = &app.settings.policy;
    if tier.is_some_and(|tier| policy.tier_rank(tier).is_none()) {
        let tiers = policy.tiers().iter().map(|one| one.name.clone());
        return Err(Refused::UnknownTier(tiers.collect()).into());
    }
    Ok(())
}
