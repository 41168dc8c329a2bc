//! The suites that are JavaScript, run by Node's own test runner.

use std::{ffi::OsStr, fs, path::PathBuf};

use super::{cargo_suites::DEEP, tally::Tally, tap};
use crate::{
    build::native,
    error::{Result, TaskError},
    paths,
    process::run as run_program,
    step::Step,
    tools::Tools,
};

/// Runs every `tests/<dir>/*.test.mjs`.
///
/// One file at a time: they start servers and browsers, and measure.
///
/// # Errors
/// When there's no test file, or the runner is cut short.
pub(crate) fn run(
    suite: &str,
    dirs: &[&str],
    tools: &Tools,
    env: &[(&str, &OsStr)],
    deep: bool,
    step: &Step,
) -> Result<Tally> {
    let files: Vec<PathBuf> = dirs.iter().flat_map(|dir| test_files(dir)).collect();
    if files.is_empty() {
        return Ok(Tally::default());
    }
    let report = paths::scratch().join(format!("{suite}.tap"));
    paths::write(&report, b"")?;
    let mut node = tools.npm.node();
    node.args(["--test", "--test-concurrency=1"])
        .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg("--test-reporter=tap")
        .arg(format!("--test-reporter-destination={}", report.display()))
        .args(&files)
        .env(native::VARIABLE, native::program())
        .envs(env.iter().copied());
    if deep {
        node.env(DEEP, "1");
    }
    let finished = run_program(&mut node, &format!("test-{suite}"), step)?;
    let text =
        fs::read_to_string(&report).map_err(|error| TaskError::io("read", &report, &error))?;
    for skip in tap::skips(&text) {
        step.print(&format!("  skipped: {skip}"));
    }
    match tap::parse(&text) {
        Some(tally) if tally.failed > 0 => {
            step.print(&format!("  whole output: {}", finished.log.display()));
            Ok(tally)
        }
        Some(tally) if finished.is_success() => Ok(tally),
        _ => Err(finished.into_error(format!("Node's test runner ended early in `{suite}`"))),
    }
}

/// One test per TypeScript project: it type-checks.
///
/// # Errors
/// When a project is missing or the compiler can't be started.
pub(crate) fn types(tools: &Tools, step: &Step) -> Result<Tally> {
    let mut sum = Tally::default();
    for project in ["pkg", "www", "examples/guarded-api/typescript", "tests"] {
        let config = paths::root().join(project).join("tsconfig.json");
        if !config.is_file() {
            return Err(TaskError::new(format!(
                "`{project}/tsconfig.json` is missing; restore it with git"
            )));
        }
        let mut tsc = tools.npm.script("typescript/bin/tsc");
        tsc.arg("--noEmit")
            .arg("--pretty")
            .arg("false")
            .arg("--project")
            .arg(&config);
        let finished = run_program(
            &mut tsc,
            &format!("test-types-{}", project.replace('/', "-")),
            step,
        )?;
        let tally = if finished.is_success() {
            Tally::one_passed()
        } else {
            Tally::broken(
                &format!("types of {project}"),
                &finished.into_error("tsc found an error").to_string(),
            )
        };
        sum = sum.plus(&tally);
    }
    Ok(sum)
}

fn test_files(dir: &str) -> Vec<PathBuf> {
    let dir = paths::root().join("tests").join(dir);
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    files
}
