//! Links to chat identities: `/api/v1/me/identity-links` for users, `/api/v1/identity-links` for
//! services.

mod answer;
mod own;
mod service;

use axum::Router;
use axum::routing::{delete, get, post};
use portcullis_service::{Host, Store};

pub(crate) use answer::refused;

use crate::Shared;

/// The endpoints of users.
pub(crate) fn own_router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route("/", get(own::list::<S, H>))
        .route("/code", post(own::code::<S, H>))
        .route("/{link}", delete(own::unlink::<S, H>))
}

/// The endpoints of services.
pub(crate) fn service_router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route("/", post(service::redeem::<S, H>))
        .route("/sign-in", post(service::sign_in::<S, H>))
}
