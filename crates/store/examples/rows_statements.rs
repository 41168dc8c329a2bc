//! What the bound client sends to a database and what SQLite answers, as lines of JSON, so that
//! another database's answers can be compared.
//!
//! `{"world", "setUp": [sql]}` begins a database; `{"what", "sql", "params", "rows"}` follow for each
//! statement that is run on it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for tests"
)]

#[path = "../tests/common/done.rs"]
mod done;
#[path = "../tests/rows/generate.rs"]
mod generate;
#[path = "../tests/rows/random_table.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod random_table;
#[path = "../tests/rows/random_values.rs"]
mod random_values;
#[path = "rows_statements/recorder.rs"]
mod recorder;
#[path = "../tests/rows/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;
#[path = "../tests/rows/wide.rs"]
mod wide;

use portcullis_core::condition::{Comparison, Datum};
use portcullis_core::decide::{Principal, Subject};
use portcullis_core::policy::toml;
use portcullis_core::time::UnixSecs;
use portcullis_store::rows::{Direction, Order, Rows, RowsError, Select, Where};
use rusqlite::Connection;

use generate::FIELDS;
use random_values::{value, values};
use recorder::Recorder;
use support::{Dice, done};

/// In the year 2100: more seconds than 31 bits hold.
const NOW: UnixSecs = UnixSecs::new(4_102_444_800);
const WORLDS: u64 = 60;

fn main() {
    for seed in 5_000..5_000 + WORLDS {
        random_world(seed);
    }
    limits();
}

fn random_world(seed: u64) {
    let mut dice = Dice(seed);
    let text = generate::policy(&mut dice);
    let policy = toml::parse(&text).unwrap();
    let recorder = Recorder::new(
        &format!("seed {seed}"),
        random_table::table(&mut dice, true),
    );
    let principal = generate::principal(&mut dice);
    let principal: Principal = serde_json::from_value(principal).unwrap();
    let subject = Subject::compile(&policy, &principal);
    let rows = Rows::bind(&recorder, &policy, &subject, NOW);
    let mut select = Select {
        order: order(&mut dice),
        limit: 7,
        ..Select::default()
    };
    recorder.what("select, page by page");
    while let Some(page) = expected(done(rows.select("doc", &select))) {
        select.after = page.next;
        if select.after.is_none() {
            break;
        }
    }
    for _ in 0..4 {
        recorder.what("select");
        let select = Select {
            filter: search(&mut dice, 2),
            order: order(&mut dice),
            ..Select::default()
        };
        expected(done(rows.select("doc", &select)));
        recorder.what("insert");
        expected(done(rows.insert("doc", &values(&mut dice, 2))));
    }
    for _ in 0..2 {
        recorder.what("update");
        let search = search(&mut dice, 1);
        expected(done(rows.update("doc", &search, &values(&mut dice, 5))));
    }
    recorder.what("delete");
    expected(done(rows.delete("doc", &search(&mut dice, 1))));
    recorder.dump("odd-table.2");
}

/// What came of a call; that a field is hidden from somebody is expected.
fn expected<T>(result: Result<T, RowsError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(RowsError::FieldForbidden { .. } | RowsError::NothingToWrite) => None,
        Err(error) => panic!("{error}"),
    }
}

fn order(dice: &mut Dice) -> Vec<Order> {
    let fields: Vec<&str> = FIELDS
        .iter()
        .filter(|(_, kind)| !kind.starts_with("list"))
        .map(|(name, _)| *name)
        .collect();
    let directions = [Direction::Ascending, Direction::Descending];
    (0..dice.below(3))
        .map(|_| Order {
            field: dice.pick(&fields).to_owned(),
            direction: dice.pick(&directions),
        })
        .collect()
}

fn search(dice: &mut Dice, depth: usize) -> Where {
    if depth > 0 && dice.once_in(2) {
        let some = (0..2).map(|_| search(dice, depth - 1)).collect();
        return if dice.once_in(2) {
            Where::All(some)
        } else {
            Where::Any(some)
        };
    }
    let (name, kind) = dice.pick(&FIELDS);
    let some = value(dice, kind);
    if kind.starts_with("list") {
        return match some {
            Datum::List(members) if !members.is_empty() => {
                Where::Contains(name.to_owned(), members[0].clone())
            }
            _ => Where::Everything,
        };
    }
    let comparisons = [
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::GreaterOrEqual,
    ];
    match dice.below(4) {
        0 => Where::OneOf(name.to_owned(), vec![some, value(dice, kind)]),
        1 => Where::Not(Box::new(Where::is(name, some))),
        2 if kind != "bool" => Where::Compare(name.to_owned(), dice.pick(&comparisons), some),
        _ => Where::is(name, some),
    }
}

/// Statements at the limits of D1.
fn limits() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&wide::schema()).unwrap();
    let recorder = Recorder::new("limits", connection);
    let select = |filter| Select {
        filter,
        ..Select::default()
    };
    let policy = wide::policy(2, 1);
    let subject = wide::ann(&policy);
    let rows = Rows::bind(&recorder, &policy, &subject, NOW);
    recorder.what("as many parameters as D1 binds, and more");
    for count in 1..=150 {
        let any = (0..count).map(|number| Where::is("owner", Datum::Text(format!("o{number}"))));
        let any = any
            .chain([Where::is("owner", Datum::Text("ann".to_owned()))])
            .collect();
        expected(done(rows.select("doc", &select(Where::Any(any)))));
    }
    recorder.what("whole numbers of any size");
    for number in [
        1 << 31,
        1 << 32,
        (1 << 53) - 1,
        1 << 53,
        (1 << 53) + 1,
        i64::MAX,
        i64::MIN,
    ] {
        let set = [("f1", Datum::Int(number))];
        expected(done(rows.update("doc", &Where::Everything, &set)));
        for comparison in [
            Comparison::Equal,
            Comparison::GreaterOrEqual,
            Comparison::Greater,
        ] {
            let search = Where::Compare("f1".to_owned(), comparison, Datum::Int(number));
            expected(done(rows.select("doc", &select(search))));
        }
        recorder.dump("docs");
    }
    recorder.what("three hundred parts");
    let parts = (0..300).map(|number| Where::Not(Box::new(Where::is("f5", Datum::Int(number)))));
    expected(done(
        rows.select("doc", &select(Where::All(parts.collect()))),
    ));
    recorder.what("ninety rules about fields");
    let policy = wide::policy(90, 1);
    let subject = wide::ann(&policy);
    let rows = Rows::bind(&recorder, &policy, &subject, NOW);
    expected(done(rows.select("doc", &wide::everything())));
}
