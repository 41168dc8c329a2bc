//! The HTTP face of Portcullis, for any host that can call an axum router.
//!
//! The only place with status codes, cookies and headers. Paths, bodies and codes under
//! `/api/auth` are those that the published Better Auth clients speak.
#![forbid(unsafe_code)]

mod answer;
#[cfg(feature = "openapi")]
pub mod api;
mod body;
mod client;
mod cookies;
mod log;
mod origin;
mod routes;
mod seen;
mod throttle;
mod trace;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use portcullis_service::{App, Host, Store};

pub use body::MAX_BODY_BYTES;
pub use client::PeerAddress;
pub use log::Observed;

/// On an answer: there may be mail to hand on, so the host does it once the answer is out.
#[derive(Debug, Clone, Copy)]
pub struct MailQueued;

/// On a request: what else there is to say to who reads metrics.
#[derive(Clone)]
pub struct MoreMetrics(pub Arc<dyn Fn(&mut String) + Send + Sync>);

impl core::fmt::Debug for MoreMetrics {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MoreMetrics").finish_non_exhaustive()
    }
}

/// Everything that a handler is given.
pub(crate) type Shared<S, H> = Arc<App<S, H>>;

/// The routes under `/api`, `/rbac`, `/access` and the metadata of the last; a host adds its pages as
/// fallback.
pub fn router<S, H>(app: Shared<S, H>) -> Router
where
    S: Store + 'static,
    H: Host + 'static,
{
    let auth = Router::new()
        .route("/ok", get(routes::ok))
        .route("/jwks", get(routes::jwks::<S, H>))
        .route("/token", get(routes::token::<S, H>))
        .route(
            "/get-session",
            get(routes::get_session::<S, H>).post(routes::post_get_session),
        )
        .route("/me", get(routes::me::<S, H>))
        .route("/snapshot", get(routes::snapshot::<S, H>))
        .route("/sign-in/email", post(routes::sign_in::<S, H>))
        .route("/login", post(routes::sign_in::<S, H>))
        .route("/sign-out", post(routes::sign_out::<S, H>))
        .route("/logout", post(routes::sign_out::<S, H>))
        .merge(routes::sessions::router())
        .merge(routes::account::router())
        .nest("/admin", routes::admin::router())
        .merge(routes::impersonation::router())
        .nest("/api-key", routes::api_key::router())
        .nest("/rbac", routes::rbac::router());
    Router::new()
        .nest("/api/auth", auth)
        .nest("/rbac", routes::rbac::router())
        .route("/rbac/{*rest}", axum::routing::any(answer::not_found))
        .route("/api/check", post(routes::check::<S, H>))
        .route("/api/policy", get(routes::policy::<S, H>))
        .route("/api/demo/act", post(routes::act::<S, H>))
        .nest("/api/v1/admin/users", routes::user_files::router())
        .nest("/api/v1/records", routes::catalog::router())
        .nest("/api/v1/me/settings", routes::user_settings::router())
        .nest(
            "/api/v1/me/identity-links",
            routes::identity_links::own_router(),
        )
        .nest(
            "/api/v1/identity-links",
            routes::identity_links::service_router(),
        )
        .route(
            "/api/v1/me/security-events",
            get(routes::security_events::<S, H>),
        )
        .nest("/api/v1/admin/users/{user}", routes::admin::user_router())
        .merge(routes::authzen::router())
        .nest("/api/v1/admin/audit", routes::audit::router())
        .route("/metrics", get(routes::metrics::<S, H>))
        .route("/api/{*rest}", axum::routing::any(answer::not_found))
        .method_not_allowed_fallback(answer::not_found)
        .layer(from_fn_with_state(Arc::clone(&app), origin::guard::<S, H>))
        .layer(from_fn_with_state(
            Arc::clone(&app),
            throttle::every_request::<S, H>,
        ))
        .layer(from_fn_with_state(Arc::clone(&app), log::requests::<S, H>))
        .layer(from_fn_with_state(Arc::clone(&app), seen::marks::<S, H>))
        .with_state(Arc::clone(&app))
        .merge(routes::operation::router(app))
}
