//! Subject search: everybody who is allowed is among those that are read.

use portcullis_core::decide::{Directory, PermissionQuery, Query, Request, Subject, decide};
use portcullis_core::policy::Policy;
use portcullis_service::catalog::{Account, AccountSearch, CatalogStore};
use portcullis_service::tenants::Page;
use serde_json::json;

use crate::support::{Dice, NOW, TestStore, add_user, done, members, policy, store};

pub(crate) fn read(
    store: &TestStore,
    policy: &Policy,
    query: &PermissionQuery,
    limit: u32,
) -> Vec<Account> {
    let search = AccountSearch {
        policy,
        query,
        now: NOW,
    };
    let mut accounts: Vec<Account> = Vec::new();
    loop {
        let after = accounts.last().map(|one| one.user.id.clone());
        let page = Page {
            after: after.as_deref().unwrap_or_default(),
            limit,
        };
        let found = done(store.find_accounts(&search, page)).unwrap();
        let is_last = found.len() < usize::try_from(limit).unwrap();
        accounts.extend(found);
        if is_last {
            return accounts;
        }
    }
}

pub(crate) fn query(policy: &Policy, request: &Request) -> Query {
    Query::resolve(policy, request, &Directory::open()).unwrap()
}

pub(crate) fn allowed(accounts: &[Account], policy: &Policy, query: &Query) -> Vec<String> {
    let is_allowed = |account: &&Account| {
        let subject = Subject::compile(policy, &account.principal(policy));
        decide(policy, &subject, query, NOW).is_allowed()
    };
    let allowed = accounts.iter().filter(is_allowed);
    allowed.map(|account| account.user.id.clone()).collect()
}

fn populated(dice: &mut Dice, users: usize) -> TestStore {
    let store = store();
    for number in 0..users {
        let grants = dice.grants();
        let tier = *dice.pick(&["public", "beta"]);
        let attributes = dice.attributes();
        add_user(&store, &format!("u{number}"), &grants, tier, &attributes);
    }
    for region in ["n", "s"] {
        store.driver().execute(&format!(
            "INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) \
             VALUES ('{region}', '', '{region}', 0, 0);
             INSERT INTO tenant_role (id, tenant_id, name, created_at_ms, updated_at_ms) \
             VALUES ('r{region}', '{region}', 'r', 0, 0);
             INSERT INTO tenant_role_permission VALUES ('r{region}', 'doc:update');"
        ));
        for number in (0..users).filter(|_| dice.roll(4) == 0).collect::<Vec<_>>() {
            let owner = dice.roll(2);
            store.driver().execute(&format!(
                "INSERT INTO tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) \
                 VALUES ('{region}{number}', '{region}', 'u{number}', {owner}, 0);"
            ));
            if dice.roll(2) == 0 {
                store.driver().execute(&format!(
                    "INSERT INTO tenant_member_role VALUES ('{region}{number}', 'r{region}', 0);"
                ));
            }
        }
    }
    store
}

fn everybody(store: &TestStore, users: usize) -> Vec<Account> {
    let names: Vec<String> = (0..users).map(|number| format!("u{number}")).collect();
    let mut all = done(store.accounts(&names)).unwrap();
    all.sort_by(|a, b| a.user.id.cmp(&b.user.id));
    assert_eq!(all.len(), users);
    all
}

#[test]
fn those_who_are_read_and_allowed_are_those_whom_evaluating_everybody_allows() {
    let policy = policy();
    let mut dice = Dice(11);
    let store = populated(&mut dice, 120);
    let everybody = everybody(&store, 120);
    let mut fewer = 0;
    for _ in 0..150 {
        let mut request = Request {
            permission: Some(
                (*dice.pick(&["doc:read", "doc:update", "doc:delete", "doc:create"])).into(),
            ),
            context: Some(members(
                json!({ "reason": *dice.pick(&["clean", "dirty"]) }),
            )),
            ..Request::default()
        };
        if dice.roll(5) > 0 {
            request.record = Some(dice.doc(120));
        }
        let query = query(&policy, &request);
        let Query::Permission(permission) = &query else {
            panic!("{query:?}");
        };
        let accounts = read(&store, &policy, permission, 13);
        fewer += usize::from(accounts.len() < 60);
        let expected = allowed(&everybody, &policy, &query);
        assert_eq!(allowed(&accounts, &policy, &query), expected, "{request:?}");
    }
    assert!(
        fewer > 40,
        "in {fewer} of 150 searches less than half was read"
    );
}

#[test]
fn a_disabled_or_banned_account_is_neither_found_nor_named() {
    let (store, policy) = (store(), policy());
    for id in ["u1", "u2", "u3"] {
        add_user(&store, id, &["WRITER".to_owned()], "public", &json!({}));
    }
    store
        .driver()
        .execute("UPDATE user SET disabled_at_ms = 1 WHERE id = 'u1'");
    let ban = "UPDATE user SET banned_at_ms = 1, ban_expires_at_ms";
    // For good; and one that is over.
    store.driver().execute(&format!(
        "{ban} = NULL WHERE id = 'u3'; {ban} = 2 WHERE id = 'u2'"
    ));
    let request = Request {
        permission: Some("note:read".into()),
        ..Request::default()
    };
    let query = query(&policy, &request);
    let Query::Permission(permission) = &query else {
        panic!("{query:?}");
    };
    let found = read(&store, &policy, permission, 10);
    let ids: Vec<_> = found.iter().map(|one| one.user.id.as_str()).collect();
    assert_eq!(ids, ["u2"]);
    let names = ["u1", "u1@example.org", "u3"].map(str::to_owned);
    assert!(done(store.accounts(&names)).unwrap().is_empty());
    let names = ["u2@example.org".to_owned(), "u2".to_owned()];
    assert_eq!(done(store.accounts(&names)).unwrap().len(), 1);
}
