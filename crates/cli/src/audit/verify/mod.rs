//! `portcullis audit verify`: whether the audit log is what was written.

pub(crate) mod file;
mod finding;
mod signed;
mod source;
#[cfg(test)]
mod tests;
mod walk;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::unread::unread;
pub(crate) use finding::Kind;
use finding::{Findings, Of};
use signed::Segment;
pub(crate) use signed::Trust;
use source::Source;
use walk::Walk;

/// Exit code when something is wrong with the log.
const FOUND: u8 = 1;
/// Exit code when it couldn't be read.
const UNREAD: u8 = 2;
/// How often progress is told to a terminal.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Verify the audit log: every record against its link, every link against the one before it, and the
/// signed checkpoints.
///
/// Finds what was altered, removed, put in, moved or cut off, and says where. Exit code 0: the log is whole;
/// 1: it isn't; 2: it couldn't be read.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// Database file; it isn't changed, and a server may be using it.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// A dump to read instead, as `wrangler d1 export DB --remote --output FILE` writes it.
    #[arg(long)]
    dump: Option<PathBuf>,
    /// A segment that `audit seal` wrote; may be given several times. Verified with the database, or alone with
    /// `--segments-only`.
    #[arg(long, value_name = "FILE")]
    segment: Vec<PathBuf>,
    /// Verify the segments without a database.
    #[arg(long, requires = "segment", conflicts_with = "dump")]
    segments_only: bool,
    /// Id of a key that may sign, which is its thumbprint; may be given several times. Without it the keys
    /// beside the checkpoints are taken as they are, and whoever can write the database could have put them there.
    #[arg(long, value_name = "KID", allow_hyphen_values = true)]
    trusted_key: Vec<String>,
    /// Copies of checkpoints that were kept elsewhere, as `audit checkpoint` prints them, one a line.
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was verified and found.
struct Report {
    records: u64,
    last_id: i64,
    checkpoints: usize,
    segments: usize,
    files: usize,
    findings: Findings,
}

/// Runs the command.
pub(crate) fn run(args: &Verify) -> ExitCode {
    let mut trust = Trust::default();
    trust.trusted.extend(args.trusted_key.iter().cloned());
    match verify(args, &mut trust) {
        Ok(report) => {
            // A closed standard output is the reader's affair; the exit code tells.
            let _ = tell(&report, &trust, args.json);
            if report.findings.count() == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(FOUND)
            }
        }
        Err(problem) => {
            eprintln!("portcullis: {problem}");
            ExitCode::from(UNREAD)
        }
    }
}

fn verify(args: &Verify, trust: &mut Trust) -> Result<Report, String> {
    let mut report = Report {
        records: 0,
        last_id: 0,
        checkpoints: 0,
        segments: 0,
        files: args.segment.len(),
        findings: Findings::default(),
    };
    let files = files(&args.segment, trust, &mut report)?;
    if args.segments_only {
        return Ok(report);
    }
    let source = match &args.dump {
        Some(dump) => Source::dump(dump)?,
        None => Source::open(&args.db)?,
    };
    let segments = source.segments()?;
    compare_files(&files, &segments, &mut report.findings);
    let checkpoints = source.checkpoints()?;
    let mut points = trust.segments(&segments, &mut report.findings);
    let given = source.given("audit_checkpoint")?;
    points.extend(trust.checkpoints(&checkpoints, given, &mut report.findings));
    if let Some(path) = &args.checkpoints {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("`{}`: {}", path.display(), unread(&error)))?;
        // One that was never written would vouch for any log.
        if text.trim().is_empty() {
            return Err(format!("`{}` holds no checkpoint", path.display()));
        }
        points.extend(trust.copies(&text, &mut report.findings));
    }
    (report.checkpoints, report.segments) = (checkpoints.len(), segments.len());
    let mut progress = Progress::new(source.count()?);
    let mut walk = Walk::new(points);
    source.each(|entry| {
        walk.push(entry);
        progress.step();
    })?;
    progress.end();
    let (found, records, last_id) = walk.finish(source.given("audit")?);
    report.findings.append(found);
    report.records += records;
    report.last_id = last_id;
    Ok(report)
}

/// Checks files of segments, and that each takes up where the one before it ended.
fn files(
    paths: &[PathBuf],
    trust: &mut Trust,
    report: &mut Report,
) -> Result<Vec<Segment>, String> {
    let mut segments: Vec<Segment> = Vec::new();
    for path in paths {
        let mut progress = Progress::new(0);
        let checked = file::check(path, trust, || progress.step())?;
        progress.end();
        report.records += checked.records;
        report.findings.append_of(checked.findings, &name(path));
        segments.extend(checked.segment);
    }
    segments.sort_by_key(|segment| segment.claims.first);
    for pair in segments.windows(2) {
        let [one, next] = pair else { continue };
        if next.claims.first != one.claims.last.saturating_add(1)
            || next.claims.start != one.claims.end
        {
            let detail = "the segment before it ends elsewhere";
            report
                .findings
                .add(Of::Segment, next.claims.last, Kind::NoBeginning, detail);
        }
    }
    Ok(segments)
}

/// A file must be the one that the database remembers.
fn compare_files(files: &[Segment], stored: &[Segment], findings: &mut Findings) {
    for file in files {
        let of = stored
            .iter()
            .find(|segment| segment.claims.last == file.claims.last);
        if of.is_none_or(|segment| segment.claims != file.claims) {
            let detail = "the database remembers another segment";
            findings.add(Of::Segment, file.claims.last, Kind::SignedAltered, detail);
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn tell(report: &Report, trust: &Trust, is_json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let findings = &report.findings;
    let is_pinned = !trust.trusted.is_empty();
    if is_json {
        let value = json!({
            "whole": findings.count() == 0,
            "records": report.records,
            "lastId": report.last_id,
            "checkpoints": report.checkpoints,
            "segments": report.segments,
            "files": report.files,
            "keys": trust.seen,
            "pinned": is_pinned,
            "found": findings.count(),
            "findings": findings.kept(),
        });
        return writeln!(out, "{value}");
    }
    for finding in findings.kept() {
        writeln!(out, "{finding}")?;
    }
    let kept = findings.kept().len() as u64;
    if findings.count() > kept {
        writeln!(out, "and {} more", findings.count() - kept)?;
    }
    let verdict = match findings.count() {
        0 => "whole".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    writeln!(
        out,
        "{verdict}: {} records up to {}, {} checkpoints, {} segments",
        report.records, report.last_id, report.checkpoints, report.segments
    )?;
    for key in &trust.seen {
        let advice = if is_pinned {
            ""
        } else {
            "\tnot pinned: `--trusted-key` says that it is yours"
        };
        writeln!(out, "signed by\t{key}{advice}")?;
    }
    Ok(())
}

/// Tells a person at a terminal how far it is.
struct Progress {
    all: u64,
    done: u64,
    told: Instant,
    is_shown: bool,
}

impl Progress {
    fn new(all: u64) -> Self {
        Self {
            all,
            done: 0,
            told: now(),
            is_shown: std::io::stderr().is_terminal(),
        }
    }

    fn step(&mut self) {
        self.done += 1;
        if self.is_shown && self.done.is_multiple_of(4_096) && self.told.elapsed() >= PROGRESS_EVERY
        {
            self.told = now();
            if self.all > 0 {
                eprint!("\r{} of {}", self.done, self.all);
            } else {
                eprint!("\r{}", self.done);
            }
        }
    }

    fn end(&self) {
        if self.is_shown && self.done >= 4_096 {
            eprint!("\r\x1b[K");
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "progress on a terminal is told by the clock"
)]
fn now() -> Instant {
    Instant::now()
}
