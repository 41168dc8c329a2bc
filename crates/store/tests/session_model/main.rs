//! Sessions and refresh tokens against a model of them: random operations and steps of the clock, on the
//! real use cases over a real SQLite. The model is written from the promises, in plain data; server and
//! model have to agree on every answer, and after every step on what each token that was ever issued is
//! good for.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test stops where its expectation doesn't hold"
)]

#[path = "../common/clock.rs"]
mod clock;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/done.rs"]
mod done;
mod drive;
#[path = "../common/memory.rs"]
mod memory;
mod model;
mod op;
#[path = "../common/rows.rs"]
mod rows;
#[path = "../common/seeded.rs"]
mod seeded;
#[path = "../common/transact.rs"]
mod transact;
mod world;

use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::drive::Drive;
use crate::op::{Op, op};

/// A minute's worth; `PROPTEST_CASES` asks for more.
fn config() -> Config {
    let default = Config::default();
    let is_asked = std::env::var_os("PROPTEST_CASES").is_some();
    Config {
        cases: if is_asked { default.cases } else { 64 },
        failure_persistence: None,
        ..default
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn server_and_model_agree_on_every_answer_and_every_token(
        ops in prop::collection::vec(op(), 1..70)
    ) {
        let mut drive = Drive::new();
        for op in &ops {
            drive.run(op);
        }
        drive.compare();
    }
}

#[test]
fn the_random_operations_reach_what_matters() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<&'static str, usize>::new();
    for _ in 0..64 {
        let ops: Vec<Op> = prop::collection::vec(op(), 60..61)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let mut drive = Drive::new();
        for op in &ops {
            drive.run(op);
        }
        for (what, times) in drive.reached {
            *seen.entry(what).or_default() += times;
        }
    }
    eprintln!("reached: {seen:?}");
    for what in [
        "refresh: next",
        "refresh: same again",
        "refresh: reuse",
        "refresh: refused",
        "use: extended",
        "use: written down",
        "use: new cookie",
        "use: same new cookie",
        "use: old token in its window",
        "use: nobody",
        "use: steady",
    ] {
        assert!(
            seen.get(what).is_some_and(|times| *times >= 1),
            "{what}: {seen:?}"
        );
    }
}
