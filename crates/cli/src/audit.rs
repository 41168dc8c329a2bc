//! `portcullis audit`.

use std::io::Write;
use std::path::PathBuf;

use portcullis_service::audit::{DEFAULT_ENTERPRISE_NUMBER, to_rfc3339, to_rfc5424};
use portcullis_service::{AuditEvent, Store};
use portcullis_store::SqlStore;
use serde_json::json;

use crate::database::Sqlite;

/// Events read at a time.
const PAGE: u32 = 1000;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Write the audit log, oldest first, one event a line.
    Export(Export),
}

#[derive(clap::Args)]
pub(crate) struct Export {
    /// Form of a line.
    #[arg(long, value_enum, default_value = "rfc5424")]
    format: Format,
    /// Only events with a higher number: the last one of the export before.
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// Host name in RFC 5424 lines.
    #[arg(long, default_value = "-")]
    hostname: String,
    /// Private enterprise number in RFC 5424 lines.
    #[arg(long, default_value_t = DEFAULT_ENTERPRISE_NUMBER)]
    enterprise: u32,
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// A dump to read instead, as `wrangler d1 export DB --remote --output FILE` writes it.
    #[arg(long)]
    dump: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Structured syslog (RFC 5424).
    Rfc5424,
    /// JSON.
    Jsonl,
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    let Command::Export(args) = command;
    let database = match &args.dump {
        Some(dump) => Sqlite::from_dump(dump)?,
        None => Sqlite::open_existing(&args.db)?,
    };
    let store = SqlStore::new(database);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    let mut out = std::io::stdout().lock();
    let mut after = args.after;
    loop {
        let page = runtime
            .block_on(store.audit_page(after, PAGE))
            .map_err(|error| error.to_string())?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        for event in &page {
            let line = match args.format {
                Format::Rfc5424 => to_rfc5424(event, &args.hostname, args.enterprise),
                Format::Jsonl => to_json(event),
            };
            if writeln!(out, "{line}").is_err() {
                return Ok(()); // the reader has enough
            }
        }
    }
}

fn to_json(event: &AuditEvent) -> String {
    json!({
        "id": event.id,
        "at": to_rfc3339(event.at_ms),
        "action": event.action,
        "status": event.status.as_str(),
        "userId": event.user_id,
        "scope": event.scope,
        "requestId": event.request_id,
        "latencyMs": event.latency_ms,
        "ipAddress": event.ip_address,
        "userAgent": event.user_agent,
        "fields": event.fields,
    })
    .to_string()
}
