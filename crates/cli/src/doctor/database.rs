//! The database's file, its soundness, its migrations, and room on the disk.

use std::path::Path;

use portcullis_store::{MIGRATIONS, Statement};

use super::Findings;
use super::configuration::owner_alone;
use crate::database::{self, Sqlite};

/// Below this much room, writing is likely to fail soon.
const LITTLE_BYTES: u64 = 100 << 20;
/// Below this much room, it is time to look.
const FEW_BYTES: u64 = 1 << 30;

/// Opens the database to read, when it can be.
pub(super) fn look(db: &Path, findings: &mut Findings) -> Option<Sqlite> {
    const CHECK: &str = "database";
    if !db.exists() {
        findings.warn(
            CHECK,
            format!("there is no `{}` yet", db.display()),
            "`portcullis serve` makes one; `--db` or PORTCULLIS_DB names another",
        );
        return None;
    }
    owner_alone(CHECK, db, findings);
    let opened = Sqlite::reading(db).and_then(|one| {
        let rows = one.read(&Statement::new("PRAGMA quick_check(1)", Vec::new()))?;
        let found = rows.first().map(|row| row.text("quick_check"));
        let found = found.and_then(Result::ok).unwrap_or_default();
        Ok((one, found))
    });
    let advice = "stop the server, keep the file, and make a new one with `portcullis restore --from BACKUP`";
    let database = match opened {
        Ok((database, found)) if found == "ok" => database,
        Ok((_, found)) => {
            findings.fail(CHECK, format!("it is damaged: {found}"), advice);
            return None;
        }
        Err(error) => {
            findings.fail(CHECK, error, advice);
            return None;
        }
    };
    findings.ok(CHECK, format!("`{}` is sound", db.display()));
    migrations(db, findings);
    Some(database)
}

/// Reads a dump, when it is whole.
pub(super) fn look_at_dump(dump: &Path, findings: &mut Findings) -> Option<Sqlite> {
    const CHECK: &str = "database";
    let found = Sqlite::from_dump(dump).and_then(|one| {
        let sql = "SELECT name FROM d1_migrations ORDER BY id";
        let rows = one.read(&Statement::new(sql, Vec::new()))?;
        let names = rows.iter().map(|row| row.text("name"));
        let names = names.collect::<Result<Vec<_>, _>>();
        Ok((one, names.map_err(|error| error.to_string())?))
    });
    match found {
        Ok((database, applied)) => {
            findings.ok(CHECK, format!("`{}` is whole", dump.display()));
            let advice = "`npx wrangler d1 migrations apply DB --remote`, before the worker of this version is deployed";
            compare_migrations(&applied, advice, findings);
            Some(database)
        }
        Err(problem) => {
            findings.fail(
                CHECK,
                problem,
                "`npx wrangler d1 export DB --remote --output FILE`",
            );
            None
        }
    }
}

fn migrations(db: &Path, findings: &mut Findings) {
    let advice = "`portcullis backup`, then `portcullis migrate apply`; `portcullis serve` does it when it starts";
    match database::applied_migrations(db) {
        Ok(applied) => compare_migrations(&applied, advice, findings),
        Err(problem) => findings.fail("migrations", problem, ""),
    }
}

fn compare_migrations(applied: &[String], pending_advice: &str, findings: &mut Findings) {
    const CHECK: &str = "migrations";
    if let Err(problem) = database::check_known(applied) {
        let advice = "run the version that changed it, or restore a backup from before";
        return findings.fail(CHECK, problem, advice);
    }
    let pending: Vec<_> = MIGRATIONS
        .iter()
        .filter(|one| !applied.iter().any(|name| name == one.name))
        .map(|one| one.name)
        .collect();
    if pending.is_empty() {
        findings.ok(CHECK, format!("all {} are applied", applied.len()));
    } else {
        findings.fail(
            CHECK,
            format!("{} are pending: {}", pending.len(), pending.join(", ")),
            pending_advice,
        );
    }
}

/// Room where the database is.
pub(super) fn disk(db: &Path, findings: &mut Findings) {
    const CHECK: &str = "disk";
    let folder = db.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Some(free) = free_bytes(folder.unwrap_or_else(|| Path::new("."))) else {
        return;
    };
    let text = format!("{} MiB are free", free >> 20);
    let advice = "make room: without it nobody can sign in, because every sign-in is recorded";
    if free < LITTLE_BYTES {
        findings.fail(CHECK, text, advice);
    } else if free < FEW_BYTES {
        findings.warn(CHECK, text, advice);
    } else {
        findings.ok(CHECK, text);
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
