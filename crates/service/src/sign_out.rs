//! Signing out.

use portcullis_issue::opaque::SessionToken;

use crate::audit::event;
use crate::{
    App, AuditStatus, Caller, Context, Denied, Error, Host, SessionRef, Store, feed, token,
};

/// What a caller signs out with.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// An access token, which names its session.
    AccessToken(&'a str),
    /// The session token.
    SessionToken(&'a str),
}

impl core::fmt::Debug for By<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::AccessToken(_) => "AccessToken(..)",
            Self::SessionToken(_) => "SessionToken(..)",
        })
    }
}

/// Ends a session at once; `false` when there was none.
///
/// # Errors
/// Only faults: signing out twice is no error.
pub async fn sign_out<S: Store, H: Host>(
    app: &App<S, H>,
    by: By<'_>,
    context: &Context,
) -> Result<bool, Error> {
    // Mostly without a statement; a session that is over is signed out of as every other.
    let (session, caller) = match by {
        By::SessionToken(text) => match SessionToken::parse(text) {
            Ok(token) => {
                let session = SessionRef::TokenHash(token.hash().to_string());
                (session, feed::by_token(app, text).await)
            }
            Err(_) => return Ok(false),
        },
        By::AccessToken(text) => match token::caller(app, text).await {
            Ok(caller) => (SessionRef::Id(caller.session.id.clone()), Ok(caller)),
            Err(Error::Denied(Denied::Unauthenticated)) => return Ok(false),
            Err(error) => return Err(error),
        },
    };
    let mut logout = event(app, context, "auth.logout", AuditStatus::Ok);
    match caller {
        Ok(caller) if caller.acting().is_some() => caller.mark(&mut logout),
        Ok(_) | Err(Error::Denied(_)) => {}
        Err(fault) => return Err(fault),
    }
    Ok(app.store.end_session(&session, &logout).await?)
}

/// Signs out of a browser in which an administrator acts as somebody else: of the administrator's own
/// session, whose token the browser kept as `own`, and so of the other with it, at once. One record names
/// both.
///
/// # Errors
/// As [`sign_out`].
pub async fn sign_out_of_both<S: Store, H: Host>(
    app: &App<S, H>,
    by: By<'_>,
    own: &str,
    context: &Context,
) -> Result<bool, Error> {
    let behind = match by {
        By::SessionToken(text) => match feed::by_token(app, text).await {
            Ok(caller) => session_behind(app, &caller, own).await?,
            Err(Error::Denied(_)) => None,
            Err(fault) => return Err(fault),
        },
        By::AccessToken(_) => None,
    };
    let Some((session, acting)) = behind else {
        // Sessions that have nothing to do with each other.
        let is_ended = sign_out(app, by, context).await?;
        return Ok(sign_out(app, By::SessionToken(own), context).await? || is_ended);
    };
    let mut logout = event(app, context, "auth.logout", AuditStatus::Ok);
    let (user, ended) = acting;
    logout.fields.insert("as".into(), user.into());
    logout.fields.insert("as_session".into(), ended.into());
    Ok(app.store.end_session(&session, &logout).await?)
}

/// The session that the caller acts from, if `own` is its token; with the ids of user and session that
/// it acts as.
async fn session_behind<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    own: &str,
) -> Result<Option<(SessionRef, (String, String))>, Error> {
    let Some(impersonator) = &caller.impersonator else {
        return Ok(None);
    };
    let behind = match feed::by_token(app, own).await {
        Ok(behind) => behind,
        Err(Error::Denied(_)) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let is_that = behind.session.id == impersonator.session_id;
    let acting = (caller.user.id.clone(), caller.session.id.clone());
    Ok(is_that.then_some((SessionRef::Id(behind.session.id), acting)))
}
