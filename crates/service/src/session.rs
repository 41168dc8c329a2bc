//! Who is calling.

use portcullis_issue::opaque::SessionToken;

use crate::settings::{SESSION_TTL_SECS, SESSION_UPDATE_AGE_SECS};
use crate::{App, Caller, Denied, Error, Host, SessionRef, Store};

/// A session that holds, and whether its end was just moved.
#[derive(Debug)]
pub struct Current {
    /// Who is calling.
    pub caller: Caller,
    /// Whether the session was extended, so that a cookie needs renewal.
    pub is_extended: bool,
}

/// Looks a session up by its token, without extending it.
///
/// # Errors
/// [`Denied::Unauthenticated`] for a token that is malformed, unknown or over.
pub async fn by_token<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Caller, Error> {
    let token = SessionToken::parse(token).map_err(|_| Denied::Unauthenticated)?;
    let session = SessionRef::TokenHash(token.hash().to_string());
    by_ref(app, &session).await
}

/// Looks a session up.
///
/// # Errors
/// [`Denied::Unauthenticated`] when it is unknown or over.
pub async fn by_ref<S: Store, H: Host>(
    app: &App<S, H>,
    session: &SessionRef,
) -> Result<Caller, Error> {
    let caller = app.store.caller(session, app.host.now_ms()).await?;
    Ok(caller.ok_or(Denied::Unauthenticated)?)
}

/// Looks a session up by its token and extends it when it is remembered and in use.
///
/// # Errors
/// As [`by_token`].
pub async fn current<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
    may_extend: bool,
) -> Result<Current, Error> {
    let mut caller = by_token(app, token).await?;
    let now_ms = app.host.now_ms();
    let fresh_until_ms = now_ms + (SESSION_TTL_SECS - SESSION_UPDATE_AGE_SECS) * 1000;
    let session = &mut caller.session;
    let mut is_extended = false;
    if may_extend && session.remember_me && session.expires_at_ms <= fresh_until_ms {
        let expires_at_ms = now_ms + SESSION_TTL_SECS * 1000;
        is_extended = app
            .store
            .extend_session(&session.id, expires_at_ms, now_ms)
            .await?;
        if is_extended {
            session.expires_at_ms = expires_at_ms;
            session.updated_at_ms = now_ms;
        }
    }
    Ok(Current {
        caller,
        is_extended,
    })
}
