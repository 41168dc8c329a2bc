//! `portcullis policy`, and where the server's policy comes from.

#[macro_use]
mod output;

mod check;
mod diff;
mod explain;
mod format;
mod lint;
mod matrix;
mod model;
mod snippet;
mod source;
mod sql;
mod test;
mod types;

use std::process::ExitCode;

use portcullis_core::policy::Policy;

use source::Source;

/// Published with the core, whose tests hold it against its reader.
const SCHEMA: &str = include_str!("../../../core/policy.schema.json");

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Check policy files: errors with line and column, then warnings about what is likely a mistake.
    Check(check::Args),
    /// Print who may do what as a table, in Markdown or as one HTML page.
    Matrix(matrix::Args),
    /// Decide one request and say why, with the clause quoted.
    Explain(explain::Args),
    /// Run the cases of test files, and say which clauses of the policy no case depends on.
    Test(test::Args),
    /// Print TypeScript types of the names in a policy, so that a misspelt one doesn't compile.
    Types(types::Args),
    /// Say who gains and who loses what between two policies.
    Diff(diff::Args),
    /// Print the SQL predicate of the rows on which a principal may act.
    Sql(sql::Args),
    /// Lay policy files out in the one style, keeping comments and meaning.
    Fmt(format::Args),
    /// Print a policy in the JSON form that pages take.
    Json {
        /// A file, or the name of a shipped policy.
        policy: String,
    },
    /// Print the JSON Schema of the JSON form (draft 2020-12).
    Schema,
}

/// Runs the command; what goes wrong is said on standard error.
///
/// Ends with 0, with 1 for an error, a failed test or a difference, and with 2 for denied warnings.
pub(crate) fn run(command: &Command) -> ExitCode {
    let outcome = match command {
        Command::Check(args) => check::run(args),
        Command::Matrix(args) => matrix::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Test(args) => test::run(args),
        Command::Types(args) => types::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Sql(args) => sql::run(args),
        Command::Fmt(args) => return format::run(args),
        Command::Json { policy } => load(policy).map(|policy| {
            output::line(&policy.document().to_json());
            ExitCode::SUCCESS
        }),
        Command::Schema => {
            output::line(SCHEMA.trim_end());
            Ok(ExitCode::SUCCESS)
        }
    };
    outcome.unwrap_or_else(|problem| {
        output::problem(&problem);
        ExitCode::FAILURE
    })
}

/// What is likely a mistake in a policy, a sentence each.
pub(crate) fn warnings(policy: &Policy) -> Vec<String> {
    let findings = lint::findings(policy).into_iter();
    findings
        .filter(|one| one.severity() == lint::Severity::Warning)
        .map(|one| format!("{} [{}]", one.message, one.code()))
        .collect()
}

/// Reads a policy file, or a shipped policy by name.
///
/// # Errors
/// A sentence: no such file, or `file:line:column: what is wrong`.
pub(crate) fn load(name: &str) -> Result<Policy, String> {
    Source::read(name)
        .map(|source| source.policy)
        .map_err(|refusal| refusal.to_string())
}
