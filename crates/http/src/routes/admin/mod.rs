//! `/api/auth/admin/…` as the published admin clients speak it, and `/api/v1/admin/users/…`, which is
//! ours: tiers and roles at scopes.

mod answer;
mod bans;
mod check;
mod grants;
mod list;
mod password;
mod read;
mod roles;
mod sessions;
mod tier;
mod users;

use axum::Router;
use axum::routing::{delete, get, post};
use http::HeaderMap;
use portcullis_service::{App, Caller, Context, Denied, Error, Host, Store};

pub(crate) use answer::refused;

use crate::answer::Refusal;
use crate::{Shared, client};

/// The endpoints of the protocol, under `/api/auth/admin`.
pub(crate) fn router<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/list-users", get(list::list::<S, H>))
        .route("/get-user", get(users::get::<S, H>))
        .route("/create-user", post(users::create::<S, H>))
        .route("/update-user", post(users::update::<S, H>))
        .route("/remove-user", post(users::remove::<S, H>))
        .route("/set-role", post(roles::set::<S, H>))
        .route("/ban-user", post(bans::ban::<S, H>))
        .route("/unban-user", post(bans::unban::<S, H>))
        .route("/list-user-sessions", post(sessions::list::<S, H>))
        .route("/revoke-user-session", post(sessions::revoke::<S, H>))
        .route("/revoke-user-sessions", post(sessions::revoke_all::<S, H>))
        .route("/set-user-password", post(password::set::<S, H>))
        .route("/has-permission", post(check::check::<S, H>))
}

/// Our own endpoints about one account, under `/api/v1/admin/users/{user}`.
pub(crate) fn user_router<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/tier", get(tier::get::<S, H>).put(tier::put::<S, H>))
        .route(
            "/grants",
            get(grants::list::<S, H>)
                .post(grants::add::<S, H>)
                .delete(grants::remove_named::<S, H>),
        )
        .route("/grants/{grant}", delete(grants::remove::<S, H>))
}

/// The caller as the store knows it now, or by an API key. One who isn't signed in gets 401 without a
/// body, as the administration of this protocol answers.
async fn caller<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Caller, Refusal> {
    match current(app, headers, context).await {
        Err(Error::Denied(Denied::Unauthenticated)) => Err(Refusal::SignedOut),
        other => Ok(other?),
    }
}

/// As [`caller`], as known within the bound on revocations: for what only reads.
async fn reader<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Caller, Refusal> {
    match client::guarded_caller(app, headers, context).await {
        Err(Error::Denied(Denied::Unauthenticated)) => Err(Refusal::SignedOut),
        other => Ok(other?),
    }
}

/// The caller as the store knows it now, or by an API key.
async fn current<S: Store, H: Host>(
    app: &App<S, H>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Caller, Error> {
    match client::key_caller(app, headers, context).await? {
        Some(caller) => Ok(caller),
        None => client::current_caller(app, headers).await,
    }
}
