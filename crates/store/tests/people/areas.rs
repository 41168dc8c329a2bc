//! A router whose areas are made when they are asked for answers as the whole router does.

use axum::Router;
use axum::body::Body;
use portcullis_http::api::endpoints;
use portcullis_http::{Areas, Observed};
use std::sync::Arc;
use tower_service::Service as _;

use crate::done::done;
use crate::world::World;

/// Paths that nothing answers, beside areas that have routes.
const UNKNOWN: &[&str] = &[
    "/",
    "/api",
    "/api/auth",
    "/api/auth/",
    "/api/auth/nothing",
    "/api/auth/ok/",
    "/api/auth/OK",
    "/api/auth/sign-in",
    "/api/auth/admin",
    "/api/auth/admin/",
    "/api/auth/admin/nothing",
    "/api/auth/api-key",
    "/api/auth/api-key/nothing",
    "/api/auth/rbac",
    "/api/auth/rbacs",
    "/api/v1",
    "/api/v1/",
    "/api/v1/admin",
    "/api/v1/admin/nothing",
    "/api/v1/nothing",
    "/api/checks",
    "/access/v1/nothing",
    "/health/x",
    "/metrics/x",
    "/rbac",
    "/rbac/",
    "/rbac/nothing/at/all",
    "//api/auth/ok",
];

/// What came of a request, and which route it took.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u16,
    body: String,
    route: String,
}

fn outcome(mut router: Router, method: &str, path: &str) -> Outcome {
    let request = http::Request::builder().method(method).uri(path);
    let response = done(router.call(request.body(Body::empty()).unwrap())).unwrap();
    let (parts, body) = response.into_parts();
    let bytes = done(axum::body::to_bytes(body, 1 << 20)).unwrap();
    Outcome {
        status: parts.status.as_u16(),
        body: String::from_utf8(bytes.to_vec()).unwrap(),
        route: parts
            .extensions
            .get::<Observed>()
            .map_or_else(String::new, |observed| observed.route.clone()),
    }
}

#[test]
fn every_path_is_answered_by_its_area_as_by_the_whole_router() {
    let described = endpoints()
        .into_iter()
        .map(|one| (one.method.as_str().to_uppercase(), one.path));
    let unknown = UNKNOWN
        .iter()
        .flat_map(|path| ["GET", "POST"].map(|method| (method.to_owned(), (*path).to_owned())));
    let mut routed = 0;
    for (method, path) in described.chain(unknown) {
        let asked = path.replace(['{', '}'], "");
        // A world each: nobody is told to wait.
        let (whole, parted) = (World::new(), World::new());
        let areas = Areas::new(Arc::clone(&parted.app));
        let expected = outcome(whole.router(), &method, &asked);
        assert_eq!(
            outcome(areas.of(&asked), &method, &asked),
            expected,
            "{method} {asked}"
        );
        let is_routed = expected.route == path;
        assert!(
            is_routed || expected.status == 404 || path.starts_with("/health") || path == "/ready",
            "{method} {asked}: {expected:?}"
        );
        routed += usize::from(is_routed);
    }
    assert!(routed > 100, "{routed} paths have a route of their own");
}
