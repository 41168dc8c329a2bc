//! The routes by area, so that a host can make the routes of one when they are first asked for.
//!
//! At the edge an isolate begins with somebody's request in its hands: making all routes takes longer
//! than answering it. So each area's code is out of line.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use portcullis_service::{Host, Store};

use crate::{Shared, answer, around, routes};

/// What belongs to a login in use, under `/api/auth`: asked for most.
const LOGIN: [&str; 10] = [
    "get-session",
    "jwks",
    "login",
    "logout",
    "me",
    "ok",
    "sign-in/email",
    "sign-out",
    "snapshot",
    "token",
];

/// A part of the routes. Every path belongs to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Login,
    Account,
    Administration,
    ApiKeys,
    Tenants,
    Decisions,
    Own,
    Operation,
}

impl Area {
    const ALL: [Self; 8] = [
        Self::Login,
        Self::Account,
        Self::Administration,
        Self::ApiKeys,
        Self::Tenants,
        Self::Decisions,
        Self::Own,
        Self::Operation,
    ];

    fn of(path: &str) -> Self {
        if let Some(rest) = path.strip_prefix("/api/auth/") {
            return match rest.split('/').next() {
                _ if LOGIN.contains(&rest) => Self::Login,
                Some("admin") => Self::Administration,
                Some("api-key") => Self::ApiKeys,
                Some("rbac") => Self::Tenants,
                _ => Self::Account,
            };
        }
        if path.starts_with("/api/v1/admin/") {
            return Self::Administration;
        }
        match path.split('/').nth(1) {
            _ if path.starts_with("/api/v1/") => Self::Own,
            Some("health" | "ready" | "metrics") => Self::Operation,
            Some("rbac") => Self::Tenants,
            _ => Self::Decisions,
        }
    }

    fn routes<S: Store + 'static, H: Host + 'static>(self) -> Router<Shared<S, H>> {
        match self {
            Self::Login => login(),
            Self::Account => account(),
            Self::Administration => administration(),
            Self::ApiKeys => api_keys(),
            Self::Tenants => tenants(),
            Self::Decisions => decisions(),
            Self::Own => own(),
            Self::Operation => operation(),
        }
    }
}

/// The routes of [`crate::router`], each area made when a path of it is first asked for.
#[derive(Debug)]
pub struct Areas<S, H> {
    app: Shared<S, H>,
    made: [OnceLock<Router>; Area::ALL.len()],
}

impl<S: Store + 'static, H: Host + 'static> Areas<S, H> {
    /// Nothing is made yet.
    #[must_use]
    pub fn new(app: Shared<S, H>) -> Self {
        Self {
            app,
            made: Default::default(),
        }
    }

    /// What answers requests for this path, as the whole router would.
    pub fn of(&self, path: &str) -> Router {
        let area = Area::of(path);
        let router = || {
            let app = Arc::clone(&self.app);
            let routes = guarded(area.routes(), &app);
            match area {
                Area::Operation => routes.merge(routes::operation::router(app)),
                _ => routes,
            }
        };
        match self.made.get(area as usize) {
            Some(made) => made.get_or_init(router).clone(),
            None => router(),
        }
    }
}

/// The routes of all areas.
pub(crate) fn all<S: Store + 'static, H: Host + 'static>(app: Shared<S, H>) -> Router {
    let routes = Area::ALL.map(Area::routes).into_iter();
    let routes = routes.fold(Router::new(), Router::merge);
    guarded(routes, &app).merge(routes::operation::router(app))
}

/// Routes with what every request goes through first.
fn guarded<S, H>(routes: Router<Shared<S, H>>, app: &Shared<S, H>) -> Router
where
    S: Store + 'static,
    H: Host + 'static,
{
    routes
        .route("/rbac/{*rest}", any(answer::not_found))
        .route("/api/{*rest}", any(answer::not_found))
        .method_not_allowed_fallback(answer::not_found)
        .layer(from_fn_with_state(
            Arc::clone(app),
            around::every_request::<S, H>,
        ))
        .with_state(Arc::clone(app))
}

/// A login in use.
#[inline(never)]
fn login<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
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
        .route("/logout", post(routes::sign_out::<S, H>));
    Router::new().nest("/api/auth", auth)
}

/// One's own account and sessions.
#[inline(never)]
fn account<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    let auth = Router::new()
        .merge(routes::sessions::router())
        .merge(routes::account::router());
    Router::new().nest("/api/auth", auth)
}

/// Other people's accounts, and the audit log.
#[inline(never)]
fn administration<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    let auth = Router::new()
        .nest("/admin", routes::admin::router())
        .merge(routes::impersonation::router());
    Router::new()
        .nest("/api/auth", auth)
        .nest("/api/v1/admin/users", routes::user_files::router())
        .nest("/api/v1/admin/users/{user}", routes::admin::user_router())
        .nest("/api/v1/admin/audit", routes::audit::router())
}

/// API keys.
#[inline(never)]
fn api_keys<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new().nest("/api/auth/api-key", routes::api_key::router())
}

/// Tenants and the roles in them.
#[inline(never)]
fn tenants<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .nest("/api/auth/rbac", routes::rbac::router())
        .nest("/rbac", routes::rbac::router())
}

/// May they?
#[inline(never)]
fn decisions<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/api/check", post(routes::check::<S, H>))
        .route("/api/policy", get(routes::policy::<S, H>))
        .route("/api/demo/act", post(routes::act::<S, H>))
        .merge(routes::authzen::router())
}

/// What people and services keep here for themselves.
#[inline(never)]
fn own<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
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
}

/// What a monitor asks for, by permission.
#[inline(never)]
fn operation<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new().route("/metrics", get(routes::metrics::<S, H>))
}
