//! `/api/auth/sign-up/email` and everything that people do with their own account.

pub(crate) mod answer;
mod delete;
mod email;
mod error_page;
mod linked;
mod password;
mod read;
mod reset;
mod sign_up;
mod update;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use portcullis_service::{Host, Store};

use crate::answer::not_found;
use crate::{MailQueued, Shared};

/// The routes, under `/api/auth`.
pub(crate) fn router<S: Store + 'static, H: Host + 'static>() -> Router<Shared<S, H>> {
    Router::new()
        .route("/sign-up/email", post(sign_up::sign_up::<S, H>))
        .route("/update-user", post(update::update_user::<S, H>))
        .route("/change-password", post(password::change::<S, H>))
        .route("/verify-password", post(password::verify::<S, H>))
        .route("/change-email", post(email::change::<S, H>))
        .route("/send-verification-email", post(email::send::<S, H>))
        // What a link does once isn't done for one who only looks whether there is anything.
        .route("/verify-email", get(email::verify::<S, H>).head(not_found))
        .route("/request-password-reset", post(reset::request::<S, H>))
        .route("/reset-password/{token}", get(reset::open::<S, H>))
        .route("/reset-password", post(reset::reset::<S, H>))
        .route("/delete-user", post(delete::delete_user::<S, H>))
        .route(
            "/delete-user/callback",
            get(delete::callback::<S, H>).head(not_found),
        )
        .route("/list-accounts", get(linked::list::<S, H>))
        .route("/unlink-account", post(linked::unlink::<S, H>))
        .route("/sign-in/social", post(linked::sign_in::<S, H>))
        .route("/link-social", post(linked::link::<S, H>))
        .route("/refresh-token", post(linked::provider_tokens::<S, H>))
        .route("/get-access-token", post(linked::provider_tokens::<S, H>))
        .route("/account-info", get(linked::info::<S, H>))
        .route("/error", get(error_page::error))
}

/// Tells the host that there may be mail to hand on.
fn queued(mut response: Response) -> Response {
    response.extensions_mut().insert(MailQueued);
    response
}
