//! The fuzz targets of `fuzz/`, one after another.

use std::{env, fs, path::Path, process::Command, time::UNIX_EPOCH};

use super::tally::Tally;
use crate::{
    error::{Result, TaskError},
    fingerprint::wall_clock,
    paths,
    process::run as run_program,
    step::Step,
    tools::cargo,
};

/// How long each target runs.
const SECONDS: u64 = 60;
/// Chooses the inputs; the JavaScript suites read it, too. Unset, every run has others.
const SEED: &str = "PORTCULLIS_SEED";

/// Builds the targets and runs each for a minute; each is one test.
///
/// # Errors
/// When they don't compile or there is none.
pub(crate) fn run(step: &Step) -> Result<Tally> {
    let output = paths::root().join("target/fuzz");
    let mut build = cargo::native();
    build
        .args([
            "build",
            "--release",
            "--bins",
            "--manifest-path",
            "fuzz/Cargo.toml",
        ])
        .env("CARGO_TARGET_DIR", &output);
    run_program(&mut build, "test-fuzz-build", step)?.or_fail("the fuzz targets don't compile")?;
    let seed = seed()?;
    step.print(&format!(
        "  {SECONDS} s for each target; the same inputs again: {SEED}={seed} cargo xtask test --deep --only fuzz"
    ));
    targets()?.iter().try_fold(Tally::default(), |sum, target| {
        let program = output.join("release").join(target);
        Ok(sum.plus(&run_target(target, &program, seed, step)?))
    })
}

fn run_target(name: &str, program: &Path, seed: u64, step: &Step) -> Result<Tally> {
    let mut command = Command::new(program);
    command
        .args([
            "--seconds",
            &SECONDS.to_string(),
            "--seed",
            &seed.to_string(),
        ])
        .current_dir(paths::root());
    let finished = run_program(&mut command, &format!("test-fuzz-{name}"), step)?;
    if finished.is_success() {
        let output = finished.output()?;
        step.print(&format!("  {}", output.lines().last().unwrap_or(name)));
        return Ok(Tally::one_passed());
    }
    let sentence = format!("an input fails, or the program ended early; the seed was {seed}");
    let details = finished.into_error(sentence).to_string();
    Ok(Tally::broken(&format!("fuzz {name}"), &details))
}

/// The names of the programs, which are those of their files.
fn targets() -> Result<Vec<String>> {
    let dir = paths::root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&dir).map_err(|error| TaskError::io("read", &dir, &error))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// What the variable says, or the time.
fn seed() -> Result<u64> {
    let Some(text) = env::var_os(SEED) else {
        let since = wall_clock().duration_since(UNIX_EPOCH);
        return Ok(since.map_or(1, |time| time.as_secs()));
    };
    text.to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| TaskError::new(format!("{SEED} isn't a whole number")))
}
