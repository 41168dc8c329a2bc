//! Tenants, their members and their roles: the same endpoints under `/api/auth/rbac` and `/rbac`.

mod check;
mod member_roles;
mod members;
mod permissions;
mod read;
mod roles;
mod tenants;

use axum::Router;
use axum::routing::{delete, get, post};
use portcullis_service::{Host, Store};

use crate::Shared;

/// The endpoints, from `/permissions` and `/tenants` on.
pub(crate) fn router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    let tenant = Router::new()
        .route(
            "/",
            get(tenants::get::<S, H>)
                .put(tenants::rename::<S, H>)
                .patch(tenants::rename::<S, H>),
        )
        .route(
            "/members",
            get(members::list::<S, H>).post(members::add::<S, H>),
        )
        .route(
            "/members/{member}",
            delete(members::remove::<S, H>)
                .put(members::update::<S, H>)
                .patch(members::update::<S, H>),
        )
        .route(
            "/members/{member}/roles",
            get(member_roles::list::<S, H>)
                .post(member_roles::assign::<S, H>)
                .delete(member_roles::unassign_named::<S, H>),
        )
        .route(
            "/members/{member}/roles/{role}",
            delete(member_roles::unassign::<S, H>),
        )
        .route(
            "/roles",
            get(roles::list::<S, H>).post(roles::create::<S, H>),
        )
        .route(
            "/roles/{role}",
            get(roles::get::<S, H>)
                .put(roles::update::<S, H>)
                .patch(roles::update::<S, H>)
                .delete(roles::delete::<S, H>),
        )
        .route("/permissions/check", post(check::one::<S, H>))
        .route("/permissions/check-any", post(check::any::<S, H>))
        .route("/permissions/check-all", post(check::all::<S, H>));
    Router::new()
        .route(
            "/permissions",
            get(permissions::list::<S, H>).post(permissions::create::<S, H>),
        )
        .route(
            "/permissions/{permission}",
            get(permissions::get::<S, H>)
                .put(permissions::update::<S, H>)
                .patch(permissions::update::<S, H>)
                .delete(permissions::delete::<S, H>),
        )
        .route(
            "/tenants",
            get(tenants::list::<S, H>).post(tenants::create::<S, H>),
        )
        .nest("/tenants/{tenant}", tenant)
}
