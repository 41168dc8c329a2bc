//! What makes lists of many accounts fast, and must never change whom they have: the number of accounts
//! that triggers keep, and the blocks that searches skip.

use portcullis_service::Caller;
use portcullis_service::admin::{self, Field, List, Match, Search, SearchField, Sort};

use crate::lists::{every, expected, ids, pages};
use crate::seeded::Seeded;
use crate::world::{World, done};

const NAVAL: &str = include_str!("../../../../policies/naval-unit.toml");
const UNSIGNED: &str = "SELECT count(*) AS n FROM user_block WHERE signed <> version";

fn add(world: &World, how: &str, id: &str, email: &str) {
    world.sql(&format!(
        "{how} INTO user (id, email, name, created_at_ms, updated_at_ms) \
         VALUES ('{id}', '{email}', '', 1, 1)"
    ));
}

fn people(world: &World, count: u32) {
    for number in 0..count {
        let email = format!("person{number}@example.org");
        add(world, "INSERT", &format!("u{number}"), &email);
    }
}

fn prune(world: &World) {
    done(portcullis_service::accounts::prune(&world.app)).unwrap();
}

fn total(world: &World, caller: &Caller, typed: &str) -> i64 {
    let asked = List {
        search: Some(Search::new(SearchField::Email, Match::Contains, typed)),
        limit: 10,
        ..List::default()
    };
    let page = done(admin::list(&world.app, caller, asked, &world.context));
    page.unwrap().total
}

#[test]
fn the_number_of_accounts_is_right_whoever_writes() {
    let world = World::new(NAVAL);
    for recursive in ["OFF", "ON"] {
        world.sql("DELETE FROM user");
        world.sql(&format!("PRAGMA recursive_triggers = {recursive}"));
        let mut random = Seeded(11);
        for number in 0..600 {
            let mut pick = |of: u64| random.next() % of;
            let (id, email) = (format!("u{}", pick(12)), format!("e{}@x.org", pick(12)));
            let set =
                |how: &str| format!("UPDATE OR {how} user SET email = '{email}' WHERE id = '{id}'");
            match pick(6) {
                0 => add(&world, "INSERT OR REPLACE", &id, &email),
                1 => add(&world, "INSERT OR IGNORE", &id, &email),
                2 => drop(world.sql(&format!("DELETE FROM user WHERE id = '{id}'"))),
                3 => drop(world.sql(&set("REPLACE"))),
                4 => drop(world.sql(&set("IGNORE"))),
                _ => drop(world.sql(&format!(
                    "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) VALUES \
                     ('{id}', '{email}', '', 1, 1) ON CONFLICT (id) DO UPDATE SET name = 'x' \
                     ON CONFLICT (email) DO UPDATE SET name = 'y'"
                ))),
            }
            let right = "SELECT (SELECT accounts FROM user_tally) = count(*) AS n FROM user";
            assert_eq!(world.count(right), 1, "{recursive}, after {number}");
        }
    }
    let before = world.count("SELECT accounts AS n FROM user_tally");
    world.sql("INSERT INTO user_tally (id, accounts) VALUES (1, 99)");
    let after = world.count("SELECT accounts AS n FROM user_tally");
    assert_eq!(before, after, "a backup's row changes nothing");
}

fn change(world: &World, random: &mut Seeded, number: usize) {
    let mut pick = |of: usize| usize::try_from(random.next() % 1_000_000).unwrap() % of;
    let first = ["Ann", "Łukasz", "José", "Ёлкин", "", "Bea"][pick(6)];
    let name = format!("{first} {}", pick(40));
    let folded = admin::fold(&name);
    let box_name = ["ann", "bob", "cyd"][pick(3)];
    let email = format!("{box_name}{}@example.org", number * 7919 % 5003);
    let id = format!("u{}", pick(600));
    world.sql(&match pick(6) {
        0 => format!("DELETE FROM user WHERE id = '{id}'"),
        1 => format!("UPDATE OR IGNORE user SET email = '{email}' WHERE id = '{id}'"),
        2 => format!(
            "UPDATE user SET name = '{name}', name_folded = '{folded}' WHERE id = '{id}'"
        ),
        _ => format!(
            "INSERT OR REPLACE INTO user (id, email, name, name_folded, created_at_ms, updated_at_ms) \
             VALUES ('{id}', '{email}', '{name}', '{folded}', 1, 1)"
        ),
    });
}

fn finds_whom_brute_force_finds(world: &World, caller: &Caller, random: &mut Seeded) -> usize {
    let all = every(world);
    let parts = [
        "ann", "nn12", "@example", "77", "b1", "ukas", "josé 1", "ёлк", " 3", "zzz", "5@e",
    ];
    let hows = [Match::Contains, Match::EndsWith, Match::StartsWith];
    let mut found = 0;
    for _ in 0..20 {
        let mut pick = |of: usize| usize::try_from(random.next() % 1_000_000).unwrap() % of;
        let field = [SearchField::Email, SearchField::Name][pick(2)];
        let search = Search::new(field, hows[pick(3)], parts[pick(11)]);
        let field = [Field::Email, Field::Name, Field::CreatedAt][pick(3)];
        let descending = pick(2) == 0;
        let (limit, offset) = ([1000, 3][pick(2)], [0, 2, 900][pick(3)]);
        let asked = List {
            search: Some(search),
            sort: Some(Sort { field, descending }),
            limit: u32::try_from(limit).unwrap(),
            offset: u32::try_from(offset).unwrap(),
            ..List::default()
        };
        let expected = expected(&all, &asked);
        let some: Vec<_> = expected.iter().skip(offset).take(limit).cloned().collect();
        let page = done(admin::list(
            &world.app,
            caller,
            asked.clone(),
            &world.context,
        ))
        .unwrap();
        assert_eq!(ids(&page.accounts), some, "{asked:?}");
        let total = i64::try_from(expected.len()).unwrap();
        assert_eq!(page.total, total, "{asked:?}");
        let asked = List { offset: 0, ..asked };
        assert_eq!(pages(world, caller, &asked, 40), expected, "{asked:?}");
        found += expected.len();
    }
    found
}

#[test]
fn a_search_finds_the_same_whichever_blocks_are_signed() {
    let world = World::new(NAVAL);
    let caller = world.caller(&world.person(&["admin"]));
    let mut random = Seeded(3);
    let mut found = 0;
    for round in 0..9 {
        for number in 0..[900, 40, 3][round % 3] {
            change(&world, &mut random, round * 1000 + number);
        }
        assert!(world.count(UNSIGNED) > 0);
        found += finds_whom_brute_force_finds(&world, &caller, &mut random);
        prune(&world);
        assert_eq!(world.count(UNSIGNED), 0);
        assert!(world.count("SELECT count(*) AS n FROM user_block") > 4);
        found += finds_whom_brute_force_finds(&world, &caller, &mut random);
    }
    assert!(found > 5000, "{found}");
}

#[test]
fn a_signed_block_without_the_text_is_not_looked_through() {
    let world = World::new(NAVAL);
    let caller = world.caller(&world.person(&["admin"]));
    people(&world, 300);
    prune(&world);
    let find = |typed| total(&world, &caller, typed);
    assert_eq!(
        (find("on277@"), find("rson27"), find("@example")),
        (1, 11, 301)
    );
    let words: Vec<String> = (0..16).map(|word| format!("s{word} = 0")).collect();
    world.sql(&format!("UPDATE user_block SET {}", words.join(", ")));
    assert_eq!(find("on277@"), 0, "signatures are what is looked at");
    world.sql("UPDATE user_block SET version = version + 1");
    assert_eq!(find("on277@"), 1, "and only while they hold");
}

/// Backups: rows that are put in are no proof of what is there.
#[test]
fn a_block_that_comes_from_elsewhere_is_not_taken_for_signed() {
    let world = World::new(NAVAL);
    let caller = world.caller(&world.person(&["admin"]));
    people(&world, 40);
    prune(&world);
    for first in ["", "person1", "person2"] {
        world.sql(&format!(
            "INSERT INTO user_block (field, first, version, signed) VALUES ('email', '{first}', 1, 1)"
        ));
    }
    assert_eq!(total(&world, &caller, "on17@"), 1);
    assert_eq!(total(&world, &caller, "on37@"), 1);
    prune(&world);
    assert_eq!(world.count(UNSIGNED), 0);
    assert_eq!(total(&world, &caller, "on17@"), 1);
}
