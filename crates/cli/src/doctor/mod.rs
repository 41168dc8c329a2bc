//! `portcullis doctor`: what is wrong with a set-up, and what to do about it. It changes nothing.

mod audit;
mod configuration;
mod database;
mod keys;
mod time;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::serve;

/// Look a set-up through, with the flags and the environment of `serve`: settings, secrets, keys,
/// database, migrations, clock, policy, disk, mail and audit log, with advice for what is found.
///
/// Ends with code 1 when something is broken, and with `--strict` also when something is worth a look.
/// It changes nothing, and asks nobody over the network.
#[derive(clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    serve: serve::Args,
    /// A dump to look through instead of a database file, as `wrangler d1 export DB --remote --output FILE` writes it;
    /// with the worker's variables in the environment.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Let what is worth a look count as broken.
    #[arg(long)]
    strict: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// Worth a look.
    Warn,
    /// Broken.
    Fail,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was looked at: `configuration`, `secret`, ….
    pub(crate) check: &'static str,
    /// How it is.
    pub(crate) level: Level,
    /// What was found; no secrets.
    pub(crate) text: String,
    /// What to do about it; empty when nothing is to be done.
    pub(crate) advice: String,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, level: Level, text: impl Into<String>, advice: &str) {
        self.0.push(Finding {
            check,
            level,
            text: text.into(),
            advice: advice.to_owned(),
        });
    }

    pub(crate) fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Level::Ok, text, "");
    }

    pub(crate) fn warn(&mut self, check: &'static str, text: impl Into<String>, advice: &str) {
        self.add(check, Level::Warn, text, advice);
    }

    pub(crate) fn fail(&mut self, check: &'static str, text: impl Into<String>, advice: &str) {
        self.add(check, Level::Fail, text, advice);
    }
}

/// Looks at everything and prints what was found.
pub(crate) fn run(args: &Doctor) -> ExitCode {
    let findings = match &args.dump {
        Some(dump) => look_at_dump(&args.serve, dump),
        None => look(&args.serve),
    };
    if args.json {
        println!("{}", to_json(&findings));
    } else {
        findings.0.iter().for_each(print);
    }
    let worst = findings.0.iter().map(|one| one.level).max();
    let limit = if args.strict {
        Level::Warn
    } else {
        Level::Fail
    };
    if worst.is_some_and(|worst| worst >= limit) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn look(args: &serve::Args) -> Findings {
    let mut findings = Findings::default();
    let settings = configuration::look(args, &mut findings);
    configuration::policy(args, &mut findings);
    configuration::secret(args, &mut findings);
    let db: &Path = &args.db;
    if let Some(opened) = database::look(db, &mut findings) {
        time::look(db, &opened, &mut findings);
        keys::look(&opened, settings.as_ref(), &mut findings);
        audit::look(&opened, settings.as_ref(), &mut findings);
    }
    database::disk(db, &mut findings);
    findings
}

/// As [`look`], without what is of a file on this machine.
fn look_at_dump(args: &serve::Args, dump: &Path) -> Findings {
    let mut findings = Findings::default();
    let settings = configuration::look(args, &mut findings);
    configuration::policy(args, &mut findings);
    // Without the worker's secret, whether its keys open can't be told.
    let settings = settings.filter(|_| args.secret.is_some());
    if settings.is_some() {
        configuration::secret(args, &mut findings);
    } else {
        findings.warn(
            "secret",
            "it isn't given, so whether it opens the keys isn't known",
            "set PORTCULLIS_SECRET to the worker's",
        );
    }
    if let Some(opened) = database::look_at_dump(dump, &mut findings) {
        keys::look(&opened, settings.as_ref(), &mut findings);
        audit::look(&opened, settings.as_ref(), &mut findings);
    }
    findings
}

fn print(finding: &Finding) {
    println!(
        "{:4}  {}: {}",
        finding.level.as_str(),
        finding.check,
        finding.text
    );
    if !finding.advice.is_empty() {
        println!("      {}", finding.advice);
    }
}

fn to_json(findings: &Findings) -> Value {
    let is_ok = !findings.0.iter().any(|one| one.level == Level::Fail);
    let each = findings.0.iter().map(|one| {
        json!({
            "check": one.check,
            "level": one.level.as_str(),
            "text": one.text,
            "advice": one.advice,
        })
    });
    json!({ "ok": is_ok, "findings": each.collect::<Vec<_>>() })
}
