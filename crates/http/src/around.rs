//! What every request goes through before its endpoint, in one layer: a layer each would make their
//! code, and a box on each request, once for every layer.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portcullis_service::{Context, Host, Store, throttle};
use std::sync::Arc;

use crate::answer::Refusal;
use crate::{Shared, body, client, log, origin, path, seen};

/// From the outside in: what the login has seen of the database, the line of the log, the default rate,
/// the origin of cookies.
pub(crate) async fn every_request<S: Store, H: Host>(
    State(app): State<Shared<S, H>>,
    request: Request,
    next: Next,
) -> Response {
    let answered = |request| answered(&app, request, next);
    let logged = |request| log::requests(&*app, request, answered);
    seen::marks(&app.settings, request, logged).await
}

async fn answered<S: Store, H: Host>(app: &Shared<S, H>, request: Request, next: Next) -> Response {
    // Counted before anything else is done with it.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let context = request.extensions().get::<Arc<Context>>().cloned();
    let is_route = route.is_some();
    // What isn't a route shares one count, or there would be as many as there are paths.
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    if let Err(error) = throttle::default_rate(app, route, &context.unwrap_or_default()).await {
        return Refusal::Service(error).into_response();
    }
    if !path::is_text(request.uri().path()) {
        return Refusal::NotFound.into_response();
    }
    if let Err(refusal) = origin::check(&request, &app.settings) {
        return Refusal::Origin(refusal).into_response();
    }
    // A use of a key is counted when the key is verified, before its endpoint reads the body: one that is cut or
    // too long has to fail earlier. One that is whole and malformed costs its use: the endpoint alone can tell.
    // Nobody gets more memory by it than sign-in gives to anybody.
    if is_route && client::has_api_key(request.headers(), &app.settings) {
        return match body::whole(request).await {
            Ok(request) => next.run(request).await,
            Err(refusal) => refusal.into_response(),
        };
    }
    next.run(request).await
}
