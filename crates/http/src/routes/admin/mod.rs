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
use crate::call::Way;
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

/// As [`CurrentGuarded`]; one who isn't signed in gets 401 without a body, as the administration of this
/// protocol answers.
enum Administrator {}

impl Way for Administrator {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        context: &Context,
    ) -> Result<Caller, Refusal> {
        let found = client::current_guarded_caller(app, headers, context).await;
        found.map_err(without_body)
    }
}

/// As [`Administrator`], as known within the bound on revocations: for what only reads.
enum Reader {}

impl Way for Reader {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        context: &Context,
    ) -> Result<Caller, Refusal> {
        let found = client::guarded_caller(app, headers, context).await;
        found.map_err(without_body)
    }
}

fn without_body(error: Error) -> Refusal {
    match error {
        Error::Denied(Denied::Unauthenticated) => Refusal::SignedOut,
        error => error.into(),
    }
}
