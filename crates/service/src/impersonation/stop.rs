//! The way back to being oneself.

use super::Refused;
use crate::audit::event;
use crate::{App, AuditStatus, Caller, Context, Error, Host, SessionRef, Store, session};

/// What goes on after somebody has stopped acting as somebody else.
#[derive(Debug)]
pub struct Stopped {
    /// The administrator, by its own session.
    pub admin: Caller,
}

/// Ends the caller's session as somebody else. The administrator's own session went on all the time and
/// is told again; its token isn't, because whoever has a copy of the token as somebody else must not
/// become the administrator with it (RFC 9700 section 4.14).
///
/// # Errors
/// [`Refused::NotImpersonating`]; [`Refused::NoAdminSession`] when that has ended in this moment.
pub async fn stop<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<Stopped, Error> {
    let impersonator = caller.impersonator.as_ref();
    let impersonator = impersonator.ok_or(Refused::NotImpersonating)?;
    let own = SessionRef::Id(impersonator.session_id.clone());
    let admin = app.store.caller(&own, app.host.now_ms()).await?;
    let ended = SessionRef::Id(caller.session.id.clone());
    let mut record = event(app, context, "user.stop-impersonating", AuditStatus::Ok);
    caller.mark(&mut record);
    app.store.end_session(&ended, &record).await?;
    let admin = admin.ok_or(Refused::NoAdminSession)?;
    Ok(Stopped { admin })
}

/// The administrator's own session by its token, for a browser that kept it while it acted as somebody
/// else; with `stopped`, only if it is the one that this was begun from.
///
/// # Errors
/// [`Refused::NoAdminSession`].
pub async fn resume<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
    stopped: Option<&Stopped>,
) -> Result<Caller, Error> {
    let found = match session::by_token(app, token).await {
        Ok(found) => found,
        Err(Error::Denied(_)) => return Err(Refused::NoAdminSession.into()),
        Err(fault) => return Err(fault),
    };
    // Session fixation (CWE-384): a cookie of another browser's session isn't the way back.
    let is_that = stopped.is_none_or(|one| one.admin.session.id == found.session.id);
    if is_that && found.impersonator.is_none() {
        Ok(found)
    } else {
        Err(Refused::NoAdminSession.into())
    }
}
