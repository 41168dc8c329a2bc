//! API keys: `/api/auth/api-key`.

mod answer;
mod create;
mod own;
mod read;
mod verify;

use axum::Router;
use axum::routing::{get, post};
use portcullis_service::{Host, Store};

pub(crate) use answer::refused;

use crate::Shared;

/// The endpoints, from `/create` on.
pub(crate) fn router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route("/create", post(create::create::<S, H>))
        .route("/get", get(own::get::<S, H>))
        .route("/list", get(own::list::<S, H>))
        .route("/update", post(own::update::<S, H>))
        .route("/rotate", post(own::rotate::<S, H>))
        .route("/delete", post(own::delete::<S, H>))
        .route(
            "/delete-all-expired-api-keys",
            post(own::delete_expired::<S, H>),
        )
        .route("/verify", post(verify::verify::<S, H>))
}
