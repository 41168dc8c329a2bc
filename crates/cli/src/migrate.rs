//! `portcullis migrate`: the tables of a database, from any earlier version to this one.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use portcullis_store::{MIGRATIONS, Migration};

use crate::database::{self, MIGRATIONS_TABLE, Sqlite};
use crate::unread::unread;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the changes of the schema, and which of them a database has had.
    Status(Of),
    /// Print the SQL of the changes that a database hasn't had, in order, with what records them.
    /// For D1: `npx wrangler d1 execute DB --remote --file FILE` runs it as one transaction.
    Plan(Of),
    /// Make the changes that a database file hasn't had, each in its own transaction. `serve` does the
    /// same when it starts; nothing happens when there are none.
    Apply {
        /// Database file; made when it isn't there.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Write one file for each change, with the names that `PORTCULLIS_TABLES` chooses, for the
    /// `migrations_dir` of a `wrangler.toml`; `npx wrangler d1 migrations apply DB --remote` applies
    /// them.
    Files {
        /// The directory; files that are there already aren't changed.
        dir: PathBuf,
    },
}

/// The database that is meant.
#[derive(clap::Args)]
pub(crate) struct Of {
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// What a D1 database has had, instead of a file's: the output of `npx wrangler d1 execute DB
    /// --remote --json --command "SELECT name FROM d1_migrations"`, or names, one a line; `-` reads
    /// standard input. An empty file is a new database.
    #[arg(long, value_name = "FILE")]
    applied: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::Status(of) => status(of),
        Command::Plan(of) => plan(of),
        Command::Apply { db } => apply(db),
        Command::Files { dir } => files(dir),
    }
}

fn status(of: &Of) -> Result<(), String> {
    let applied = of.applied()?;
    for migration in MIGRATIONS {
        let is_applied = applied.iter().any(|name| name == migration.name);
        let state = if is_applied { "applied" } else { "pending" };
        println!("{state}\t{}", migration.name);
    }
    database::check_known(&applied)?;
    match pending(&applied).count() {
        0 => eprintln!("nothing to do"),
        count => eprintln!(
            "{count} pending; `portcullis migrate apply --db FILE` applies them to SQLite, `portcullis \
             migrate plan --applied FILE` prints them for D1"
        ),
    }
    Ok(())
}

fn plan(of: &Of) -> Result<(), String> {
    let applied = of.applied()?;
    database::check_known(&applied)?;
    let tables = database::tables()?;
    let mut text = String::new();
    for migration in pending(&applied) {
        if text.is_empty() {
            text.push_str(MIGRATIONS_TABLE);
            text.push_str(";\n");
        }
        // Names of migrations are part of the program.
        let _ = write!(
            text,
            "\n-- {name}\n{sql}\nINSERT INTO d1_migrations (name) VALUES ('{name}');\n",
            name = migration.name,
            sql = tables.migration(migration).trim_end(),
        );
    }
    if text.is_empty() {
        eprintln!("nothing to do");
    }
    // A closed standard output is the reader's affair.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(())
}

fn apply(db: &Path) -> Result<(), String> {
    let before = if db.exists() {
        database::applied_migrations(db)?
    } else {
        Vec::new()
    };
    Sqlite::open(db)?.require_tables()?;
    for migration in pending(&before) {
        println!("applied\t{}", migration.name);
    }
    if pending(&before).next().is_none() {
        eprintln!("nothing to do");
    }
    Ok(())
}

fn files(dir: &Path) -> Result<(), String> {
    let tables = database::tables()?;
    std::fs::create_dir_all(dir).map_err(|error| format!("`{}`: {error}", dir.display()))?;
    for migration in MIGRATIONS {
        let path = dir.join(migration.name);
        let told = |error: std::io::Error| format!("`{}`: {error}", path.display());
        let text = tables.migration(migration);
        match std::fs::read_to_string(&path) {
            Ok(found) if found == text => continue,
            // A change that a database has had already isn't what this would say.
            Ok(_) => {
                return Err(format!(
                    "`{}` is there with other text, made with another PORTCULLIS_TABLES or by hand; write to \
                     an empty directory to compare",
                    path.display()
                ));
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(told(error)),
            Err(_) => std::fs::write(&path, text.as_bytes()).map_err(told)?,
        }
        println!("{}", path.display());
    }
    Ok(())
}

fn pending(applied: &[String]) -> impl Iterator<Item = &'static Migration> {
    MIGRATIONS
        .iter()
        .filter(|one| !applied.iter().any(|name| name == one.name))
}

impl Of {
    fn applied(&self) -> Result<Vec<String>, String> {
        let Some(path) = &self.applied else {
            return database::applied_migrations(&self.db);
        };
        let mut text = String::new();
        let read = if path.as_os_str() == "-" {
            std::io::stdin().read_to_string(&mut text).map(drop)
        } else {
            std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text).map(drop))
        };
        read.map_err(|error| format!("`{}`: {}", path.display(), unread(&error)))?;
        names(&text).map_err(|problem| format!("`{}`: {problem}", path.display()))
    }
}

/// Names of migrations in what wrangler printed, or one a line.
fn names(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    if !text.starts_with(['[', '{']) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        return lines
            .map(|line| match line.strip_suffix(".sql") {
                Some(_) => Ok(line.to_owned()),
                None => Err(format!("`{line}` isn't the name of a migration")),
            })
            .collect();
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    collect_names(&value, &mut found);
    if found.is_empty() && !text.contains("results") {
        return Err("it isn't what `wrangler d1 execute --json` prints".to_owned());
    }
    Ok(found)
}

/// The members `name` of all rows, however deep the output has them.
fn collect_names(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_names(item, found)),
        serde_json::Value::Object(members) => {
            for (member, value) in members {
                match value.as_str() {
                    Some(name) if member == "name" => found.push(name.to_owned()),
                    _ => collect_names(value, found),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_wranglers_output_and_in_lines() {
        let json = r#"[{"results":[{"name":"0001_a.sql"},{"name":"0002_b.sql"}],"success":true,
            "meta":{"duration":0.1,"served_by":"x"}}]"#;
        let expected = ["0001_a.sql", "0002_b.sql"];
        assert_eq!(names(json).unwrap(), expected);
        assert_eq!(names("0001_a.sql\n\n  0002_b.sql\n").unwrap(), expected);
        assert!(names("").unwrap().is_empty());
        assert!(
            names(r#"[{"results":[],"success":true}]"#)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_list_of_migrations_is_refused() {
        assert!(names("{}").is_err());
        assert!(names("[").is_err());
        assert!(names("no such table: d1_migrations").is_err());
    }
}
