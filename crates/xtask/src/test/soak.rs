//! Both hosts under a long mixed load with faults (`tests/soak`).

use std::fs;

use super::{node_suites, tally::Tally};
use crate::{
    error::{Result, TaskError},
    paths,
    step::Step,
    tools::Tools,
};

/// The file that the suite writes its figures to.
const FIGURES: &str = "PORTCULLIS_SOAK_FIGURES";

/// Soaks both hosts and prints what was measured. `PORTCULLIS_SOAK_MINUTES` says how long each takes.
///
/// # Errors
/// As [`node_suites::run`].
pub(crate) fn run(tools: &Tools, deep: bool, step: &Step) -> Result<Tally> {
    let figures = paths::scratch().join("soak-figures.txt");
    paths::write(&figures, b"")?;
    let env = [(FIGURES, figures.as_os_str())];
    let tally = node_suites::run("soak", &["soak"], tools, &env, deep, step)?;
    let text =
        fs::read_to_string(&figures).map_err(|error| TaskError::io("read", &figures, &error))?;
    for line in text.lines() {
        step.print(&format!("  {line}"));
    }
    Ok(tally)
}
