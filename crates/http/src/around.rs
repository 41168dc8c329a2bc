//! What every request goes through before its endpoint, in one layer: a layer each would make their
//! code, and a box on each request, once for every layer.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portcullis_service::{Context, Host, Store, throttle};
use std::sync::Arc;

use crate::answer::Refusal;
use crate::{Shared, log, origin, seen};

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
    // What isn't a route shares one count, or there would be as many as there are paths.
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    if let Err(error) = throttle::default_rate(app, route, &context.unwrap_or_default()).await {
        return Refusal::Service(error).into_response();
    }
    if let Err(refusal) = origin::check(&request, &app.settings) {
        return Refusal::Origin(refusal).into_response();
    }
    next.run(request).await
}
