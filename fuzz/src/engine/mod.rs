//! Mutates, runs, watches.

mod args;
mod corpus;
mod mutator;
mod random;
mod trial;

use std::{
    collections::HashSet,
    fs,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::targets::Target;
use args::Args;
use mutator::Mutator;
use trial::Trial;

/// Inputs that mutation begins with, at most.
const MAX_POOL: usize = 8_192;
/// Between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// Fuzzes `target` as the command line says; code 1 when an input fails.
#[must_use]
pub fn main(target: &Target) -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    trial::silence_panics();
    let outcome = match &args.input {
        Some(path) => repeat(target, path),
        None => fuzz(target, &args),
    };
    match outcome {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            println!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one input from a file.
fn repeat(target: &Target, path: &PathBuf) -> Result<String, String> {
    let input =
        fs::read(path).map_err(|error| format!("can't read {}: {error}", path.display()))?;
    Trial::run(target, &input)
        .map(|_| format!("{}: no failure with {}", target.name, path.display()))
}

fn fuzz(target: &Target, args: &Args) -> Result<String, String> {
    let mut pool = corpus::load(target.name)?;
    let seeds = pool.len();
    println!(
        "{}: seed {}, {seeds} inputs in the corpus",
        target.name, args.seed
    );
    let mut mutator = Mutator::new(args.seed, target.words);
    let mut outcomes = HashSet::new();
    for input in &pool {
        outcomes.insert(trial(target, args, 0, input)?);
    }
    let began = now();
    let mut shown = began;
    let mut runs = 0_u64;
    while began.elapsed() < args.time {
        let input = mutator.next(&pool);
        runs += 1;
        let outcome = trial(target, args, runs, &input)?;
        if outcomes.insert(outcome) && pool.len() < MAX_POOL {
            if args.keep {
                corpus::keep(target.name, &input)?;
            }
            pool.push(input);
        }
        if shown.elapsed() > PROGRESS_EVERY {
            shown = now();
            println!(
                "{}: {runs} inputs, {} outcomes",
                target.name,
                outcomes.len()
            );
        }
    }
    Ok(format!(
        "{}: {runs} inputs, {} outcomes, no failure (seed {})",
        target.name,
        outcomes.len(),
        args.seed
    ))
}

/// What came of an input; an error says how to repeat it.
fn trial(target: &Target, args: &Args, run: u64, input: &[u8]) -> Result<u64, String> {
    let what = match Trial::run(target, input) {
        Ok(outcome) => return Ok(outcome),
        Err(what) => what,
    };
    let small = trial::shrink(target, input);
    let path = corpus::keep_failure(target.name, &small)?;
    Err(format!(
        "{name}: {what}\n  at input {run} of seed {seed}; the smallest found is {path}:\n  {shown}\n  \
         repeat: cargo run --release --manifest-path fuzz/Cargo.toml --bin {name} -- --input {path}",
        name = target.name,
        seed = args.seed,
        path = path.display(),
        shown = String::from_utf8_lossy(small.get(..200).unwrap_or(&small)).escape_debug(),
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it runs is not part of what is tested"
)]
fn now() -> Instant {
    Instant::now()
}
