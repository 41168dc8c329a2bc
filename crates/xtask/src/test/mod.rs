//! `cargo xtask test`: every suite, one last line with the sum.

mod cargo_suites;
mod fuzz;
mod node_suites;
mod readme;
mod soak;
mod tally;
mod tap;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{
    build::{self, Part},
    error::Result,
    step::{Step, now, seconds, step},
    tools::{self, Tools, chromium},
};

use tally::Tally;

/// Which suites, and how thoroughly.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Runs these suites alone, in the usual order
    #[arg(long, value_name = "SUITE", num_args = 1.., value_delimiter = ',')]
    only: Vec<Suite>,
    /// Repeats what is random many more times, runs the fuzz targets, each for a minute, and soaks both hosts
    ///
    /// The variable `PORTCULLIS_SEED` chooses what is random; a failure says its own.
    #[arg(long)]
    deep: bool,
}

impl Options {
    fn runs(&self, suite: Suite) -> bool {
        if self.only.is_empty() {
            return self.deep || !matches!(suite, Suite::Fuzz | Suite::Soak);
        }
        self.only.contains(&suite)
    }
}

/// A suite, in the order in which they run: the quick and telling ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// rustfmt changes nothing
    Fmt,
    /// clippy has nothing to say, the wasm parts included
    Clippy,
    /// The tests of all crates, natively
    Native,
    /// The TypeScript of the package and the pages is sound
    PkgTypes,
    /// The modules under Node: the package and the conformance operations
    Wasm,
    /// The worker on real workerd with D1
    E2e,
    /// The pages and the package in real Chromium
    Browser,
    /// The commands of README.md do what it says
    Readme,
    /// Mutated input breaks nothing that reads foreign text; with --deep, or asked for by name
    Fuzz,
    /// Forty minutes of load and faults lose and double nothing; with --deep, or asked for by name
    ///
    /// `PORTCULLIS_SOAK_MINUTES` says how long: `serve=30,workerd=10`, or one number for both.
    Soak,
}

impl Suite {
    const ALL: [Self; 10] = [
        Self::Fmt,
        Self::Clippy,
        Self::Native,
        Self::PkgTypes,
        Self::Wasm,
        Self::E2e,
        Self::Browser,
        Self::Readme,
        Self::Fuzz,
        Self::Soak,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::PkgTypes => "pkg-types",
            Self::Wasm => "wasm",
            Self::E2e => "e2e",
            Self::Browser => "browser",
            Self::Readme => "readme",
            Self::Fuzz => "fuzz",
            Self::Soak => "soak",
        }
    }

    /// What has to be built before it can run.
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Fmt | Self::Clippy | Self::Native | Self::Fuzz => &[],
            Self::PkgTypes => &[Part::Browser],
            Self::Wasm => &[Part::Browser, Part::Conform, Part::Native],
            Self::E2e => &[
                Part::Browser,
                Part::Pages,
                Part::Worker,
                Part::Example,
                Part::Native,
            ],
            Self::Browser | Self::Readme | Self::Soak => {
                &[Part::Browser, Part::Pages, Part::Worker, Part::Native]
            }
        }
    }

    fn needs_tools(self) -> bool {
        !matches!(self, Self::Fmt | Self::Clippy | Self::Native | Self::Fuzz)
    }

    fn run(self, tools: Option<&Tools>, deep: bool, step: &Step) -> Result<Tally> {
        match (self, tools) {
            (Self::Fmt, _) => cargo_suites::fmt(step),
            (Self::Clippy, _) => cargo_suites::clippy(step),
            (Self::Native, _) => cargo_suites::native(deep, step),
            (Self::Fuzz, _) => fuzz::run(step),
            (Self::PkgTypes, Some(tools)) => node_suites::types(tools, step),
            (Self::Wasm, Some(tools)) => {
                node_suites::run("wasm", &["wasm", "conform"], tools, &[], deep, step)
            }
            // Some of the worker's tests ask from a page.
            (Self::E2e | Self::Browser, Some(tools)) => {
                let chromium = chromium::prepare(step)?;
                let env = [(chromium::VARIABLE, chromium.as_os_str())];
                node_suites::run(self.name(), &[self.name()], tools, &env, deep, step)
            }
            (Self::Readme, Some(_)) => readme::run(step),
            (Self::Soak, Some(tools)) => soak::run(tools, deep, step),
            (_, None) => Err(crate::error::TaskError::new(
                "its tools couldn't be prepared; see above",
            )),
        }
    }
}

/// Runs the suites; the last line printed is `N passed, N failed`.
///
/// A suite that can't run, or in which no test is found, counts as one failed test.
pub(crate) fn run(options: &Options) -> ExitCode {
    let began = now();
    let suites: Vec<Suite> = Suite::ALL
        .into_iter()
        .filter(|suite| options.runs(*suite))
        .collect();
    let prepared = if suites.iter().any(|suite| suite.needs_tools()) {
        Some(tools::set_up())
    } else {
        None
    };
    let tools = prepared.and_then(|result| result.inspect_err(|error| println!("{error}")).ok());
    let mut built = Vec::new();
    let tallies: Vec<(Suite, Tally)> = suites
        .iter()
        .map(|suite| {
            (
                *suite,
                run_one(*suite, tools.as_ref(), &mut built, options.deep),
            )
        })
        .collect();
    summarise(&tallies, &seconds(began.elapsed()))
}

/// Builds what the suite needs and runs it.
fn run_one(suite: Suite, tools: Option<&Tools>, built: &mut Vec<Part>, deep: bool) -> Tally {
    let outcome = build_missing(suite, tools, built).and_then(|()| {
        step(&format!("test {}", suite.name()), |step| {
            let tally = suite.run(tools, deep, step)?.or_empty(suite.name());
            step.detail(tally.to_string());
            if tally.failed > 0 {
                step.mark_failed();
            }
            Ok(tally)
        })
    });
    let tally = outcome.unwrap_or_else(|error| {
        Tally::broken(
            &format!("{} couldn't run", suite.name()),
            &error.to_string(),
        )
    });
    for failure in &tally.failures {
        println!("{failure}");
    }
    tally
}

/// Builds what no suite before has built.
fn build_missing(suite: Suite, tools: Option<&Tools>, built: &mut Vec<Part>) -> Result<()> {
    let Some(tools) = tools else { return Ok(()) };
    let missing: Vec<Part> = suite
        .parts()
        .iter()
        .copied()
        .filter(|part| !built.contains(part))
        .collect();
    build::build(&missing, tools)?;
    built.extend(missing);
    Ok(())
}

fn summarise(tallies: &[(Suite, Tally)], took: &str) -> ExitCode {
    let total = tallies
        .iter()
        .fold(Tally::default(), |sum, (_, tally)| sum.plus(tally));
    println!();
    for (suite, tally) in tallies {
        println!("  {:<10} {tally}", suite.name());
    }
    if !total.failures.is_empty() {
        println!("\nfailed:");
        for failure in &total.failures {
            println!("  {}", failure.name);
        }
    }
    println!("\n  in {took}");
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
