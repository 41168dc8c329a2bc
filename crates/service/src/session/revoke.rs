//! The sessions of a user: seen and ended.

use portcullis_issue::opaque::SessionToken;

use super::device;
use super::ports::{MAX_LISTED, Which};
use crate::audit::event;
use crate::{App, AuditEvent, AuditStatus, Caller, Context, Denied, Error, Host, Session, Store};

/// Sessions that hold, the last used first.
#[derive(Debug)]
pub struct Listed {
    /// At most [`MAX_LISTED`].
    pub sessions: Vec<Session>,
    /// Whether there are more, which were used before these.
    pub has_more: bool,
}

impl Listed {
    pub(crate) fn new(mut sessions: Vec<Session>) -> Self {
        let has_more = sessions.len() > MAX_LISTED;
        sessions.truncate(MAX_LISTED);
        Self { sessions, has_more }
    }
}

/// The caller's sessions that hold, the last used first. Those in which an administrator
/// acts as the caller aren't its own; its security events tell of them.
///
/// # Errors
/// [`Denied::SessionNotFresh`]; [`Denied::ByActor`].
pub async fn list<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> Result<Listed, Error> {
    super::require_fresh(app, caller)?;
    let now_ms = app.host.now_ms();
    let mut listed = Listed::new(app.store.sessions_of(&caller.user.id, now_ms).await?);
    let own = |session: &Session| session.impersonated_by.is_none();
    listed.sessions.retain(own);
    Ok(listed)
}

/// Ends the caller's session that `handle` names: the `token` of a list, or a session token. Whether it
/// was the caller's own; a handle that names none of the caller's sessions does nothing.
///
/// # Errors
/// [`Denied::ByActor`].
pub async fn revoke<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    handle: &str,
    context: &Context,
) -> Result<bool, Error> {
    caller.require_in_person()?;
    // Both have one form, and a handle's hash is nobody's.
    let Ok(token) = SessionToken::parse(handle) else {
        return Ok(false);
    };
    let event = revocation(app, caller, context);
    let hash = token.hash().to_string();
    let ended = app
        .store
        .revoke_session(&caller.user.id, handle, &hash, &event)
        .await?;
    Ok(ended.is_some_and(|id| id == caller.session.id))
}

/// Ends all sessions of the caller, its own as well.
///
/// # Errors
/// [`Denied::ByActor`].
pub async fn revoke_all<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<(), Error> {
    end(app, caller, Which::All, context).await
}

/// Ends all sessions of the caller but its own.
///
/// # Errors
/// [`Denied::ByActor`].
pub async fn revoke_others<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<(), Error> {
    end(app, caller, Which::Others(&caller.session.id), context).await
}

/// Names the device of the caller's session.
///
/// # Errors
/// [`Denied::Unauthenticated`] when the session has ended meanwhile.
pub async fn name_device<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    name: &str,
) -> Result<Session, Error> {
    let now_ms = app.host.now_ms();
    let name = device::clean_name(name);
    let id = &caller.session.id;
    if !app.store.name_device(id, &name, now_ms).await? {
        return Err(Denied::Unauthenticated.into());
    }
    let mut session = caller.session.clone();
    session.device_name = name;
    session.updated_at_ms = now_ms;
    Ok(session)
}

async fn end<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    which: Which<'_>,
    context: &Context,
) -> Result<(), Error> {
    caller.require_in_person()?;
    let event = revocation(app, caller, context);
    let user_id = &caller.user.id;
    app.store.revoke_sessions(user_id, which, &event).await?;
    Ok(())
}

/// The record of an ended session; the store names the session.
fn revocation<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> AuditEvent {
    let mut event = event(app, context, "session.revoke", AuditStatus::Ok);
    caller.mark(&mut event);
    event
}
