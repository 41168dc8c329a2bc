//! No operation of the wire is forgotten: what is described has a case.

use std::collections::BTreeSet;

use portcullis_http::api::endpoints;

use crate::case::endpoint_of;
use crate::cases;
use crate::world::World;

/// Tenants' endpoints are served at two places by the same router (`portcullis_http::router`): cases go to the second.
const SERVED_TWICE: &str = "/api/auth/rbac/";

#[test]
fn every_operation_of_the_wire_is_among_the_cases() {
    let mut asked = BTreeSet::new();
    let mut names = BTreeSet::new();
    for case in cases::all() {
        assert!(names.insert(case.name), "`{}` is there twice", case.name);
        let mut world = World::new();
        (case.given)(&mut world);
        asked.insert(endpoint_of(&(case.request)(&world)).id);
    }
    let described = endpoints()
        .into_iter()
        .filter(|endpoint| !endpoint.path.starts_with(SERVED_TWICE));
    let forgotten: Vec<_> = described
        .filter(|endpoint| !asked.contains(&endpoint.id))
        .map(|endpoint| format!("{} {}", endpoint.method.as_str(), endpoint.path))
        .collect();
    assert!(forgotten.is_empty(), "no case asks {forgotten:#?}");
}
