//! Lists and searches of accounts in databases of ten thousand and of a million, as the administration
//! asks for them; a line a query with its time and what it found. `BENCH_OUT` names the file for the
//! result, `BENCH_USERS` other sizes, separated by commas.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark stops where it can't go on"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

#[path = "../tests/common/done.rs"]
mod done;
#[path = "../tests/common/rows.rs"]
mod rows;
#[path = "../tests/common/transact.rs"]
mod transact;

use std::sync::Mutex;
use std::time::Instant;

use portcullis_service::StoreError;
use portcullis_service::accounts::AccountStore;
use portcullis_service::admin::Place;
use portcullis_service::admin::{
    AdminStore, Asked, Field, Filter, Listed, Match, Operator, Search, SearchField, Sort,
};
use portcullis_store::{Driver, MIGRATIONS, Row, SqlStore, Statement};
use rusqlite::Connection;
use serde_json::{Value as Json, json};

use done::done;
use rows::rows;
use transact::transact;

const NOW_MS: i64 = 1_795_308_739_542;
/// How often each query runs; the median counts.
const RUNS: usize = 5;
/// How many rows of each kind are written.
const WRITES: u32 = 5000;

fn main() {
    let sizes = std::env::var("BENCH_USERS").unwrap_or_else(|_| "10000,1000000".to_owned());
    let mut results = Vec::new();
    println!("{:<44} {:>9} {:>10} {:>9}", "query", "users", "ms", "found");
    for size in sizes
        .split(',')
        .map(|text| text.trim().parse::<u32>().unwrap())
    {
        let folder = std::env::temp_dir().join(format!("portcullis-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = Instant::now();
        let store = SqlStore::new(File::new(&folder.join("users.sqlite"), size));
        println!(
            "{size} accounts made in {:.1} s",
            made.elapsed().as_secs_f64()
        );
        for round in ["the schedule's first round", "the schedule's next round"] {
            let begun = Instant::now();
            done(store.prune_accounts(0)).unwrap();
            let ms = begun.elapsed().as_secs_f64() * 1000.0;
            println!("{round:<44} {size:>9} {ms:>10.2}");
        }
        for (name, asked) in queries(&store, size) {
            let (ms, listed) = measure(&store, &asked);
            let total = listed.total.unwrap_or_default();
            println!("{name:<44} {size:>9} {ms:>10.2} {total:>9}");
            results.push(json!({ "query": name, "users": size, "ms": ms, "found": total }));
        }
        for (name, us) in store.driver().writes() {
            println!("{name:<44} {size:>9} {us:>10.1} us");
        }
        drop(store);
        std::fs::remove_dir_all(&folder).unwrap();
    }
    if let Ok(path) = std::env::var("BENCH_OUT") {
        std::fs::write(path, Json::from(results).to_string()).unwrap();
    }
}

fn list(field: Field, descending: bool) -> Asked {
    Asked {
        search: None,
        filter: None,
        sort: Sort { field, descending },
        limit: 51,
        offset: 0,
        after: None,
        within: None,
        now_ms: NOW_MS,
    }
}

fn search(field: SearchField, how: Match, typed: &str, sort: Field) -> Asked {
    Asked {
        search: Some(Search::new(field, how, typed)),
        ..list(sort, false)
    }
}

fn filter(field: Field, value: &str) -> Asked {
    Asked {
        filter: Filter::new(field, Operator::Eq, &[value.to_owned()]),
        ..list(Field::CreatedAt, false)
    }
}

/// The same accounts behind the place that lies before `offset`.
fn after(store: &SqlStore<File>, field: Field, offset: u32) -> Asked {
    let before = Asked {
        offset: offset - 1,
        limit: 1,
        ..list(field, false)
    };
    let listed = done(store.list_accounts(&before)).unwrap();
    let (account, key) = listed.accounts.into_iter().next().unwrap();
    Asked {
        after: Some(Place {
            key,
            id: account.user.id,
        }),
        ..list(field, false)
    }
}

fn queries(store: &SqlStore<File>, size: u32) -> Vec<(String, Asked)> {
    let deep = size / 10 * 9;
    let at = |offset| Asked {
        offset,
        ..list(Field::CreatedAt, false)
    };
    let (email, name) = (SearchField::Email, SearchField::Name);
    vec![
        ("first page by creation".into(), at(0)),
        (format!("page at offset {deep}"), at(deep)),
        (
            format!("page at offset {deep}, descending"),
            Asked {
                offset: deep,
                ..list(Field::CreatedAt, true)
            },
        ),
        (
            format!("page at offset {deep}, by name"),
            Asked {
                offset: deep,
                ..list(Field::Name, false)
            },
        ),
        (
            format!("page at offset {deep}, by e-mail"),
            Asked {
                offset: deep,
                ..list(Field::Email, false)
            },
        ),
        (
            format!("page at offset {deep}, by tier"),
            Asked {
                offset: deep,
                ..list(Field::Tier, false)
            },
        ),
        (
            format!("page at {deep} by cursor"),
            after(store, Field::CreatedAt, deep),
        ),
        (
            format!("page at {deep} by cursor, by name"),
            after(store, Field::Name, deep),
        ),
        (
            "last page by creation, descending".into(),
            list(Field::CreatedAt, true),
        ),
        ("first page by name".into(), list(Field::Name, false)),
        (
            "first page by tier, without an index".into(),
            list(Field::Tier, false),
        ),
        (
            "e-mail contains, one".into(),
            search(email, Match::Contains, "user7777@", Field::Email),
        ),
        (
            "e-mail starts with, one".into(),
            search(email, Match::StartsWith, "user7777@", Field::Email),
        ),
        (
            "name contains, one in a hundred".into(),
            search(name, Match::Contains, "Müller", Field::Name),
        ),
        (
            "name contains, one in a hundred, by creation".into(),
            search(name, Match::Contains, "muller", Field::CreatedAt),
        ),
        (
            "name contains, all".into(),
            search(name, Match::Contains, " ", Field::Name),
        ),
        (
            "name contains, all, by creation".into(),
            search(name, Match::Contains, " ", Field::CreatedAt),
        ),
        (
            "name contains, none".into(),
            search(name, Match::Contains, "qqq", Field::Name),
        ),
        (
            "role is, one in a thousand".into(),
            filter(Field::Role, "admin"),
        ),
        ("role is, one in ten".into(), filter(Field::Role, "member")),
        ("banned is".into(), filter(Field::Banned, "true")),
    ]
}

fn measure(store: &SqlStore<File>, asked: &Asked) -> (f64, Listed) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let begun = Instant::now();
        last = Some(done(store.list_accounts(asked)).unwrap());
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    (times.into_iter().nth(RUNS / 2).unwrap(), last.unwrap())
}

/// SQLite in a file.
struct File(Mutex<Connection>);

impl File {
    /// A database with so many accounts: random ids, some roles, a few bans.
    fn new(path: &std::path::Path, size: u32) -> Self {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON",
            )
            .unwrap();
        for migration in MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        let sql = format!(
            "BEGIN;
             CREATE TEMP TABLE first (n, name); INSERT INTO first VALUES (0, 'Ann'), (1, 'Bea'), (2, 'Cem'),
             (3, 'Dana'), (4, 'Emil'), (5, 'Fay'), (6, 'Gus'), (7, 'Hana'), (8, 'Ivo'), (9, 'Jo');
             CREATE TEMP TABLE last AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
             WHERE i < 99) SELECT i AS n, CASE i WHEN 42 THEN 'muller' ELSE 'name' || i END AS name FROM n;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size})
             INSERT INTO user (id, email, name, name_folded, email_verified, tier, banned_at_ms,
             created_at_ms, updated_at_ms)
             SELECT lower(hex(randomblob(16))), 'user' || i || '@example.org', f.name || ' ' || l.name,
             lower(f.name || ' ' || l.name), i % 2, CASE i % 5 WHEN 0 THEN 'beta' END,
             CASE i % 10000 WHEN 0 THEN 1 END, 1700000000000 + i * 60000, 1700000000000 + i * 60000
             FROM n JOIN first f ON f.n = i % 10 JOIN last l ON l.n = (i * 7919 / 10) % 100;
             INSERT INTO role_grant (id, user_id, role, created_at_ms)
             SELECT 'g' || id, id, CASE rowid % 1000 WHEN 0 THEN 'admin' ELSE 'member' END, 1
             FROM user WHERE rowid % 10 = 0;
             DELETE FROM access_change;
             COMMIT; ANALYZE"
        );
        connection.execute_batch(&sql).unwrap();
        Self(Mutex::new(connection))
    }

    /// What a row costs that is written in a transaction of many, in microseconds.
    fn writes(&self) -> Vec<(&'static str, f64)> {
        let insert = "INSERT INTO user (id, email, name, name_folded, created_at_ms, updated_at_ms) \
             SELECT lower(hex(randomblob(16))), hex(randomblob(8)) || '@example.com', 'New', 'new', 1 + ?1, ?1";
        let update = "UPDATE user SET updated_at_ms = updated_at_ms + 40000000000 \
             WHERE rowid = 1 + ?1 % 500000 * 7";
        let delete = "DELETE FROM user WHERE rowid = 3 + ?1 % 400000 * 2";
        let connection = self.0.lock().unwrap();
        let writes = [("insert", insert), ("update", update), ("delete", delete)];
        let measured = writes.map(|(name, sql)| {
            connection.execute_batch("BEGIN").unwrap();
            let mut prepared = connection.prepare(sql).unwrap();
            let begun = Instant::now();
            for number in 0..WRITES {
                prepared.execute([number * 1201]).unwrap();
            }
            let us = begun.elapsed().as_secs_f64() * 1e6 / f64::from(WRITES);
            connection.execute_batch("COMMIT").unwrap();
            (name, us)
        });
        measured.into()
    }
}

impl Driver for File {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        rows(&self.0.lock().unwrap(), &statement)
            .map_err(|error| StoreError::new(error.to_string()))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        transact(&mut self.0.lock().unwrap(), &statements)
    }
}
