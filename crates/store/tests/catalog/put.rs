//! Registering, replacing and forgetting records.

use portcullis_core::decide::Principal;
use portcullis_service::Store;
use portcullis_service::catalog::{CatalogStore, Registered};
use portcullis_service::tenants::Page;
use serde_json::{Map, json};

use crate::records::found;
use crate::support::{TestStore, done, event, members, policy, store};

fn record(id: &str, owner: &str) -> Registered {
    Registered {
        kind: "doc".into(),
        id: id.into(),
        properties: members(json!({ "id": id, "owner_id": owner })),
        updated_at_ms: 7,
    }
}

fn of(store: &TestStore, owner: &str) -> Vec<String> {
    let principal = Principal {
        id: owner.into(),
        ..Principal::default()
    };
    found(
        store,
        &policy(),
        &principal,
        ("doc", "read"),
        &Map::new(),
        10,
    )
}

#[test]
fn a_record_is_new_once_and_is_found_by_what_it_says_now() {
    let store = store();
    assert!(done(store.put_registered(&record("1", "ann"), &event())).unwrap());
    assert!(!done(store.put_registered(&record("1", "bob"), &event())).unwrap());
    assert_eq!(
        (of(&store, "ann"), of(&store, "bob")),
        (vec![], vec!["1".to_owned()])
    );
    let keys = [
        ("doc".to_owned(), "1".to_owned()),
        ("doc".to_owned(), "2".to_owned()),
    ];
    let known = done(store.registered(&keys)).unwrap();
    assert_eq!(known, [record("1", "bob")]);
    assert_eq!(done(store.audit_page(0, 10)).unwrap().len(), 2);
}

#[test]
fn a_forgotten_record_is_gone_from_searches_and_forgetting_it_again_records_nothing() {
    let store = store();
    done(store.put_registered(&record("1", "ann"), &event())).unwrap();
    assert!(done(store.remove_registered("doc", "1", &event())).unwrap());
    assert!(!done(store.remove_registered("doc", "1", &event())).unwrap());
    assert!(of(&store, "ann").is_empty());
    assert_eq!(done(store.audit_page(0, 10)).unwrap().len(), 2);
}

#[test]
fn pages_follow_each_other_by_id_within_one_type() {
    let store = store();
    for id in ["b", "a", "c"] {
        done(store.put_registered(&record(id, "ann"), &event())).unwrap();
    }
    let note = Registered {
        kind: "note".into(),
        ..record("aa", "ann")
    };
    done(store.put_registered(&note, &event())).unwrap();
    let page = |after: &str| {
        let page = Page { after, limit: 2 };
        let records = done(store.registered_page("doc", page)).unwrap();
        records.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(
        (page(""), page("b"), page("c")),
        (
            vec!["a".to_owned(), "b".to_owned()],
            vec!["c".to_owned()],
            vec![],
        )
    );
}
