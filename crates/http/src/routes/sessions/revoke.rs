//! `POST /api/auth/revoke-session`, `revoke-sessions` and `revoke-other-sessions`.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portcullis_service::session::revoke;
use portcullis_service::{Context, Host, Store};

use super::done;
use crate::answer::Refusal;
use crate::log::UserId;
use crate::{Shared, body, client, cookies};

/// Ends the caller's session that `{token}` names: the handle of a list, or a session token. One that
/// names none is no error.
pub(super) async fn one<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    let members = body::json(&headers, request).await?;
    let mut problems = Vec::new();
    let token = body::text(&members, "token", &mut problems);
    body::settle(&problems)?;
    let was_own = revoke::revoke(&app, &caller, &token, &context).await?;
    let mut response = done();
    if was_own {
        cookies::clear_session(response.headers_mut(), &app.settings);
    }
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

/// Ends all sessions of the caller, its own as well.
pub(super) async fn all<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    body::optional_json(&headers, request).await?;
    revoke::revoke_all(&app, &caller, &context).await?;
    let mut response = done();
    cookies::clear_session(response.headers_mut(), &app.settings);
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}

/// Ends all sessions of the caller but its own.
pub(super) async fn others<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Refusal> {
    let caller = client::current_caller(&app, &headers).await?;
    body::optional_json(&headers, request).await?;
    revoke::revoke_others(&app, &caller, &context).await?;
    let mut response = done();
    response.extensions_mut().insert(UserId(caller.user.id));
    Ok(response)
}
