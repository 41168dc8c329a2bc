//! What the policy can't match isn't read: the cost of a search doesn't grow with it.

use portcullis_core::decide::{Grant, Principal, Query, Request};
use serde_json::{Map, json};

use crate::accounts;
use crate::records::found;
use crate::support::{Cost, TestStore, add_user, members, policy, put, store};

/// Twenty records of `u0` in ward `w1`, and `others` elsewhere.
fn records(others: usize) -> TestStore {
    let store = store();
    for number in 0..others + 20 {
        let is_own = number % (others / 20 + 1) == 0;
        let (owner, ward) = if is_own { ("u0", "w1") } else { ("u9", "w9") };
        let record =
            json!({ "owner_id": owner, "region_id": "n", "ward_id": ward, "locked": false });
        put(&store, "doc", &format!("d{number:05}"), members(record));
    }
    store
}

fn cost(store: &TestStore, grants: &[&str]) -> (usize, Cost) {
    let principal = Principal {
        id: "u0".into(),
        grants: grants.iter().map(|text| Grant::parse(text)).collect(),
        ..Principal::default()
    };
    let ids = found(
        store,
        &policy(),
        &principal,
        ("doc", "update"),
        &Map::new(),
        500,
    );
    (ids.len(), store.driver().last())
}

#[test]
fn records_of_others_cost_nothing_whether_ownership_or_a_role_finds_the_own() {
    let (few, many) = (records(200), records(2_000));
    for grants in [&[][..], &["HEAD@region:n/ward:w1"], &["ADMIN@ward:w1"]] {
        let ((found_in_few, little), (found_in_many, much)) =
            (cost(&few, grants), cost(&many, grants));
        assert_eq!(found_in_few, found_in_many, "{grants:?}");
        assert!(found_in_few >= 20, "{grants:?}: {found_in_few}");
        // Searching a larger tree compares a little more; reading rows would cost ten times.
        assert!(
            much.steps < little.steps + little.steps / 10,
            "{grants:?}: {} steps, then {}",
            little.steps,
            much.steps
        );
        for line in &much.plan {
            assert!(!line.starts_with("SCAN r"), "{grants:?}: {:?}", much.plan);
        }
    }
}

#[test]
fn nothing_is_asked_of_the_database_when_nothing_can_match() {
    let store = records(200);
    let principal = Principal {
        id: "u0".into(),
        ..Principal::default()
    };
    let policy = policy();
    let none = Map::new();
    assert!(found(&store, &policy, &principal, ("doc", "create"), &none, 10).is_empty());
    assert!(store.driver().last().plan.is_empty());
}

/// Five holders of a role where it counts, and `others` who hold it elsewhere.
fn users(others: usize) -> TestStore {
    let store = store();
    for number in 0..others + 5 {
        let scope = if number < 5 {
            "region:n/ward:w1"
        } else {
            "region:s/ward:w3"
        };
        let grants = [format!("HEAD@{scope}")];
        add_user(
            &store,
            &format!("u{number:04}"),
            &grants,
            "public",
            &json!({}),
        );
    }
    store
}

#[test]
fn accounts_that_hold_nothing_there_cost_nothing() {
    let policy = policy();
    let cost = |others: usize| {
        let store = users(others);
        let record = json!({
            "region_id": "n", "ward_id": "w1", "owner_id": "u0007", "locked": false,
        });
        let request = Request {
            permission: Some("doc:update".into()),
            record: Some(members(record)),
            ..Request::default()
        };
        let query = accounts::query(&policy, &request);
        let Query::Permission(permission) = &query else {
            panic!("{query:?}");
        };
        let found = accounts::read(&store, &policy, permission, 100);
        let ids: Vec<String> = found.into_iter().map(|one| one.user.id).collect();
        // The holders, and the owner by the rule's condition.
        assert_eq!(ids, ["u0000", "u0001", "u0002", "u0003", "u0004", "u0007"]);
        store.driver().last()
    };
    let (little, much) = (cost(100), cost(2_000));
    assert!(
        much.steps < little.steps + little.steps / 10,
        "{} steps, then {}: {:?}",
        little.steps,
        much.steps,
        much.plan
    );
    for line in &much.plan {
        assert!(
            !line.starts_with("SCAN u") && !line.starts_with("SCAN g"),
            "{:?}",
            much.plan
        );
    }
}
