//! Sealing a log on D1: read from a dump, changed by a file of SQL.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use portcullis_service::AuditEvent;
use portcullis_service::audit::chain::{AuditChain, NewSegment};
use portcullis_store::audit::seal::{Sealed, seal};

use super::super::checkpoint::Signing;
use super::{Seal, Source};
use crate::database::Sqlite;

/// Opens a dump and the keys in it.
///
/// # Errors
/// A sentence: the file of SQL is there already, the dump can't be read, has records without links, or no key
/// of it opens with the secret.
pub(super) fn open(dump: &Path, sql: &Path, secret: Option<&str>) -> Result<Source, String> {
    if sql.exists() {
        return Err(format!(
            "`{}` is there already; nothing is ever written over",
            sql.display()
        ));
    }
    let secret =
        secret.ok_or("the keys of a dump open with the worker's PORTCULLIS_SECRET alone")?;
    let database = Sqlite::from_dump(dump)?;
    let signing = Signing::of_dump(&database, secret)?;
    let head = signing.wait(signing.store.chain_head())?;
    if head.upto < head.newest {
        return Err(
            "the dump has records without a link, from before there was a chain; the worker makes \
             their links by itself, so export it again in an hour"
                .to_owned(),
        );
    }
    Ok(Source { database, signing })
}

/// Writes what D1 is to do, one statement a line.
///
/// # Errors
/// A sentence; then the segment's file is of no use.
pub(super) fn write(
    args: &Seal,
    path: &Path,
    new: &NewSegment,
    event: &AuditEvent,
) -> Result<(), String> {
    let told = |error: std::io::Error| {
        format!(
            "`{}`: {error}; remove `{}` and try again",
            path.display(),
            args.to.display()
        )
    };
    let sealed = match (args.keep, args.unsent) {
        (true, _) => Sealed::Kept,
        (false, true) => Sealed::Deleted,
        (false, false) => Sealed::DeletedOnceSent,
    };
    let mut text = String::new();
    for statement in seal(new, sealed, event) {
        text.push_str(&statement.to_sql_text()?);
        text.push('\n');
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(told)?;
    file.write_all(text.as_bytes()).map_err(told)?;
    file.sync_all().map_err(told)?;
    eprintln!(
        "keep `{to}`; `npx wrangler d1 execute DB --remote --file {sql}` has D1 remember it{and_delete}. If the log \
         has been altered since the dump, nothing happens there: export it again, and `portcullis audit \
         verify --dump NEW --segment {to}` says whether it took",
        to = args.to.display(),
        sql = path.display(),
        and_delete = if args.keep {
            ""
        } else {
            " and delete its records"
        },
    );
    Ok(())
}
