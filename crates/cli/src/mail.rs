//! `portcullis mail`: what waits to be handed on, and what nobody tries any more.

use std::path::PathBuf;

use portcullis_service::audit::to_rfc3339;
use portcullis_store::{Row, Statement, mail_commands};

use crate::database::Sqlite;
use crate::host::now_ms;
use crate::operator;

/// Most mails listed.
const MOST: u32 = 1000;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List mail that waits and mail that nobody tries any more, without what it says.
    List {
        /// Only mail that nobody tries any more.
        #[arg(long)]
        dead: bool,
        /// Print JSON, one mail a line.
        #[arg(long)]
        json: bool,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
    /// Hand mail on at once that waits or was given up, such as after the receiver was away. What a
    /// link in it opens must still be open: of mail that was over, nothing is kept to send.
    Retry {
        /// Ids of mails.
        ids: Vec<String>,
        /// All that can be.
        #[arg(long, conflicts_with = "ids", required_unless_present = "ids")]
        all: bool,
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::List { dead, json, db } => list(&Sqlite::open_existing(db)?, *dead, *json),
        Command::Retry { ids, all, db } => retry(&Sqlite::open_existing(db)?, ids, *all),
    }
}

fn list(database: &Sqlite, only_dead: bool, as_json: bool) -> Result<(), String> {
    let rows = database.read(&mail_commands::list(only_dead, MOST))?;
    for row in &rows {
        let text = if as_json { json(row) } else { line(row) };
        println!("{}", text.map_err(|error| error.to_string())?);
    }
    if rows.is_empty() {
        eprintln!("there is none");
    }
    Ok(())
}

fn state(row: &Row) -> Result<&'static str, portcullis_service::StoreError> {
    let is_dead = row.optional_integer("dead_at_ms")?.is_some();
    let is_kept = row.flag("is_kept")?;
    Ok(match (is_dead, is_kept) {
        (false, _) => "waiting",
        (true, true) => "dead",
        (true, false) => "over",
    })
}

fn line(row: &Row) -> Result<String, portcullis_service::StoreError> {
    Ok(format!(
        "{}\t{}\t{}\tto {}\twritten {}\tattempts {}\t{}",
        row.text("id")?,
        state(row)?,
        row.text("kind")?,
        row.text("recipient")?,
        to_rfc3339(row.integer("created_at_ms")?),
        row.integer("attempts")?,
        row.optional_text("last_error")?.as_deref().unwrap_or("-"),
    ))
}

fn json(row: &Row) -> Result<String, portcullis_service::StoreError> {
    let dead_at_ms = row.optional_integer("dead_at_ms")?;
    let value = serde_json::json!({
        "id": row.text("id")?,
        "state": state(row)?,
        "kind": row.text("kind")?,
        "to": row.text("recipient")?,
        "userId": row.text("user_id")?,
        "createdAt": to_rfc3339(row.integer("created_at_ms")?),
        "expiresAt": to_rfc3339(row.integer("expires_at_ms")?),
        "deadAt": dead_at_ms.map(to_rfc3339),
        "attempts": row.integer("attempts")?,
        "error": row.optional_text("last_error")?,
    });
    Ok(value.to_string())
}

fn retry(database: &Sqlite, ids: &[String], all: bool) -> Result<(), String> {
    let now_ms = now_ms();
    let wanted: Vec<Option<&str>> = if all {
        vec![None]
    } else {
        ids.iter().map(|id| Some(id.as_str())).collect()
    };
    let mut retried = 0;
    for id in wanted {
        let fields = id.map(|id| ("mail", id.into()));
        let event = operator::event("mail.retry", fields.as_slice());
        let accept = |results: &[Vec<Row>], _: &dyn Fn(&Statement) -> Result<Vec<Row>, String>| {
            let count = results.first().map_or(0, Vec::len);
            // Nothing done leaves no record either.
            (count > 0).then_some(count).ok_or_else(String::new)
        };
        let count = match database.write_if(&mail_commands::retry(id, now_ms, &event), accept) {
            Ok(count) => count,
            Err(problem) if !problem.is_empty() => return Err(problem),
            Err(_) => match id {
                None => 0,
                Some(id) => {
                    return Err(format!(
                        "there is no mail `{id}` that could be handed on: `portcullis mail list` shows \
                         what there is; one that is over is asked for again by whoever it was for"
                    ));
                }
            },
        };
        retried += count;
    }
    eprintln!("{retried} are handed on by the server that runs, within seconds");
    Ok(())
}
