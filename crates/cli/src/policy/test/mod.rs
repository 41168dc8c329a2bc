//! `portcullis policy test`: cases in TOML, and which clauses they depend on.

mod case;
mod coverage;
mod file;
mod judge;
mod junit;
mod report;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use coverage::Coverage;
use file::Suite;
use judge::Judged;

use super::output;

/// Run the cases of test files, and say which clauses of the policy no case depends on.
///
/// Ends with code 1 when a case fails, a file can't be read, or too few clauses are covered.
#[derive(clap::Args)]
#[command(after_help = FORMAT_HELP)]
pub(crate) struct Args {
    /// Test files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Fail when less than this part of the clauses decided a case, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Write a report for build servers to this file, in the XML of `JUnit`.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Run again whenever a test file or its policy changes, until Ctrl-C.
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Name the cases that pass, too.
    #[arg(long, short)]
    verbose: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const FORMAT_HELP: &str = "\
A test file:
  policy = \"policy.toml\"                   # beside the test file, or a shipped policy's name
  scopes = [\"region:n/ward:w7\"]            # all the scopes there are; without it, as written
  now = 1_700_000_000                      # Unix seconds; default 0

  [principals.ann]                         # id (default: the name), grants, tier, attributes,
  grants = [\"NURSE@ward:w7\"]               # tenants, expires_secs

  [[case]]
  name = \"a nurse reads in their ward\"
  principal = \"ann\"                        # a name, or a table
  request = { permission = \"record:read\", scope = \"ward:w7\" }
  expect = \"allow\"                         # or \"deny\"
  code = \"role_granted\"                    # optional, as are clause, missing, now and scopes
  clause = \"permissions.record:read\"

  [[table]]                                # exactly these permissions, and no other
  name = \"what a nurse may do in their ward\"
  principal = \"ann\"
  scope = \"ward:w7\"                        # or tenant
  allow = [\"record:read\"]                  # and apps = [\u{2026}]";

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    if args.watch {
        return Ok(watch::run(&args.files, || once(args)));
    }
    once(args).map(|passed| {
        if passed {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    })
}

/// A test file and what came of it.
struct Ran {
    suite: Suite,
    judged: Vec<Judged>,
}

impl Ran {
    fn failed(&self) -> usize {
        self.judged.iter().filter(|one| !one.passed()).count()
    }
}

/// Everything that came of a run.
struct Outcome {
    ran: Vec<Ran>,
    /// Files that couldn't be read, each with a sentence.
    broken: Vec<(PathBuf, String)>,
    /// By policy.
    coverage: Vec<(String, Coverage)>,
}

impl Outcome {
    fn passed(&self, min_coverage: Option<u8>) -> bool {
        let is_covered = |coverage: &Coverage| coverage.percent() >= min_coverage.unwrap_or(0);
        self.broken.is_empty()
            && self.ran.iter().all(|one| one.failed() == 0)
            && self.coverage.iter().all(|(_, one)| is_covered(one))
    }
}

/// Runs all files once; whether everything passed.
fn once(args: &Args) -> Result<bool, String> {
    let mut outcome = Outcome {
        ran: Vec::new(),
        broken: Vec::new(),
        coverage: Vec::new(),
    };
    for path in &args.files {
        match Suite::read(path) {
            Ok(suite) => run_suite(suite, &mut outcome),
            Err(problem) => outcome.broken.push((path.clone(), problem)),
        }
    }
    for (_, problem) in &outcome.broken {
        output::problem(problem);
    }
    if args.json {
        output::line(&report::to_json(&outcome));
    } else {
        output::text(&report::to_text(&outcome, args.verbose, args.min_coverage));
    }
    if let Some(path) = &args.junit {
        output::file(path, &junit::write(&outcome, args.min_coverage))?;
    }
    Ok(outcome.passed(args.min_coverage))
}

fn run_suite(suite: Suite, outcome: &mut Outcome) {
    let key = suite.policy_key();
    if !outcome.coverage.iter().any(|(known, _)| *known == key) {
        outcome
            .coverage
            .push((key.clone(), Coverage::new(&suite.source)));
    }
    let judged = judge::all(&suite);
    if let Some((_, coverage)) = outcome.coverage.iter_mut().find(|(known, _)| *known == key) {
        for (case, judged) in suite.cases.iter().zip(&judged) {
            coverage.note(&suite.source.policy, &case.request, &judged.told);
        }
    }
    outcome.ran.push(Ran { suite, judged });
}
