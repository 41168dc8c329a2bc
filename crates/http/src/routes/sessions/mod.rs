//! `/api/auth/list-sessions`, `/revoke-…`, `/update-session` and `/session/…`.

mod list;
mod refresh;
mod revoke;
mod step_up;
mod update;

use axum::Router;
use axum::routing::{get, post};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use portcullis_service::session::Carrier;
use portcullis_service::{Host, Store};

use crate::Shared;

pub(crate) use list::with_more;

/// The routes, under `/api/auth`.
pub(crate) fn router<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/list-sessions", get(list::list::<S, H>))
        .route("/revoke-session", post(revoke::one::<S, H>))
        .route("/revoke-sessions", post(revoke::all::<S, H>))
        .route("/revoke-other-sessions", post(revoke::others::<S, H>))
        .route("/update-session", post(update::update::<S, H>))
        .route("/session/refresh", post(refresh::refresh::<S, H>))
        .route("/session/step-up", post(step_up::step_up::<S, H>))
}

/// How a caller that has credentials carries them: a bearer token goes before a cookie.
pub(crate) fn carrier(headers: &HeaderMap) -> Carrier {
    let scheme = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => Carrier::Bearer,
        _ => Carrier::Cookie,
    }
}
