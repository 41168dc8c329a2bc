//! Formatting, lints and native tests: cargo's own suites.

use super::tally::{Failure, Tally};
use crate::{
    error::{Result, TaskError},
    process::{Finished, run},
    step::Step,
    tools::cargo,
};

/// Random cases per property with `--deep`; proptest reads it.
const DEEP_CASES: &str = "20000";
/// Set for every test with `--deep`.
pub(crate) const DEEP: &str = "PORTCULLIS_DEEP";

/// One test: rustfmt would change nothing.
pub(crate) fn fmt(step: &Step) -> Result<Tally> {
    let finished = run(
        cargo::native().args(["fmt", "--all", "--check", "--", "--color", "never"]),
        "test-fmt",
        step,
    )?;
    one_test(
        finished,
        "fmt",
        "cargo fmt would change files; run: cargo fmt --all",
    )
}

/// One test: clippy has nothing to say.
pub(crate) fn clippy(step: &Step) -> Result<Tally> {
    let mut clippy = cargo::native();
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    one_test(
        run(&mut clippy, "test-clippy", step)?,
        "clippy",
        "clippy found something",
    )
}

/// The tests of all crates.
pub(crate) fn native(deep: bool, step: &Step) -> Result<Tally> {
    let mut test = cargo::native();
    // What passing tests print is where they say what they had to skip.
    test.args([
        "test",
        "--workspace",
        "--no-fail-fast",
        "--",
        "--show-output",
    ]);
    if deep {
        test.env(DEEP, "1").env("PROPTEST_CASES", DEEP_CASES);
    }
    let finished = run(&mut test, "test-native", step)?;
    let output = finished.output()?;
    let tally = parse(&output);
    if !finished.is_success() && tally.failed == 0 {
        return Err(finished.into_error("the tests don't compile, or a test program ended early"));
    }
    for line in output.lines().filter(|line| line.starts_with("skipped:")) {
        step.print(&format!("  {line}"));
    }
    Ok(tally)
}

fn one_test(finished: Finished, name: &str, sentence: &str) -> Result<Tally> {
    if finished.is_success() {
        return Ok(Tally::one_passed());
    }
    let missing = ["no such command", "is not installed for the toolchain"];
    let output = finished.output()?;
    if missing.iter().any(|text| output.contains(text)) {
        return Err(TaskError::new(format!(
            "this toolchain has no {name}; run: rustup component add rustfmt clippy"
        )));
    }
    Ok(Tally::broken(
        name,
        &finished.into_error(sentence).to_string(),
    ))
}

/// Sums libtest's result lines and collects what the failed tests said.
fn parse(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "))
    {
        tally.passed += count(line, " passed");
        tally.failed += count(line, " failed");
        tally.skipped += count(line, " ignored");
    }
    tally.failures = failures(output);
    tally
}

/// The number before ` passed` and the like in `ok. 3 passed; 0 failed; …`.
fn count(line: &str, what: &str) -> u64 {
    line.split([';', '.'])
        .find_map(|part| part.trim().strip_suffix(what.trim())?.trim().parse().ok())
        .unwrap_or(0)
}

/// What each failed test printed: in the section `failures:`, the blocks that begin with
/// `---- name stdout ----`. Passing tests have such blocks in the section `successes:`.
fn failures(output: &str) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    let (mut in_failures, mut in_block) = (false, false);
    for line in output.lines() {
        let name = line
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"));
        if line == "failures:" || line == "successes:" || line.starts_with("test result: ") {
            in_failures = line == "failures:";
            in_block = false;
        } else if let (true, Some(name)) = (in_failures, name) {
            found.push(Failure {
                name: name.to_owned(),
                details: String::new(),
            });
            in_block = true;
        } else if let (true, Some(failure)) = (in_block, found.last_mut()) {
            failure.details.push_str(line);
            failure.details.push('\n');
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 2 tests
test good ... ok
test bad ... FAILED

successes:

---- good stdout ----
skipped: ../shared/vectors isn't there


successes:
    good

failures:

---- bad stdout ----
thread 'bad' panicked at src/lib.rs:1:1:
no


failures:
    bad

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: ok. 40 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.10s
";

    #[test]
    fn result_lines_are_summed_over_test_programs() {
        let tally = parse(OUTPUT);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (41, 1, 2));
    }

    #[test]
    fn a_failed_test_is_shown_with_what_it_said_and_nothing_more() {
        let tally = parse(OUTPUT);
        assert_eq!(tally.failures.len(), 1);
        assert_eq!(tally.failures[0].name, "bad");
        assert_eq!(
            tally.failures[0].details.trim(),
            "thread 'bad' panicked at src/lib.rs:1:1:\nno"
        );
    }

    #[test]
    fn output_without_results_counts_nothing() {
        assert_eq!(parse("error: could not compile"), Tally::default());
    }
}
