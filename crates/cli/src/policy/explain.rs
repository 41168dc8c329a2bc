//! `portcullis policy explain`.

use std::path::Path;
use std::process::ExitCode;

use portcullis_core::decide::{Directory, Principal, Request, Subject, explain};
use portcullis_core::policy::Policy;
use portcullis_core::time::UnixSecs;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::output;
use super::snippet;
use super::source::Source;
use crate::host::now_ms;
use crate::unread::unread;

/// Decide one request and say why, with the clause quoted.
///
/// Ends with code 0 whether the request is allowed or denied.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file, or the name of a shipped policy.
    policy: String,
    /// Who asks, as JSON such as `{"id": "u1", "grants": ["NURSE@ward:w7"]}`, or `@` and a file.
    #[arg(long, value_name = "JSON|@FILE")]
    principal: String,
    /// What is asked, as JSON such as `{"permission": "record:read", "scope": "ward:w7"}`, or `@`
    /// and a file.
    #[arg(long, value_name = "JSON|@FILE")]
    request: String,
    /// Full paths of all the scopes there are, separated by commas; without it, scopes count as the
    /// request writes them.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// The time of the decision in Unix seconds; the clock's without it.
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    let source = Source::read(&args.policy).map_err(|refusal| refusal.to_string())?;
    let policy = &source.policy;
    let principal: Principal = read("--principal", &args.principal)?;
    let request: Request = read("--request", &args.request)?;
    let directory = directory(policy, args.scopes.as_deref());
    let now = args
        .now
        .or_else(|| u64::try_from(now_ms() / 1000).ok())
        .unwrap_or(0);
    let subject = Subject::compile(policy, &principal);
    let explanation = explain(policy, &subject, &request, &directory, UnixSecs::new(now));
    let answer = serde_json::to_value(&explanation).map_err(|error| error.to_string())?;
    if args.json {
        output::line(&answer.to_string());
    } else {
        output::text(&told(&source, &Told::of(&answer)));
    }
    Ok(ExitCode::SUCCESS)
}

/// A closed directory of these scopes; an open one without them.
pub(super) fn directory(policy: &Policy, scopes: Option<&[String]>) -> Directory {
    match scopes {
        Some(paths) => Directory::closed(policy, paths.iter().map(String::as_str)),
        None => Directory::open(),
    }
}

/// Reads an option's value: JSON, or `@` and the name of a file with it.
pub(super) fn read<T: DeserializeOwned>(option: &str, value: &str) -> Result<T, String> {
    let text = match value.strip_prefix('@') {
        None => value.to_owned(),
        Some(file) => std::fs::read_to_string(Path::new(file))
            .map_err(|error| format!("{option}: can't read `{file}`: {}", unread(&error)))?,
    };
    serde_json::from_str(&text).map_err(|error| {
        let place = if text.contains('\n') {
            String::new()
        } else {
            format!(" in `{text}`")
        };
        format!("{option}: {error}{place}")
    })
}

/// An explanation in words, read from its JSON form: what is printed is what machines get.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) allow: bool,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) clause: Option<Clause>,
    pub(super) granted_by: Option<String>,
    /// Each set as sentences such as `grant NURSE at ward:w7`.
    pub(super) missing: Vec<Vec<String>>,
    /// Whether `missing` lists every smallest set.
    pub(super) is_complete: bool,
    pub(super) ignored: Vec<String>,
}

/// The clause that decided.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) path: String,
    pub(super) at: Option<portcullis_core::policy::Position>,
}

impl Told {
    pub(super) fn of(answer: &Value) -> Self {
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or("");
        let sets = answer.get("missing").and_then(Value::as_array);
        let ignored = answer.get("ignoredGrants").and_then(Value::as_array);
        Self {
            allow: answer.get("allow") == Some(&json!(true)),
            code: text("code").to_owned(),
            message: text("message").to_owned(),
            clause: answer.get("clause").and_then(clause),
            granted_by: answer
                .get("grantedBy")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            missing: sets
                .into_iter()
                .flatten()
                .map(|set| set.as_array().into_iter().flatten().map(change).collect())
                .collect(),
            is_complete: answer.get("complete") != Some(&json!(false)),
            ignored: ignored.into_iter().flatten().map(ignored_grant).collect(),
        }
    }

    /// `allow` or `deny`.
    pub(super) const fn verdict(&self) -> &'static str {
        if self.allow { "allow" } else { "deny" }
    }
}

fn clause(value: &Value) -> Option<Clause> {
    let number = |name: &str| u32::try_from(value.get(name)?.as_u64()?).ok();
    Some(Clause {
        path: value.get("path")?.as_str()?.to_owned(),
        at: number("line").and_then(|line| {
            let column = number("column")?;
            Some(portcullis_core::policy::Position { line, column })
        }),
    })
}

/// One change in words: `grant NURSE at ward:w7`, `tier beta`, `renew`, `owner of tenant x`,
/// `record.owner_id == auth.id is true`.
pub(super) fn change(change: &Value) -> String {
    let text = |name: &str| change.get(name).and_then(Value::as_str).unwrap_or("");
    let or_global = |scope: &str| if scope.is_empty() { "global" } else { scope }.to_owned();
    match text("kind") {
        "grant" => format!("grant {} at {}", text("role"), or_global(text("scope"))),
        "tier" => format!("tier {}", text("tier")),
        "tenant" => format!("{} of tenant {}", text("as"), text("tenant")),
        "fact" => {
            let is = change.get("is").unwrap_or(&Value::Null);
            format!("{} is {is}", text("fact"))
        }
        kind => {
            // Kinds without words of their own say their members, in the order of their names.
            let members = change.as_object().into_iter().flatten();
            let rest: Vec<_> = members
                .filter(|(name, _)| *name != "kind")
                .map(|(name, value)| match value {
                    Value::String(text) => format!("{name} {text}"),
                    other => format!("{name} {other}"),
                })
                .collect();
            format!("{kind} {}", rest.join(", ")).trim_end().to_owned()
        }
    }
}

fn ignored_grant(ignored: &Value) -> String {
    let text = |name: &str| ignored.get(name).and_then(Value::as_str).unwrap_or("");
    format!("{} ({})", text("grant"), text("reason").replace('_', " "))
}

fn told(source: &Source, told: &Told) -> String {
    let mut text = format!("{}: {}\n{}\n", told.verdict(), told.code, told.message);
    if let Some(grant) = &told.granted_by {
        push!(text, "by the grant {grant}\n");
    }
    if let Some(clause) = &told.clause {
        push!(text, "\n{}: {}\n", source.place(clause.at), clause.path);
        text.push_str(&snippet::quote_clause(
            &source.text,
            &clause.path,
            clause.at,
            "",
        ));
    }
    if !told.missing.is_empty() {
        text.push_str("\nIt would be allowed after one of:\n");
        for set in &told.missing {
            push!(text, "  - {}\n", set.join(" and "));
        }
        if !told.is_complete {
            text.push_str("  and there may be other ways\n");
        }
    } else if !told.allow {
        text.push_str("\nNo change to the principal would allow it.\n");
    }
    if !told.ignored.is_empty() {
        let grants = told.ignored.join(", ");
        push!(text, "\nGrants that confer nothing here: {grants}\n");
    }
    text
}
