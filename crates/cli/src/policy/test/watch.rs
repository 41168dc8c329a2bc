//! Runs again when a file changes.

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::super::output;
use super::file::files_of;

/// How often files are looked at. Looking works on every file system, also on those that tell
/// nobody of changes.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// What a file looked like.
type Stamp = (PathBuf, Option<(SystemTime, u64)>);

/// Runs now and after every change, until the process is ended.
pub(super) fn run(files: &[PathBuf], once: impl Fn() -> Result<bool, String>) -> ExitCode {
    loop {
        // Taken before the run: what changes during it makes another one.
        let stamps = stamps(files);
        if let Err(problem) = once() {
            output::problem(&problem);
        }
        output::line("\nwaiting for changes; Ctrl-C ends");
        wait_for_change(files, &stamps);
    }
}

fn wait_for_change(files: &[PathBuf], known: &[Stamp]) {
    let mut last = stamps(files);
    loop {
        sleep(LOOK_EVERY);
        let seen = stamps(files);
        // Editors write in several steps: wait until two looks see the same.
        if seen == last && seen != known {
            return;
        }
        last = seen;
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let all = files.iter().flat_map(|file| files_of(file));
    all.map(|file| {
        let seen = std::fs::metadata(&file)
            .and_then(|metadata| Ok((metadata.modified()?, metadata.len())));
        (file, seen.ok())
    })
    .collect()
}
