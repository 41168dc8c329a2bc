//! Other people's sessions, seen and ended.

use portcullis_issue::opaque::SessionToken;

use super::apply;
use super::manage::{find, ground, knows, reach, record_of, require_over};
use super::ports::{Account, Change, Effect};
use crate::guard::{self, Guard};
use crate::session::Listed;
use crate::{App, Caller, Context, Error, Host, Store};

/// The sessions of an account that the caller manages, or of its own, that hold now; the last used
/// first.
///
/// # Errors
/// [`Refused::NotAllowed`](super::Refused::NotAllowed), [`Refused::NoUser`](super::Refused::NoUser).
pub async fn list_sessions<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<Listed, Error> {
    let guard = &guard::LIST_SESSIONS;
    let account = find(app, caller, user_id, guard, context).await?;
    require_over_or_own(app, caller, &account, guard, context).await?;
    let sessions = app.store.sessions_of(user_id, app.host.now_ms()).await?;
    Ok(Listed::new(sessions))
}

/// Ends every session of an account that the caller manages, or of its own.
///
/// # Errors
/// As [`list_sessions`]; [`Refused::Changed`](super::Refused::Changed).
pub async fn revoke_sessions<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<(), Error> {
    let guard = &guard::REVOKE_SESSIONS;
    let account = find(app, caller, user_id, guard, context).await?;
    require_over_or_own(app, caller, &account, guard, context).await?;
    end(app, caller, &account, Effect::EndSessions, context).await
}

/// Ends the session that `handle` names: the `token` of a list, or a session token. One that names no
/// session of anybody whom the caller knows of does nothing.
///
/// # Errors
/// As [`revoke_sessions`].
pub async fn revoke_session<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    handle: &str,
    context: &Context,
) -> Result<(), Error> {
    let guard = &guard::REVOKE_SESSIONS;
    let reached = reach(app, caller, guard, context).await?;
    // Both have one form, and a handle's hash is nobody's.
    let Ok(token) = SessionToken::parse(handle) else {
        return Ok(());
    };
    let hash = token.hash().to_string();
    let Some(session) = app.store.session_named(handle, &hash).await? else {
        return Ok(());
    };
    let Some(account) = app.store.account(&session.user_id).await? else {
        return Ok(());
    };
    if !knows(app, caller, &reached, &account, guard).await? {
        return Ok(());
    }
    require_over_or_own(app, caller, &account, guard, context).await?;
    let effect = Effect::EndSession(session.id);
    end(app, caller, &account, effect, context).await
}

async fn end<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    account: &Account,
    effect: Effect,
    context: &Context,
) -> Result<(), Error> {
    let change = Change {
        ground: ground(caller, account),
        effects: vec![effect],
        keeps_one_of: Vec::new(),
        now_ms: app.host.now_ms(),
        event: record_of(app, caller, &account.user.id, "session.revoke", context),
    };
    apply(app, change).await.map(drop)
}

/// One's own sessions one may see and end anyway.
async fn require_over_or_own<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    account: &Account,
    guard: &Guard,
    context: &Context,
) -> Result<(), Error> {
    if account.user.id == caller.user.id {
        return Ok(());
    }
    require_over(app, caller, account, guard, context).await
}
