//! One endpoint a file.

pub(crate) mod account;
mod act;
pub(crate) mod admin;
pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod authzen;
pub(crate) mod catalog;
mod check;
mod get_session;
pub(crate) mod identity_links;
pub(crate) mod impersonation;
mod jwks;
mod me;
mod metrics;
pub(crate) mod operation;
mod policy;
pub(crate) mod rbac;
mod security_events;
pub(crate) mod sessions;
mod sign_in;
mod sign_out;
mod snapshot;
mod token;
pub(crate) mod user_files;
pub(crate) mod user_settings;

use axum::response::Response;
use http::StatusCode;
use serde_json::json;

pub(crate) use act::act;
pub(crate) use check::check;
pub(crate) use get_session::{get_session, post_get_session};
pub(crate) use jwks::jwks;
pub(crate) use me::me;
pub(crate) use metrics::metrics;
pub(crate) use policy::policy;
pub(crate) use security_events::security_events;
pub(crate) use sign_in::sign_in;
pub(crate) use sign_out::sign_out;
pub(crate) use snapshot::snapshot;
pub(crate) use token::token;

use crate::answer::json_response;

/// `GET /api/auth/ok`: the server is there.
pub(crate) async fn ok() -> Response {
    json_response(StatusCode::OK, &json!({ "ok": true }))
}
