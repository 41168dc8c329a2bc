//! Known scopes: made, and found by what a caller's roles reach.

use portcullis_service::{NewScope, Store};
use portcullis_store::{Driver, accounts};

use crate::support::{NOW_MS, TestStore, done, query, store};

fn add(store: &TestStore, path: &str, label: &str) -> bool {
    let new = NewScope {
        path: path.into(),
        label: Some(label.into()),
    };
    let results = done(
        store
            .driver()
            .batch(vec![accounts::add_scope(&new, NOW_MS)]),
    )
    .unwrap();
    !results[0].is_empty()
}

/// Two states with a prefix in common, and their teams.
fn known() -> TestStore {
    let store = store();
    for path in [
        "state:ca",
        "state:ca/team:t1",
        "state:ca/team:t2",
        "state:cab",
        "state:cab/team:t3",
        "state:ny/team:t4",
    ] {
        assert!(add(&store, path, ""));
    }
    store
}

fn within(store: &TestStore, held: &[&str], leaves: Option<&[&str]>) -> Vec<String> {
    let owned = |texts: &[&str]| {
        texts
            .iter()
            .map(|&text| text.to_owned())
            .collect::<Vec<_>>()
    };
    let leaves = leaves.map(owned);
    done(store.scopes_within(&owned(held), leaves.as_deref(), 100)).unwrap()
}

#[test]
fn a_scope_reaches_itself_and_what_lies_in_it_but_no_neighbour_whose_name_begins_alike() {
    let paths = within(&known(), &["state:ca"], None);
    assert_eq!(paths, ["state:ca", "state:ca/team:t1", "state:ca/team:t2"]);
}

#[test]
fn the_global_scope_reaches_every_known_one_and_no_scope_reaches_none() {
    assert_eq!(within(&known(), &[""], None).len(), 6);
    assert!(within(&known(), &[], None).is_empty());
}

#[test]
fn a_scope_named_by_its_leaf_alone_or_under_another_parent_is_found_where_it_lies() {
    assert_eq!(within(&known(), &["team:t4"], None), ["state:ny/team:t4"]);
    assert_eq!(
        within(&known(), &["state:ca/team:t4"], None),
        ["state:ny/team:t4"]
    );
}

#[test]
fn leaves_narrow_the_answer_and_never_widen_it() {
    let store = known();
    assert_eq!(
        within(&store, &["state:ca"], Some(&["team:t2"])),
        ["state:ca/team:t2"]
    );
    assert!(within(&store, &["state:ca"], Some(&["team:t4"])).is_empty());
    assert!(within(&store, &["state:ca"], Some(&[])).is_empty());
}

#[test]
fn signs_that_mean_something_to_sql_mean_nothing_in_a_scope() {
    let store = known();
    for held in [
        "%",
        "state:c%",
        "state:c_",
        "state:ca' OR '1'='1",
        "state:ca/",
        "*",
    ] {
        assert!(within(&store, &[held], None).is_empty(), "{held}");
    }
}

#[test]
fn more_scopes_than_a_statement_has_parameters_are_asked_for_at_once() {
    let held: Vec<String> = (0..500).map(|number| format!("team:t{number}")).collect();
    let held: Vec<&str> = held.iter().map(String::as_str).collect();
    assert_eq!(within(&known(), &held, None).len(), 4);
}

#[test]
fn the_answer_is_in_order_and_cut_at_the_limit() {
    let held = [String::new()];
    let paths = done(known().scopes_within(&held, None, 2)).unwrap();
    assert_eq!(paths, ["state:ca", "state:ca/team:t1"]);
}

#[test]
fn a_leaf_keeps_its_place_and_may_be_renamed_there() {
    let store = known();
    assert!(
        !add(&store, "state:ny/team:t1", "moved"),
        "it lies in state:ca"
    );
    assert!(add(&store, "state:ca/team:t1", "First team"));
    let rows = query(
        &store,
        "SELECT path, label FROM scope WHERE leaf = 'team:t1'",
    );
    assert_eq!(rows[0].text("path").unwrap(), "state:ca/team:t1");
    assert_eq!(rows[0].text("label").unwrap(), "First team");
}
