//! Signing out.

use portcullis_issue::opaque::SessionToken;

use crate::audit::event;
use crate::{App, AuditStatus, Context, Denied, Error, Host, SessionRef, Store, token};

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
    let session = match by {
        By::SessionToken(text) => match SessionToken::parse(text) {
            Ok(token) => SessionRef::TokenHash(token.hash().to_string()),
            Err(_) => return Ok(false),
        },
        By::AccessToken(text) => match token::caller(app, text).await {
            Ok(caller) => SessionRef::Id(caller.session.id),
            Err(Error::Denied(Denied::Unauthenticated)) => return Ok(false),
            Err(error) => return Err(error),
        },
    };
    let logout = event(app, context, "auth.logout", AuditStatus::Ok);
    Ok(app.store.end_session(&session, &logout).await?)
}
