//! `/api/auth/admin/impersonate-user` and `/api/auth/admin/stop-impersonating`.

mod answer;
mod begin;
mod stop;

use axum::Router;
use axum::routing::post;
use portcullis_service::{Host, Store};

pub(crate) use answer::refused;

use crate::Shared;

/// The endpoints, under `/api/auth`.
pub(crate) fn router<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/admin/impersonate-user", post(begin::begin::<S, H>))
        .route("/admin/stop-impersonating", post(stop::stop::<S, H>))
}
