//! The Authorization API 1.0 of `AuthZEN`: metadata, evaluations, searches.

mod evaluations;
mod metadata;
mod read;
mod searches;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode};
use portcullis_service::{App, Caller, Context, Denied, Host, Store, token};

use crate::Shared;
use crate::answer::{self, Refusal};
use crate::call::Way;
use crate::client::{Presented, REQUEST_ID, key_caller, presented};

/// The endpoints, at their default paths.
pub(crate) fn router<S, H>() -> Router<Shared<S, H>>
where
    S: Store + 'static,
    H: Host + 'static,
{
    Router::new()
        .route(
            "/.well-known/authzen-configuration",
            get(metadata::metadata::<S, H>),
        )
        .route("/access/v1/evaluation", post(evaluations::one::<S, H>))
        .route("/access/v1/evaluations", post(evaluations::many::<S, H>))
        .route(
            "/access/v1/search/subject",
            post(searches::subjects::<S, H>),
        )
        .route(
            "/access/v1/search/resource",
            post(searches::resources::<S, H>),
        )
        .route("/access/v1/search/action", post(searches::actions::<S, H>))
        .route("/access/{*rest}", any(answer::not_found))
        .layer(from_fn(challenge))
        .layer(from_fn(echo))
}

/// The caller, by access token or API key and nothing else: no cookie that a browser would send by itself.
enum Bearer {}

impl Way for Bearer {
    async fn caller<S: Store, H: Host>(
        app: &App<S, H>,
        headers: &HeaderMap,
        context: &Context,
    ) -> Result<Caller, Refusal> {
        if let Some(caller) = key_caller(app, headers, context).await? {
            return Ok(caller);
        }
        match presented(headers, &app.settings) {
            Presented::AccessToken(jwt) => Ok(token::caller(app, &jwt).await?),
            _ => Err(Denied::Unauthenticated.into()),
        }
    }
}

/// Says how to authenticate to one who hasn't (RFC 6750 section 3).
async fn challenge(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await.into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
    }
    response
}

/// Sends the caller's own request id back, as the API asks for. The log has the server's.
async fn echo(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).cloned();
    let mut response = next.run(request).await.into_response();
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
