//! `portcullis audit push-status`.

use std::fmt::Write as _;
use std::path::PathBuf;

use portcullis_service::audit::{SinkState, to_rfc3339};
use portcullis_service::operation::waits_ms;
use portcullis_store::audit::push::{sink_state, sinks};

use crate::database::Sqlite;
use crate::host::now_ms;

/// Show how far receivers of audit records are: the last record that each has, how many wait and for how long,
/// and why telling it failed.
#[derive(clap::Args)]
pub(crate) struct PushStatus {
    /// Print JSON, one receiver a line.
    #[arg(long)]
    json: bool,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
}

pub(super) fn run(args: &PushStatus) -> Result<(), String> {
    let database = Sqlite::open_existing(&args.db)?;
    let rows = database.read(&sinks())?;
    for row in &rows {
        let sink = sink_state(row).map_err(|error| error.to_string())?;
        let text = if args.json { json(&sink) } else { line(&sink) };
        println!("{text}");
    }
    if rows.is_empty() {
        eprintln!(
            "no receiver was ever told anything; PORTCULLIS_AUDIT_SYSLOG and \
             PORTCULLIS_AUDIT_COLLECTOR_URL name them"
        );
    }
    Ok(())
}

fn line(sink: &SinkState) -> String {
    let taken = sink.taken_at_ms.map_or("never".to_owned(), to_rfc3339);
    let mut text = format!(
        "{}\thas records to {} of {}\tlast told {taken}",
        sink.name, sink.upto, sink.newest
    );
    if sink.waiting_since_ms.is_some() {
        let secs = waits_ms(sink, now_ms()) / 1000;
        // Writing to a String can't fail.
        let _ = write!(text, "\twaits for {secs} s");
    }
    if let Some(problem) = &sink.problem {
        let _ = write!(text, "\tfailed {} times: {problem}", sink.attempts);
    }
    text
}

fn json(sink: &SinkState) -> String {
    let value = serde_json::json!({
        "sink": sink.name,
        "upto": sink.upto,
        "newest": sink.newest,
        "waitingSince": sink.waiting_since_ms.map(to_rfc3339),
        "takenAt": sink.taken_at_ms.map(to_rfc3339),
        "failures": sink.attempts,
        "error": sink.problem,
    });
    value.to_string()
}
