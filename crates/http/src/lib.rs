//! The HTTP face of Portcullis, for any host that can call an axum router.
//!
//! The only place with status codes, cookies and headers. Paths, bodies and codes under
//! `/api/auth` are those that the published Better Auth clients speak.
#![forbid(unsafe_code)]

mod answer;
#[cfg(feature = "openapi")]
pub mod api;
mod areas;
mod around;
mod body;
mod call;
mod client;
mod cookies;
mod log;
mod origin;
mod path;
mod query;
mod routes;
mod seen;
mod throttle;
mod trace;
mod wire;

use std::sync::Arc;

use axum::Router;
use portcullis_service::{App, Host, Store};

pub use areas::Areas;
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
    areas::all(app)
}
