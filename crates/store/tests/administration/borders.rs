//! What makes lists and searches fast begins at addresses, names and ids of accounts: it keeps none of an account
//! that is gone or has another by now, and lists and searches are never wrong for it.

use std::sync::{Arc, Mutex};

use portcullis_service::StoreError;
use portcullis_service::accounts::AccountStore;
use portcullis_service::admin::{AdminStore, Asked, Field, Match, Search, SearchField, Sort};
use portcullis_store::{Driver, Row, SqlStore, Statement};

use crate::done::done;
use crate::rows::rows;
use crate::seeded::Seeded;
use crate::stretches::{Counted, Shared, change, divide};
use crate::transact::transact;

const BORDERS: &str =
    "SELECT (SELECT count(*) FROM user_stretch) - 5 + (SELECT count(*) FROM user_block) - 2";
const UNSIGNED: &str = "SELECT count(*) FROM user_block WHERE signed <> version";

/// SQLite to which others write between what the schedule reads and what it writes.
struct Beside {
    world: Arc<Counted>,
    random: Mutex<Seeded>,
}

impl Driver for Beside {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let connection = self.world.connection.lock().unwrap();
        rows(&connection, &statement).map_err(|error| StoreError::new(error.to_string()))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        come_and_go(&self.world, &mut self.random.lock().unwrap());
        transact(&mut self.world.connection.lock().unwrap(), &statements)
    }
}

fn come(world: &Counted, from: u64) {
    world.sql(&format!(
        "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 3 FROM n WHERE i < 600) \
         INSERT OR IGNORE INTO user (id, email, name, created_at_ms, updated_at_ms) \
         SELECT 'u' || i, 'e' || (i * 7919 % 1009) || '@x.org', 'Name ' || (i % 200), i, i FROM n"
    ));
}

/// Some come, some go, some have other addresses and names.
fn come_and_go(world: &Counted, random: &mut Seeded) {
    let mut pick = |of: u64| random.next() % of;
    let (part, of) = (pick(9), 2 + pick(8));
    come(world, pick(120));
    world.sql(&match pick(4) {
        0 => format!("DELETE FROM user WHERE rowid % {of} = {part}"),
        1 => format!("DELETE FROM user WHERE rowid % {of} <> {part}"),
        2 => format!(
            "UPDATE OR REPLACE user SET email = 'e' || (rowid * 31 % 1009) || '@x.org' WHERE rowid % {of} = 0"
        ),
        _ => format!("UPDATE user SET name_folded = 'name ' || (rowid % 300) WHERE rowid % {of} = 0"),
    });
}

/// Every search of some, against a walk through all accounts.
fn finds_all(world: &Arc<Counted>) {
    let store = SqlStore::new(Shared(world.clone()));
    let asked = [
        (SearchField::Email, Field::Email, "email", "2@x"),
        (SearchField::Email, Field::Email, "email", "e31"),
        (
            SearchField::Email,
            Field::CreatedAt,
            "created_at_ms",
            "7@x.o",
        ),
        (SearchField::Name, Field::Name, "name_folded", "ann"),
        (SearchField::Name, Field::Name, "name_folded", "ame 1"),
        (SearchField::Name, Field::Name, "name_folded", "me 77"),
    ];
    for (of, field, column, typed) in asked {
        let asked = Asked {
            search: Some(Search::new(of, Match::Contains, typed)),
            filter: None,
            sort: Sort {
                field,
                descending: false,
            },
            limit: 1000,
            offset: 0,
            after: None,
            within: None,
            now_ms: 1,
        };
        let searched = ["email", "name_folded"][usize::from(of == SearchField::Name)];
        let expected = world.texts(&format!(
            "SELECT id FROM user WHERE instr({searched}, '{typed}') > 0 ORDER BY {column}, id"
        ));
        let listed = done(store.list_accounts(&asked)).unwrap();
        let found: Vec<_> = listed
            .accounts
            .into_iter()
            .map(|(one, _)| one.user.id)
            .collect();
        assert_eq!(found, expected, "{typed}");
    }
}

#[test]
fn borders_go_with_their_accounts_whoever_writes_and_searches_find_the_same() {
    for recursive in ["OFF", "ON"] {
        let world = Counted::empty();
        world.sql(&format!("PRAGMA recursive_triggers = {recursive}"));
        let mut random = Seeded(5);
        let mut borders = 0;
        for number in 0..1000_i64 {
            match number % 9 {
                0..3 => divide(&world, &mut random),
                3 if number % 2 == 0 => world.schedule(),
                _ => change(&world, &mut random),
            }
            assert_eq!(world.of_nobody(), 0, "{recursive}, after {number}");
            assert_eq!(world.wrong(), 0, "{recursive}, after {number}");
            finds_all(&world);
            borders += world.number(BORDERS);
        }
        assert!(borders > 5000, "{borders}");
    }
}

#[test]
fn accounts_that_go_while_the_schedule_signs_leave_no_border_and_hide_nobody() {
    for seed in 0..25 {
        let world = Counted::empty();
        come(&world, seed);
        let beside = Beside {
            world: world.clone(),
            random: Mutex::new(Seeded(100 + seed)),
        };
        let store = SqlStore::new(beside);
        for round in 0..3 {
            done(store.prune_accounts(0)).unwrap();
            assert_eq!(world.of_nobody(), 0, "{seed}, {round}");
            finds_all(&world);
        }
        world.schedule();
        assert_eq!(world.number(UNSIGNED), 0);
        finds_all(&world);
    }
}

#[test]
fn a_name_that_others_have_too_stays_until_the_last_of_them_goes() {
    let world = Counted::empty();
    world.sql(
        "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) VALUES \
         ('a', 'a@x.org', 'Ann', 1, 1), ('b', 'b@x.org', 'Ann', 1, 1), ('c', 'c@x.org', 'Ann', 1, 1); \
         INSERT INTO user_block (field, first) VALUES ('name', 'ann'), ('email', 'b@x.org')",
    );
    world.schedule();
    let blocks = || world.texts("SELECT first FROM user_block WHERE first <> ''");
    assert_eq!(world.number(UNSIGNED), 0);
    world.sql("UPDATE user SET name_folded = 'bea' WHERE id = 'a'");
    world.sql("DELETE FROM user WHERE id = 'b'");
    assert_eq!(blocks(), ["ann"]);
    let joined = "SELECT signed <> version FROM user_block WHERE field = 'email' AND first = ''";
    assert_eq!(
        world.number(joined),
        1,
        "it has accounts that its signature doesn't know"
    );
    world.sql("DELETE FROM user WHERE id = 'c'");
    assert_eq!(blocks(), [""; 0]);
    finds_all(&world);
}

#[test]
fn the_first_block_stays_and_one_of_nobody_does_not_come() {
    let world = Counted::empty();
    come(&world, 0);
    for seed in 0..30 {
        divide(&world, &mut Seeded(seed));
    }
    assert!(world.number(BORDERS) > 5);
    world.sql(
        "INSERT INTO user_block (field, first) VALUES ('email', 'e5'), ('name', 'nam'); \
         INSERT INTO user_stretch (ord, first, first_id) VALUES ('email', 'e5', ''), ('id', 'u', ''), \
         ('name', 'name 1', 'u'), ('creation', 5, 'u'), ('change', 5, ''), ('email', '', 'u')",
    );
    assert_eq!(world.of_nobody(), 0);
    finds_all(&world);
    let connection = world.connection.lock().unwrap();
    let told = connection
        .execute("DELETE FROM user_block", [])
        .unwrap_err();
    assert!(
        told.to_string()
            .contains("the first block is never deleted"),
        "{told}"
    );
}

/// Backups: rows come in any order.
#[test]
fn rows_that_are_put_in_again_have_no_border_of_nobody_in_either_order() {
    let old = Counted::empty();
    come(&old, 0);
    old.schedule();
    divide(&old, &mut Seeded(2));
    let file =
        std::env::temp_dir().join(format!("portcullis-borders-{}.sqlite", std::process::id()));
    drop(std::fs::remove_file(&file));
    old.sql(&format!("VACUUM INTO '{}'", file.display()));
    let user = "INSERT INTO user SELECT * FROM old.user WHERE rowid % 3 > 0";
    let kept = "INSERT OR REPLACE INTO user_block SELECT * FROM old.user_block; \
         INSERT OR REPLACE INTO user_stretch SELECT * FROM old.user_stretch";
    for order in [[user, kept], [kept, user]] {
        let world = Counted::empty();
        world.sql(&format!("ATTACH '{}' AS old", file.display()));
        for rows in order {
            world.sql(rows);
            assert_eq!((world.of_nobody(), world.wrong()), (0, 0));
            finds_all(&world);
        }
        world.schedule();
        assert_eq!((world.of_nobody(), world.wrong()), (0, 0));
        finds_all(&world);
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn what_is_noted_of_an_account_that_stayed_is_not_kept_beyond_its_name() {
    let world = Counted::empty();
    world.sql(
        "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) VALUES ('a', 'a@x.org', 'Ann', 1, 1); \
         INSERT OR IGNORE INTO user (id, email, name, created_at_ms, updated_at_ms) \
         VALUES ('b', 'a@x.org', 'Bea', 1, 1)",
    );
    assert_eq!(world.number("SELECT count(*) FROM user_replaced"), 1);
    world.sql("UPDATE user SET name_folded = 'cyd'");
    assert_eq!(world.number("SELECT count(*) FROM user_replaced"), 0);
}
