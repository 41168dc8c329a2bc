//! Resource search equals the evaluation of every record, whatever the principal.

use portcullis_core::decide::{
    Directory, Grant, Membership, Principal, Request, ScopePath, Subject, TenantRole, check,
};
use portcullis_core::policy::Policy;
use portcullis_service::catalog::{CatalogStore, RecordSearch, Registered};
use portcullis_service::tenants::Page;
use serde_json::{Map, Value as Json};

use crate::support::{Dice, NOW, TestStore, done, members, policy, put, store};

/// What a principal may do an action to, as the search finds it page by page.
pub(crate) fn found(
    store: &TestStore,
    policy: &Policy,
    principal: &Principal,
    (kind, action): (&str, &str),
    context: &Map<String, Json>,
    limit: u32,
) -> Vec<String> {
    let subject = Subject::compile(policy, principal);
    let scope = ScopePath::global();
    let search = RecordSearch {
        policy,
        principal,
        subject: &subject,
        resource: policy.resource(policy.resource_id(kind).unwrap()).unwrap(),
        action,
        scope: &scope,
        context,
        now: NOW,
    };
    let mut ids: Vec<String> = Vec::new();
    loop {
        let after = ids.last().cloned().unwrap_or_default();
        let page = Page {
            after: &after,
            limit,
        };
        let records = done(store.find_registered(&search, page)).unwrap();
        let is_last = records.len() < usize::try_from(limit).unwrap();
        ids.extend(records.into_iter().map(|record| record.id));
        if is_last {
            return ids;
        }
    }
}

fn all(store: &TestStore, kind: &str) -> Vec<Registered> {
    let page = Page {
        after: "",
        limit: 10_000,
    };
    done(store.registered_page(kind, page)).unwrap()
}

fn evaluated(
    records: &[Registered],
    policy: &Policy,
    principal: &Principal,
    action: &str,
    context: &Map<String, Json>,
) -> Vec<String> {
    let subject = Subject::compile(policy, principal);
    let is_allowed = |record: &&Registered| {
        let request = Request {
            permission: Some(format!("{}:{action}", record.kind)),
            record: Some(record.properties.clone()),
            context: Some(context.clone()),
            ..Request::default()
        };
        check(policy, &subject, &request, &Directory::open(), NOW).is_allowed()
    };
    let allowed = records.iter().filter(is_allowed);
    allowed.map(|record| record.id.clone()).collect()
}

fn principal(dice: &mut Dice, number: usize) -> Principal {
    let tenants = if dice.roll(4) == 0 {
        let roles = vec![TenantRole {
            name: "r".into(),
            permissions: vec![(*dice.pick(&["doc:update", "doc:read", "no:such"])).into()],
        }];
        vec![Membership {
            id: (*dice.pick(&["n", "s"])).into(),
            owner: dice.roll(2) == 0,
            roles,
        }]
    } else {
        Vec::new()
    };
    Principal {
        id: format!("u{number}"),
        grants: dice
            .grants()
            .iter()
            .map(|text| Grant::parse(text))
            .collect(),
        tier: Some((*dice.pick(&["public", "beta", "ghost"])).into()),
        expires_secs: None,
        attributes: members(dice.attributes()),
        tenants,
    }
}

#[test]
fn a_search_finds_exactly_what_evaluating_every_record_allows() {
    let (store, policy) = (store(), policy());
    let mut dice = Dice(7);
    for number in 0..400 {
        let record = dice.doc(20);
        put(&store, "doc", &format!("d{number:04}"), record);
    }
    let records = all(&store, "doc");
    assert_eq!(records.len(), 400);
    let mut sizes = Vec::new();
    for number in 0..120 {
        let principal = principal(&mut dice, number % 20);
        for action in ["read", "create", "update", "delete"] {
            let mut context = Map::new();
            if dice.roll(2) == 0 {
                context.insert("reason".into(), "clean".into());
            }
            let expected = evaluated(&records, &policy, &principal, action, &context);
            let actual = found(&store, &policy, &principal, ("doc", action), &context, 37);
            assert_eq!(actual, expected, "{action} by {principal:?}");
            sizes.push(expected.len());
        }
    }
    // The claim is about something: none, few and all are among the answers.
    assert!(sizes.contains(&0) && sizes.iter().any(|size| (1..50).contains(size)));
    assert!(sizes.iter().any(|size| *size > 200));
}

#[test]
fn records_that_lie_in_no_scope_are_found_by_role_or_by_condition() {
    let (store, policy) = (store(), policy());
    for number in 0..30 {
        let kind = if number % 3 == 0 { "draft" } else { "letter" };
        let owner = format!("u{}", number % 5);
        let note = members(serde_json::json!({ "owner_id": owner, "kind": kind }));
        put(&store, "note", &format!("n{number:02}"), note);
    }
    let records = all(&store, "note");
    let none = Map::new();
    for (grants, count) in [(&["WRITER"][..], 30), (&["WRITER@region:n"], 4), (&[], 4)] {
        let principal = Principal {
            id: "u2".into(),
            grants: grants.iter().map(|text| Grant::parse(text)).collect(),
            ..Principal::default()
        };
        let expected = evaluated(&records, &policy, &principal, "read", &none);
        let actual = found(&store, &policy, &principal, ("note", "read"), &none, 7);
        assert_eq!(actual, expected, "{grants:?}");
        assert_eq!(actual.len(), count, "{grants:?}");
    }
}

#[test]
fn hostile_ids_and_values_are_found_like_others_and_change_nothing() {
    let (store, policy) = (store(), policy());
    let hostile = [
        "x' OR '1'='1",
        "\"; DROP TABLE record; --",
        "`$i`",
        "?1",
        "@0",
        "%_*",
        "ünïcødé/../a b",
        "[\"a\"]",
    ];
    for id in hostile {
        put(
            &store,
            "doc",
            id,
            members(serde_json::json!({ "owner_id": id, "team": id })),
        );
    }
    let none = Map::new();
    for id in hostile {
        let principal = Principal {
            id: id.into(),
            ..Principal::default()
        };
        let actual = found(&store, &policy, &principal, ("doc", "read"), &none, 5);
        assert_eq!(actual, [id]);
    }
    assert_eq!(all(&store, "doc").len(), hostile.len());
}
