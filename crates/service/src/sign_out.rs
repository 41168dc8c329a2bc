//! Signing out.

use portcullis_issue::opaque::SessionToken;

use crate::audit::event;
use crate::{App, AuditStatus, Context, Error, Host, Store};

/// Ends the session with this token at once; `false` when there was none.
///
/// # Errors
/// Only faults: signing out twice is no error.
pub async fn sign_out<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
    context: &Context,
) -> Result<bool, Error> {
    let Ok(token) = SessionToken::parse(token) else {
        return Ok(false);
    };
    let logout = event(app, context, "auth.logout", AuditStatus::Ok);
    let hash = token.hash().to_string();
    Ok(app.store.end_session(&hash, &logout).await?)
}
