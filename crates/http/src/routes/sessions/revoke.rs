//! `POST /api/auth/revoke-session`, `revoke-sessions` and `revoke-other-sessions`.

use axum::response::Response;
use portcullis_service::session::revoke;
use portcullis_service::{Host, Store};

use crate::answer::{Refusal, done_for};
use crate::body::{Members, OptionalMembers};
use crate::call::{BySession, Call};
use crate::cookies;

/// Ends the caller's session that `{token}` names: the handle of a list, or a session token. One that
/// names none is no error.
pub(super) async fn one<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<BySession, S, H>,
    mut members: Members,
) -> Result<Response, Refusal> {
    let token = members.text("token");
    members.settle()?;
    let was_own = revoke::revoke(&app, &caller, &token, &context).await?;
    let mut response = done_for(caller.user.id);
    if was_own {
        cookies::clear_session(response.headers_mut(), &app.settings);
    }
    Ok(response)
}

/// Ends all sessions of the caller, its own as well.
pub(super) async fn all<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<BySession, S, H>,
    _: OptionalMembers,
) -> Result<Response, Refusal> {
    revoke::revoke_all(&app, &caller, &context).await?;
    let mut response = done_for(caller.user.id);
    cookies::clear_session(response.headers_mut(), &app.settings);
    Ok(response)
}

/// Ends all sessions of the caller but its own.
pub(super) async fn others<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<BySession, S, H>,
    _: OptionalMembers,
) -> Result<Response, Refusal> {
    revoke::revoke_others(&app, &caller, &context).await?;
    Ok(done_for(caller.user.id))
}
