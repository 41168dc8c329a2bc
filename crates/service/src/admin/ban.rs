//! Bans: an account that may not sign in for a while, or for good.

use super::manage::{administrators, find, ground, record_of, require_over};
use super::ports::{Account, Ban, Change, Effect};
use super::{Refused, apply_to};
use crate::{App, Caller, Context, Error, Host, Store, guard};

/// What a ban is for when nobody said so; clients of the protocol know these words.
pub(super) const DEFAULT_REASON: &str = "No reason";
/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1000;
/// Longest ban that has an end, in seconds: a hundred years.
const MAX_BAN_SECS: i64 = 3_155_760_000;

/// Bans an account that the caller manages, for a number of seconds or for good. Its sessions end at once,
/// its tokens within the bound on revocations.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::NoUser`], [`Refused::OwnBan`], [`Refused::Value`],
/// [`Refused::LastAdministrator`], [`Refused::Changed`].
pub async fn ban<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    reason: Option<String>,
    secs: Option<i64>,
    context: &Context,
) -> Result<Account, Error> {
    let guard = &guard::BAN_USER;
    let account = find(app, caller, user_id, guard, context).await?;
    if user_id == caller.user.id {
        return Err(Refused::OwnBan.into());
    }
    require_over(app, caller, &account, guard, context).await?;
    check_reason(reason.as_deref())?;
    let now_ms = app.host.now_ms();
    let expires_at_ms = match secs {
        None | Some(0) => None,
        Some(secs @ 1..=MAX_BAN_SECS) => Some(now_ms.saturating_add(secs * 1000)),
        Some(_) => {
            let expected = "a number of seconds, a hundred years at most";
            return Err(Refused::Value("banExpiresIn", expected).into());
        }
    };
    let reason = reason.filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| DEFAULT_REASON.to_owned());
    let mut record = record_of(app, caller, user_id, "user.ban", context);
    record
        .fields
        .insert("reason".into(), reason.as_str().into());
    if let Some(end_ms) = expires_at_ms {
        record.fields.insert("until_ms".into(), end_ms.into());
    }
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Ban(Ban {
            since_ms: now_ms,
            reason: Some(reason),
            expires_at_ms,
        })],
        keeps_one_of: administrators(app, &account),
        now_ms,
        event: record,
    };
    apply_to(app, change).await
}

/// Takes the ban of an account that the caller manages back.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::NoUser`], [`Refused::Changed`].
pub async fn unban<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<Account, Error> {
    let guard = &guard::BAN_USER;
    let account = super::manage::find_managed(app, caller, user_id, guard, context).await?;
    if account.ban.is_none() {
        return Ok(account);
    }
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Unban],
        keeps_one_of: Vec::new(),
        now_ms: app.host.now_ms(),
        event: record_of(app, caller, user_id, "user.unban", context),
    };
    apply_to(app, change).await
}

/// A reason is some text for people.
pub(super) fn check_reason(reason: Option<&str>) -> Result<(), Error> {
    let is_long = reason.is_some_and(|text| text.chars().count() > MAX_REASON_CHARS);
    if is_long {
        return Err(Refused::Value("banReason", "at most 1000 characters").into());
    }
    Ok(())
}
