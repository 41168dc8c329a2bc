//! The file of a segment: written, and read back before anything is deleted.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;

use portcullis_service::audit::chain::{AuditChain, link, link_text};

use super::super::checkpoint::Signing;
use super::super::verify::file::{self, Header};
use super::super::verify::{Kind, Trust};
use super::Range;

/// Records read at a time.
const PAGE: u32 = 1_000;

/// Writes the file, checking each record on the way: what was tampered with isn't sealed.
pub(super) fn write(
    path: &Path,
    header: &Header,
    range: &Range,
    signing: &Signing,
) -> Result<u64, String> {
    let told = |error: std::io::Error| format!("`{}`: {error}", path.display());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Like the database, for its owner alone.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = BufWriter::new(options.open(path).map_err(told)?);
    let written = records(&mut out, header, range, signing);
    let synced = written.and_then(|count| {
        let file = out.into_inner().map_err(|error| told(error.into_error()))?;
        file.sync_all().map_err(told)?;
        Ok(count)
    });
    if synced.is_err() {
        let _ = std::fs::remove_file(path);
    }
    synced
}

fn records(
    out: &mut impl Write,
    header: &Header,
    range: &Range,
    signing: &Signing,
) -> Result<u64, String> {
    let told = |error: std::io::Error| error.to_string();
    let first = serde_json::to_string(header).map_err(|error| error.to_string())?;
    writeln!(out, "{first}").map_err(told)?;
    let (mut last, mut after, mut count) = (range.start, range.first - 1, 0);
    while after < range.last {
        let page = signing.wait(signing.store.chain_records(after, PAGE))?;
        if page.is_empty() {
            break;
        }
        for record in page.iter().filter(|record| record.id <= range.last) {
            let text = record.canonical();
            last = link(&last, &text);
            let line = file::line(&text, &link_text(&last));
            out.write_all(line.as_bytes()).map_err(told)?;
            count += 1;
        }
        after = page.last().map_or(range.last, |record| record.id);
    }
    if last == range.end {
        Ok(count)
    } else {
        Err("the audit log isn't whole, and was left as it is; `portcullis audit verify` says where".to_owned())
    }
}

/// Makes sure that what is on the disk is what may be deleted from the database.
pub(super) fn read_back(path: &Path, records: u64) -> Result<(), String> {
    let checked = file::check(path, &mut Trust::default(), || ())?;
    // Numbers that were left out were left out; the log says so, and goes on.
    let mut findings = checked.findings.kept().iter();
    match findings.find(|finding| finding.kind != Kind::Gap) {
        None if checked.records == records => Ok(()),
        None => Err(format!(
            "`{}` isn't whole; nothing was deleted",
            path.display()
        )),
        Some(finding) => Err(format!(
            "`{}`: {finding}; nothing was deleted",
            path.display()
        )),
    }
}
