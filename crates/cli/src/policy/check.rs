//! `portcullis policy check`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::lint::{self, Finding, Severity};
use super::output::{self, count};
use super::source::{Refusal, Source};

/// The exit code when warnings are denied.
const DENIED: u8 = 2;

/// Check policy files: errors with line and column, then warnings about what is likely a mistake.
///
/// Errors end with code 1. Warnings never change what a policy means; `--deny` makes them end with
/// code 2.
#[derive(clap::Args)]
#[command(after_help = lint::CODES_HELP)]
pub(crate) struct Args {
    /// Files, or names of shipped policies.
    #[arg(required = true)]
    policies: Vec<String>,
    /// `warnings`, or the code of one kind of warning or note; may be given several times.
    #[arg(long, value_name = "CODE")]
    deny: Vec<String>,
    /// The code of a kind of warning that isn't wanted; may be given several times.
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,
    /// Say what is worth knowing, too, without being a likely mistake.
    #[arg(long)]
    notes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What came of one file.
struct Checked {
    name: String,
    outcome: Result<(Source, Vec<Finding>), Refusal>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    for code in args.deny.iter().chain(&args.allow) {
        let is_warnings = code == "warnings" && args.deny.contains(code);
        if !is_warnings && !lint::is_code(code) {
            return Err(format!("there is no warning `{code}`; {}", lint::codes()));
        }
    }
    let checked: Vec<_> = args.policies.iter().map(|name| check(name, args)).collect();
    if args.json {
        output::line(&to_json(&checked));
    } else {
        checked.iter().for_each(print);
    }
    let findings = || {
        let sound = checked.iter().filter_map(|one| one.outcome.as_ref().ok());
        sound.flat_map(|(_, findings)| findings)
    };
    Ok(if checked.iter().any(|one| one.outcome.is_err()) {
        ExitCode::FAILURE
    } else if findings().any(|finding| is_denied(finding, args)) {
        ExitCode::from(DENIED)
    } else {
        ExitCode::SUCCESS
    })
}

fn is_denied(finding: &Finding, args: &Args) -> bool {
    args.deny.iter().any(|code| {
        code == finding.code() || (code == "warnings" && finding.severity() == Severity::Warning)
    })
}

fn check(name: &str, args: &Args) -> Checked {
    let outcome = Source::read(name).map(|source| {
        let mut findings = lint::findings(&source.policy);
        findings.retain(|finding| {
            let is_wanted = args.notes || finding.severity() == Severity::Warning;
            let is_denied = is_denied(finding, args);
            (is_wanted || is_denied) && !args.allow.iter().any(|code| code == finding.code())
        });
        (source, findings)
    });
    Checked {
        name: name.to_owned(),
        outcome,
    }
}

fn print(checked: &Checked) {
    let (source, findings) = match &checked.outcome {
        Ok(sound) => sound,
        Err(refusal) => return output::problem(&refusal.to_string()),
    };
    for finding in findings {
        let place = source.place(finding.at);
        let (severity, code) = (finding.severity().as_str(), finding.code());
        output::line(&format!(
            "{place}: {severity}: {} [{code}]",
            finding.message
        ));
    }
    let policy = &source.policy;
    let mut parts = vec![
        count(policy.roles().len(), "role"),
        count(policy.permissions().len(), "permission"),
        count(policy.tiers().len(), "tier"),
        count(policy.apps().len(), "app"),
    ];
    if !policy.resources().is_empty() {
        parts.push(count(policy.resources().len(), "resource"));
        parts.push(count(policy.rules().len(), "rule"));
    }
    for severity in [Severity::Warning, Severity::Note] {
        let found = findings.iter().filter(|one| one.severity() == severity);
        let number = found.count();
        if number > 0 {
            parts.push(count(number, severity.as_str()));
        }
    }
    output::line(&format!("{}: ok, {}", checked.name, parts.join(", ")));
}

fn to_json(checked: &[Checked]) -> String {
    let files: Vec<_> = checked.iter().map(file_to_json).collect();
    let ok = checked.iter().all(|one| one.outcome.is_ok());
    json!({ "ok": ok, "files": files }).to_string()
}

fn file_to_json(checked: &Checked) -> Value {
    match &checked.outcome {
        Err(refusal) => json!({
            "file": checked.name,
            "ok": false,
            "error": {
                "code": refusal.code,
                "message": refusal.message,
                "line": refusal.position.map(|at| at.line),
                "column": refusal.position.map(|at| at.column),
            },
        }),
        Ok((source, findings)) => json!({
            "file": checked.name,
            "ok": true,
            "name": source.policy.name(),
            "version": source.policy.document().version,
            "roles": source.policy.roles().len(),
            "permissions": source.policy.permissions().len(),
            "tiers": source.policy.tiers().len(),
            "apps": source.policy.apps().len(),
            "resources": source.policy.resources().len(),
            "rules": source.policy.rules().len(),
            "findings": findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
        }),
    }
}
