//! Accounts that delete themselves leave somebody who administers the others.

use portcullis_service::accounts::{AccountStore, Deleted};
use portcullis_store::{Driver, Statement, accounts};

use crate::parallel::{Database, winners};
use crate::support::{NOW_MS, TestStore, count, done, event, new_user, store};

/// The roles that administer accounts, with their levels.
fn roles() -> Vec<(String, u32)> {
    vec![("ADMIN".into(), 2), ("LEAD".into(), 1)]
}

fn store_of(users: &[(&str, &[(&str, &str)])]) -> TestStore {
    let store = store();
    for (id, grants) in users {
        let statements = accounts::add_user(&new_user(id, grants), false);
        done(store.driver().batch(statements)).unwrap();
    }
    store
}

fn delete(store: &TestStore, id: &str) -> Deleted {
    let event = portcullis_service::AuditEvent {
        at_ms: NOW_MS,
        ..event("account.delete", Some(id))
    };
    done(store.delete_user(id, None, &roles(), &event)).unwrap()
}

fn run(store: &TestStore, sql: &'static str) {
    done(store.driver().batch(vec![Statement::new(sql, Vec::new())])).unwrap();
}

#[test]
fn the_last_administrator_stays_and_the_last_but_one_goes() {
    let store = store_of(&[
        ("ann", &[("ADMIN", "")]),
        ("bob", &[("ADMIN", "")]),
        ("cid", &[("WORKER", "")]),
    ]);
    assert_eq!(delete(&store, "cid"), Deleted::Done);
    assert_eq!(delete(&store, "bob"), Deleted::Done);
    assert_eq!(delete(&store, "ann"), Deleted::LastAdministrator);
    assert_eq!(count(&store, "SELECT count(*) FROM user"), 1);
    let records = "SELECT count(*) FROM audit WHERE action = 'account.delete'";
    assert_eq!(
        count(&store, records),
        2,
        "what was refused isn't recorded as done"
    );
}

#[test]
fn one_of_a_lower_level_or_of_a_part_does_not_count_and_a_higher_one_does() {
    let others: [(&[(&str, &str)], Deleted); 4] = [
        (&[("LEAD", "")], Deleted::LastAdministrator),
        (&[("ADMIN", "state:ca")], Deleted::LastAdministrator),
        (&[("WORKER", "")], Deleted::LastAdministrator),
        (&[("LEAD", ""), ("ADMIN", "")], Deleted::Done),
    ];
    for (grants, deleted) in others {
        let store = store_of(&[("ann", &[("ADMIN", "")]), ("bob", grants)]);
        assert_eq!(delete(&store, "ann"), deleted, "{grants:?}");
    }
    let store = store_of(&[("ann", &[("LEAD", "")]), ("bob", &[("ADMIN", "")])]);
    assert_eq!(delete(&store, "ann"), Deleted::Done);
    // Of its own level one that is left of a part was never an administrator of everything.
    let store = store_of(&[("ann", &[("ADMIN", "state:ca")])]);
    assert_eq!(delete(&store, "ann"), Deleted::Done);
}

#[test]
fn one_who_is_disabled_or_banned_does_not_count_until_the_ban_is_over() {
    let ends = [
        (
            "UPDATE user SET disabled_at_ms = 1 WHERE id = 'bob'",
            Deleted::LastAdministrator,
        ),
        (
            "UPDATE user SET banned_at_ms = 1 WHERE id = 'bob'",
            Deleted::LastAdministrator,
        ),
    ];
    for (sql, deleted) in ends {
        let store = store_of(&[("ann", &[("ADMIN", "")]), ("bob", &[("ADMIN", "")])]);
        run(&store, sql);
        assert_eq!(delete(&store, "ann"), deleted, "{sql}");
    }
    for (end_ms, deleted) in [
        (NOW_MS, Deleted::Done),
        (NOW_MS + 1, Deleted::LastAdministrator),
    ] {
        let store = store_of(&[("ann", &[("ADMIN", "")]), ("bob", &[("ADMIN", "")])]);
        let ban = "UPDATE user SET banned_at_ms = 1, ban_expires_at_ms = ?1 WHERE id = 'bob'";
        let ban = Statement::new(ban, vec![end_ms.into()]);
        done(store.driver().batch(vec![ban])).unwrap();
        assert_eq!(delete(&store, "ann"), deleted, "{end_ms}");
    }
}

#[test]
fn of_64_administrators_who_delete_themselves_at_once_one_stays() {
    let database = Database::new();
    for number in 0..64 {
        let user = new_user(&format!("u{number}"), &[("ADMIN", "")]);
        let made = accounts::add_user(&user, false);
        done(database.store().driver().batch(made)).unwrap();
    }
    let won = winners(&database, |store, number| {
        let id = format!("u{number}");
        let event = event("account.delete", Some(&id));
        done(store.delete_user(&id, None, &roles(), &event)).unwrap() == Deleted::Done
    });
    assert_eq!(won, 63);
    assert_eq!(
        done(
            database
                .store()
                .driver()
                .query(Statement::new("SELECT id FROM user", Vec::new()))
        )
        .unwrap()
        .len(),
        1
    );
}
