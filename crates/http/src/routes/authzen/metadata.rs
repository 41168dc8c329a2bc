//! `GET /.well-known/authzen-configuration`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use portcullis_service::{Host, Store};
use serde_json::json;

use crate::Shared;

/// Where the endpoints are.
pub(super) async fn metadata<S: Store, H: Host>(State(app): State<Shared<S, H>>) -> Response {
    let origin = &app.settings.origin;
    let body = json!({
        "policy_decision_point": origin,
        "access_evaluation_endpoint": format!("{origin}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{origin}/access/v1/evaluations"),
        "search_subject_endpoint": format!("{origin}/access/v1/search/subject"),
        "search_resource_endpoint": format!("{origin}/access/v1/search/resource"),
        "search_action_endpoint": format!("{origin}/access/v1/search/action"),
    });
    let mut response = Response::new(Body::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let kept = HeaderValue::from_static("public, max-age=3600");
    headers.insert(CACHE_CONTROL, kept);
    response
}
