//! `portcullis record`.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use portcullis_core::json;
use portcullis_core::policy::Policy;
use portcullis_issue::random::random_id;
use portcullis_service::catalog::{MAX_PROPERTIES_BYTES, Refused, Registered, checked};
use portcullis_service::{AuditEvent, AuditStatus};
use portcullis_store::{Row, Statement, audit, catalog};
use serde_json::{Map, Value, json};

use crate::database::Sqlite;
use crate::host::{SystemEntropy, now_ms};
use crate::policy;
use crate::unread::unread;
use crate::user::Target;

/// Records written in one transaction.
const CHUNK: usize = 500;
/// Rows read at a time by `list`.
const PAGE: u32 = 500;
/// Longest line, in bytes: the properties, and room for the rest.
const MAX_LINE_BYTES: usize = MAX_PROPERTIES_BYTES * 2;
/// Wrong lines that are told.
const MAX_TOLD: usize = 20;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Register records from a file of JSON lines, `{"type": …, "id": …, "properties": {…}}`; `-` is
    /// standard input. Records that are there already are replaced. Nothing is written when a line
    /// is wrong.
    Import {
        /// The file.
        file: PathBuf,
        /// Policy that says which fields records have: a file, or the name of a shipped one.
        #[arg(long, default_value = "field-ops", env = "PORTCULLIS_POLICY")]
        policy: String,
        #[command(flatten)]
        target: Target,
    },
    /// List the records of a type as JSON lines, in order of their ids; `import` reads them back.
    List {
        /// The type.
        #[arg(value_name = "TYPE")]
        kind: String,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Forget a record.
    Remove {
        /// Its type.
        #[arg(value_name = "TYPE")]
        kind: String,
        /// Its id.
        id: String,
        #[command(flatten)]
        target: Target,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::Import {
            file,
            policy,
            target,
        } => import(file, &policy::load(policy)?, target),
        Command::List { kind, db } => list(kind, db),
        Command::Remove { kind, id, target } => remove(kind, id, target),
    }
}

fn import(file: &Path, policy: &Policy, target: &Target) -> Result<(), String> {
    let text = read(file)?;
    let name = file.display();
    let now_ms = now_ms();
    let mut records = Vec::new();
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match parse(line, policy, now_ms) {
            Ok(record) => records.push(record),
            Err(problem) => wrong.push(format!("{name}:{number}: {problem}")),
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(MAX_TOLD);
        wrong.truncate(MAX_TOLD);
        if more > 0 {
            wrong.push(format!("and {more} more"));
        }
        return Err(format!("nothing was written:\n{}", wrong.join("\n")));
    }
    let mut done = 0;
    for chunk in records.chunks(CHUNK) {
        let mut statements: Vec<Statement> = chunk.iter().flat_map(catalog::put).collect();
        statements.push(audit::add(&event(
            "record.import",
            &[("count", json!(chunk.len()))],
        )));
        target.change(&statements)?;
        done += chunk.len();
        progress(done, records.len());
    }
    eprintln!("{done} records of {name}");
    Ok(())
}

fn progress(done: usize, all: usize) {
    if std::io::stderr().is_terminal() && done < all {
        eprint!("{done} of {all}\r");
    }
}

fn read(file: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("`{}`: {}", file.display(), unread(&error));
    if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read.map(|_| text).map_err(told);
    }
    std::fs::read_to_string(file).map_err(told)
}

fn parse(line: &str, policy: &Policy, now_ms: i64) -> Result<Registered, String> {
    let mut members: Map<String, Value> =
        json::parse_object(line.as_bytes(), MAX_LINE_BYTES).map_err(|error| error.to_string())?;
    let mut text = |name: &str| match members.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(format!("`{name}` isn't a text")),
    };
    let (kind, id) = (text("type")?, text("id")?);
    let Some(Value::Object(properties)) = members.remove("properties") else {
        return Err("`properties` isn't an object".to_owned());
    };
    if let Some(name) = members.keys().next() {
        return Err(format!(
            "there is no member `{name}`; there are: type, id, properties"
        ));
    }
    let properties = checked(policy, &kind, &id, properties)
        .map_err(|refused| refusal(policy, &kind, refused))?;
    Ok(Registered {
        kind,
        id,
        properties,
        updated_at_ms: now_ms,
    })
}

fn refusal(policy: &Policy, kind: &str, refused: Refused) -> String {
    if let Refused::Record(problem) = refused {
        return problem.to_string();
    }
    let known = policy.resources().iter().map(|one| one.name.as_str());
    let known: Vec<_> = known.collect();
    format!(
        "the policy has no type of record `{kind}`; there are: {}",
        known.join(", ")
    )
}

fn list(kind: &str, db: &Path) -> Result<(), String> {
    let database = Sqlite::open_existing(db)?;
    let mut out = std::io::stdout().lock();
    let mut after = String::new();
    loop {
        let rows = database.read(&catalog::list(kind, &after, PAGE))?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let record = told(row)?;
            after.clone_from(&record.id);
            let line = json!({
                "type": record.kind, "id": record.id, "properties": record.properties,
            });
            if writeln!(out, "{line}").is_err() {
                return Ok(()); // the reader has enough
            }
        }
    }
}

fn told(row: &Row) -> Result<Registered, String> {
    catalog::record(row).map_err(|error| error.to_string())
}

fn remove(kind: &str, id: &str, target: &Target) -> Result<(), String> {
    let event = event("record.remove", &[("type", json!(kind)), ("id", json!(id))]);
    if target.change(&catalog::remove(kind, id, &event))? {
        Ok(())
    } else {
        Err(format!("there is no record `{id}` of the type `{kind}`"))
    }
}

/// An audit record of what an operator does.
fn event(action: &str, fields: &[(&str, Value)]) -> AuditEvent {
    let field = |(name, value): &(&str, Value)| ((*name).to_owned(), value.clone());
    let mut members: Map<String, Value> = fields.iter().map(field).collect();
    members.insert("by".to_owned(), "operator".into());
    AuditEvent {
        id: 0,
        at_ms: now_ms(),
        action: action.to_owned(),
        status: AuditStatus::Ok,
        user_id: None,
        scope: None,
        request_id: random_id(&mut SystemEntropy),
        latency_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        fields: members,
    }
}
