//! `portcullis audit`.

mod checkpoint;
mod export;
mod push_status;
mod seal;
mod search;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use portcullis_service::AuditEvent;
use portcullis_service::audit::{CSV_HEADER, to_csv, to_json, to_rfc5424};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Write the audit log, oldest first, one event a line.
    Export(export::Export),
    /// Find audit records, latest first.
    Search(search::Search),
    /// Show how far receivers of audit records are.
    PushStatus(push_status::PushStatus),
    /// Verify the audit log: every record against its link, and the signed checkpoints.
    Verify(verify::Verify),
    /// Sign how far the audit log is, and print it for keeping elsewhere.
    Checkpoint(checkpoint::Checkpoint),
    /// Write the oldest records to a signed file, and delete them from the database.
    Seal(seal::Seal),
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Structured syslog (RFC 5424).
    Rfc5424,
    /// JSON.
    Jsonl,
    /// CSV with a first line of names (RFC 4180); what a spreadsheet would compute is made text.
    Csv,
}

/// How records are written.
struct Form<'a> {
    format: Format,
    hostname: &'a str,
    enterprise: u32,
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> ExitCode {
    let outcome = match command {
        Command::Export(args) => export::run(args),
        Command::Search(args) => search::run(args),
        Command::PushStatus(args) => push_status::run(args),
        Command::Verify(args) => return verify::run(args),
        Command::Checkpoint(args) => checkpoint::run(args),
        Command::Seal(args) => seal::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("portcullis: {problem}");
            ExitCode::FAILURE
        }
    }
}

impl Form<'_> {
    /// Writes what comes before all records; `false` when the reader has enough.
    fn begin(&self, out: &mut impl Write) -> bool {
        self.format != Format::Csv || write!(out, "{CSV_HEADER}\r\n").is_ok()
    }

    /// Writes a record as a line; `false` when the reader has enough.
    fn write(&self, out: &mut impl Write, event: &AuditEvent) -> bool {
        let written = match self.format {
            Format::Rfc5424 => {
                writeln!(out, "{}", to_rfc5424(event, self.hostname, self.enterprise))
            }
            Format::Jsonl => writeln!(out, "{}", to_json(event)),
            Format::Csv => write!(out, "{}\r\n", to_csv(event)),
        };
        written.is_ok()
    }
}
