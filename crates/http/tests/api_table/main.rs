//! The description of the endpoints is the router's: no route without one, none without a route, no
//! code that isn't written down, nothing public without a reason.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests stop at the first surprise"
)]

mod codes;
mod routes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use portcullis_http::api::{Access, document, document_text, endpoints};
use portcullis_service::guard;
use serde_json::Value;

/// Endpoints that anybody may call. A reviewer agrees to each; the reason stands in its description.
const PUBLIC: &[&str] = &[
    "authzenConfiguration",
    "errorPage",
    "getSession",
    "health",
    "jwks",
    "login",
    "logout",
    "ok",
    "openDeletion",
    "openPasswordReset",
    "postGetSession",
    "ready",
    "refreshSession",
    "requestPasswordReset",
    "resetPassword",
    "sendVerificationEmail",
    "signIn",
    "signInSocial",
    "signOut",
    "signUp",
    "verifyEmail",
];

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let routes = routes::of_the_router();
    let described: BTreeSet<_> = endpoints()
        .iter()
        .map(|one| (one.path.clone(), one.method.as_str().to_owned()))
        .collect();
    let silent: Vec<_> = routes.difference(&described).collect();
    assert!(
        silent.is_empty(),
        "routes without a description in src/api: {silent:?}"
    );
    let empty: Vec<_> = described.difference(&routes).collect();
    assert!(empty.is_empty(), "descriptions without a route: {empty:?}");
    assert!(
        routes.len() > 90,
        "only {} routes were found in the sources",
        routes.len()
    );
}

#[test]
fn every_code_of_the_wire_is_documented_and_the_reverse() {
    let used = codes::in_sources();
    let mut documented = BTreeSet::new();
    for endpoint in endpoints() {
        for answer in &endpoint.answers {
            let codes = answer.codes.iter().filter(|code| code.len() > 1);
            documented.extend(codes.map(|code| (*code).to_owned()));
        }
    }
    let silent: Vec<_> = used.difference(&documented).collect();
    assert!(
        silent.is_empty(),
        "codes that no description has: {silent:?}"
    );
    let unused: Vec<_> = documented.difference(&used).collect();
    assert!(
        unused.is_empty(),
        "documented codes that nothing answers: {unused:?}"
    );
}

#[test]
fn nothing_is_public_without_a_reason_that_was_agreed_to() {
    for endpoint in endpoints() {
        let is_listed = PUBLIC.contains(&endpoint.id.as_str());
        match endpoint.access {
            Access::Public(why) => {
                assert!(
                    is_listed,
                    "{} is public, and isn't in the list",
                    endpoint.id
                );
                assert!(why.len() > 10, "{} says no reason", endpoint.id);
            }
            _ => assert!(!is_listed, "{} isn't public any more", endpoint.id),
        }
    }
}

#[test]
fn every_guarded_route_names_a_row_of_the_table_of_guards() {
    for endpoint in endpoints() {
        match endpoint.access {
            Access::Guarded(named) => assert!(guard::ALL.contains(named), "{}", endpoint.id),
            Access::Chosen(operation) => {
                let mut rows = guard::CHOSEN.iter();
                assert!(
                    rows.any(|row| row.operation == operation),
                    "{}: {operation}",
                    endpoint.id
                );
            }
            _ => {}
        }
    }
}

#[test]
fn no_row_of_the_table_guards_nothing() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let table = fs::read_to_string(crates.join("service/src/guard.rs")).unwrap();
    let mut sources = String::new();
    for dir in ["service/src", "http/src/routes"] {
        codes::gather(&crates.join(dir), &mut sources);
    }
    for guard in guard::ALL {
        let row = table
            .lines()
            .find(|line| line.contains(&format!("\"{}\" [", guard.operation)));
        let name = row.unwrap().split_whitespace().next().unwrap();
        let used = format!("guard::{name}");
        assert!(
            sources.contains(&used),
            "nothing asks for `{used}`, {}",
            guard.operation
        );
    }
}

#[test]
fn operations_have_names_of_their_own_and_say_what_they_do() {
    let mut ids = BTreeSet::new();
    let mut places = BTreeSet::new();
    for endpoint in endpoints() {
        let id = &endpoint.id;
        assert!(ids.insert(id.clone()), "{id} is there twice");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        assert!(
            places.insert((endpoint.path.clone(), endpoint.method)),
            "{id}: its path is described twice"
        );
        assert!(
            endpoint.summary.ends_with('.'),
            "{id}: a summary is a sentence"
        );
        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        for answer in &endpoint.answers {
            *statuses.entry(answer.status).or_default() += 1;
            assert!(
                answer.what.ends_with('.'),
                "{id} {}: `{}`",
                answer.status,
                answer.what
            );
        }
        assert!(
            statuses.values().all(|count| *count == 1),
            "{id}: a status twice: {statuses:?}"
        );
        assert!(
            statuses.keys().any(|status| *status < 500),
            "{id} answers nothing"
        );
    }
}

#[test]
fn schemas_that_are_named_are_there_and_used() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut rest = text.as_str();
    let mut used = BTreeSet::new();
    while let Some(at) = rest.find("#/components/schemas/") {
        rest = &rest[at + "#/components/schemas/".len()..];
        used.insert(&rest[..rest.find('"').unwrap()]);
    }
    let there: BTreeSet<_> = schemas.keys().map(String::as_str).collect();
    assert_eq!(used, there);
    for parameter in parameters(&document) {
        assert!(parameter["schema"].is_object(), "{parameter}");
    }
}

fn parameters(document: &Value) -> Vec<&Value> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    operations
        .flat_map(|one| one["parameters"].as_array().into_iter().flatten())
        .collect()
}

#[test]
fn the_file_of_the_pages_is_this_document() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/openapi.json");
    let stored = fs::read_to_string(file).unwrap();
    let made = document_text();
    assert!(
        stored == made,
        "www/openapi.json is another document; write it anew: cargo run -p portcullis -- openapi > www/openapi.json"
    );
}
