//! What became of the rows, for the person at the terminal.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::chunk::{Chunk, Outcome};
use super::source::Stage;

/// Rows that are told one by one without `--report`.
const TOLD: usize = 20;
/// How often it is told how far things are.
const PROGRESS_MS: i64 = 1000;

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    imported: u64,
    unchanged: u64,
    skipped: u64,
}

/// What became of the rows so far.
pub(super) struct Report {
    counts: BTreeMap<Stage, Counts>,
    notes: BTreeMap<String, u64>,
    told: Vec<String>,
    file: Option<File>,
    last_ms: i64,
}

impl Report {
    /// An empty report, which writes rows that are left out to a file as well; after an
    /// interruption, behind those that are in it.
    ///
    /// # Errors
    /// A sentence: the file can't be made.
    pub(super) fn new(path: Option<&Path>, resume: bool) -> Result<Self, String> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options
                .create(true)
                .write(true)
                .append(resume)
                .truncate(!resume);
            options
                .open(path)
                .map_err(|error| format!("`{}`: {error}", path.display()))
        };
        Ok(Self {
            counts: BTreeMap::new(),
            notes: BTreeMap::new(),
            told: Vec::new(),
            file: path.map(open).transpose()?,
            last_ms: 0,
        })
    }

    /// Adds a group of rows.
    ///
    /// # Errors
    /// A sentence: the file can't be written.
    pub(super) fn add(&mut self, chunk: &Chunk, outcomes: &[Outcome]) -> Result<(), String> {
        let counts = self.counts.entry(chunk.stage()).or_default();
        let table = chunk.stage().name();
        for ((position, row), outcome) in chunk.rows().iter().zip(outcomes) {
            match outcome {
                Outcome::Imported => counts.imported += 1,
                Outcome::Unchanged => counts.unchanged += 1,
                Outcome::Skipped(reason) => {
                    counts.skipped += 1;
                    if self.told.len() < TOLD {
                        let line = format!("{table} row {position} `{}`: {reason}", row.id);
                        self.told.push(line);
                    }
                    let line =
                        json!({ "table": table, "row": position, "id": row.id, "reason": reason });
                    if let Some(file) = &mut self.file {
                        writeln!(file, "{line}").map_err(|error| format!("report: {error}"))?;
                    }
                    continue;
                }
            }
            for note in &row.notes {
                *self.notes.entry(note.clone()).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Tells how far things are, once a second.
    pub(super) fn progress(&mut self, stage: Stage, now_ms: i64) {
        if now_ms - self.last_ms < PROGRESS_MS {
            return;
        }
        if self.last_ms > 0 {
            let counts = self.counts.get(&stage).copied().unwrap_or_default();
            let rows = counts.imported + counts.unchanged + counts.skipped;
            eprintln!("{}: {rows} rows", stage.name());
        }
        self.last_ms = now_ms;
    }

    /// How many rows were left out.
    pub(super) fn skipped(&self) -> u64 {
        self.counts.values().map(|counts| counts.skipped).sum()
    }

    /// Tells everything, on standard error where standard output has the SQL.
    pub(super) fn print(&self, is_dry: bool, is_sql: bool) {
        let mut lines = Vec::new();
        let verb = if is_dry {
            "would be imported"
        } else if is_sql {
            "printed"
        } else {
            "imported"
        };
        for (stage, counts) in &self.counts {
            let Counts {
                imported,
                unchanged,
                skipped,
            } = counts;
            lines.push(format!(
                "{:8} {imported} {verb}, {unchanged} there already, {skipped} left out",
                stage.name()
            ));
        }
        for (note, count) in &self.notes {
            lines.push(format!("note     {note} ({count})"));
        }
        for line in &self.told {
            lines.push(format!("left out {line}"));
        }
        let more = self.skipped().saturating_sub(self.told.len() as u64);
        if more > 0 {
            lines.push(format!(
                "left out {more} more; `--report FILE` writes them all"
            ));
        }
        if is_sql {
            eprintln!("{}", lines.join("\n"));
        } else {
            println!("{}", lines.join("\n"));
        }
    }
}
