//! `portcullis keys`: the ring of signing keys in an operator's hands.

use std::path::PathBuf;

use portcullis_issue::keyring::{
    DEFAULT_ACTIVE_SECS, DEFAULT_PREPUBLISH_SECS, DEFAULT_RETIRED_KEEP_SECS, KeyRecord, KeyState,
};
use portcullis_issue::sealed::secret_version;
use portcullis_issue::secret::Secrets;
use portcullis_service::audit::to_rfc3339;
use portcullis_service::{Store, keys};
use portcullis_store::{SqlStore, Statement, key_commands};

use crate::database::Sqlite;
use crate::host::{SystemEntropy, make_key, now_ms};
use crate::{operator, secret};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the signing keys: which one signs, which one follows, until when retired ones are
    /// published, and under which version of the secret each is sealed.
    List {
        /// Database file.
        #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
        db: PathBuf,
        /// A dump to read instead, as `wrangler d1 export DB --remote --output FILE` writes it.
        #[arg(long)]
        dump: Option<PathBuf>,
    },
    /// Let the next key sign from now on; the one before stays published until everything that it
    /// signed is over. The server does this by itself every 30 days.
    Rotate {
        /// Also when the next key has been published for less than a day: verifiers that keep their
        /// key set refuse what it signs until they load it again.
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Give a key up. The one that signs makes place for the next one and stays published for seven
    /// days; with `--now`, any key is gone at once, and what it signed no longer verifies: for a key
    /// that somebody else may have, or that doesn't open any more.
    Retire {
        /// The key's id.
        // One in sixty-four begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Take it out at once.
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Seal private keys under the newest secret, so that older ones can be taken out. The server
    /// does this by itself when it starts, and every hour.
    Reseal {
        #[command(flatten)]
        target: Target,
    },
}

/// Where a change goes, and what opens the keys there.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// Database file.
    #[arg(long, default_value = "portcullis.sqlite", env = "PORTCULLIS_DB")]
    db: PathBuf,
    /// Server secrets, as `serve` takes them. Default: the file beside the database.
    #[arg(long, env = "PORTCULLIS_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Print the change as SQL instead, for `wrangler d1 execute DB --file`; the worker makes the key
    /// that is to follow within an hour.
    #[arg(long)]
    sql: bool,
}

/// Runs the command.
///
/// # Errors
/// A sentence.
pub(crate) fn run(command: &Command) -> Result<(), String> {
    match command {
        Command::List { db, dump } => list(&match dump {
            Some(dump) => Sqlite::from_dump(dump)?,
            None => Sqlite::open_existing(db)?,
        }),
        Command::Rotate { now, target } => rotate(*now, target),
        Command::Retire { kid, now, target } => retire(kid, *now, target),
        Command::Reseal { target } => reseal(target),
    }
}

fn list(database: &Sqlite) -> Result<(), String> {
    let records = records(database)?;
    if records.is_empty() {
        println!("there are no signing keys yet; `portcullis serve` makes them");
        return Ok(());
    }
    for record in &records {
        let version = secret_version(&record.sealed_private);
        let version = version.map_or_else(|_| "?".to_owned(), |version| version.to_string());
        println!(
            "{}\t{}\tmade {}\tsecret {version}\t{}",
            record.kid(),
            record.state.name(),
            time(record.created_secs),
            ahead(record),
        );
    }
    Ok(())
}

/// What happens to a key next by itself.
fn ahead(record: &KeyRecord) -> String {
    match record.state {
        KeyState::Active { since_secs } => {
            format!("signs until {}", time(since_secs + DEFAULT_ACTIVE_SECS))
        }
        KeyState::Next => {
            let from_secs = record.created_secs + DEFAULT_PREPUBLISH_SECS;
            format!("may sign from {}", time(from_secs))
        }
        KeyState::Retired { since_secs } => {
            format!(
                "published until {}",
                time(since_secs + DEFAULT_RETIRED_KEEP_SECS)
            )
        }
    }
}

fn rotate(is_forced: bool, target: &Target) -> Result<(), String> {
    let now_secs = now_secs();
    let made_before_secs = if is_forced {
        now_secs
    } else {
        now_secs.saturating_sub(DEFAULT_PREPUBLISH_SECS)
    };
    let event = operator::event("key.rotate", &[]);
    let statements = key_commands::rotate(made_before_secs, now_secs, &event);
    if target.sql {
        return print(&statements);
    }
    let database = Sqlite::open_existing(&target.db)?;
    if !is_forced {
        check_next(&records(&database)?, now_secs)?;
    }
    let results = database.write(&statements)?;
    let signing = results.get(1).and_then(|rows| rows.first());
    let kid = signing
        .ok_or("the ring has changed meanwhile; look at `portcullis keys list` and try again")?
        .text("kid")
        .map_err(|error| error.to_string())?;
    maintain(&database, target)?;
    eprintln!("`{kid}` signs from now on; servers that run take it within a minute");
    Ok(())
}

/// A token that nobody can verify yet is worse than a key that signs on for a day.
fn check_next(records: &[KeyRecord], now_secs: u64) -> Result<(), String> {
    let next = records.iter().find(|record| record.state == KeyState::Next);
    let next =
        next.ok_or("there is no next key yet; `portcullis serve` makes it when it starts")?;
    let from_secs = next.created_secs + DEFAULT_PREPUBLISH_SECS;
    if now_secs >= from_secs {
        return Ok(());
    }
    Err(format!(
        "the next key `{}` is published since {} and may sign from {}, when every verifier has loaded it; \
         `--now` doesn't wait",
        next.kid(),
        time(next.created_secs),
        time(from_secs),
    ))
}

fn retire(kid: &str, at_once: bool, target: &Target) -> Result<(), String> {
    let now_secs = now_secs();
    let event = operator::event("key.remove", &[("kid", kid.into())]);
    let statements = key_commands::remove(kid, now_secs, &event);
    if target.sql && at_once {
        return print(&statements);
    }
    if target.sql {
        return Err("which state a key of D1 is in isn't known here: `portcullis keys rotate --sql` \
                    retires the one that signs, `portcullis keys retire KID --now --sql` takes any out"
            .to_owned());
    }
    let database = Sqlite::open_existing(&target.db)?;
    let records = records(&database)?;
    let record = records
        .iter()
        .find(|record| record.kid() == kid)
        .ok_or_else(|| format!("there is no key `{kid}`; `portcullis keys list` lists them"))?;
    if at_once {
        database.write(&statements)?;
        eprintln!("`{kid}` is gone; what it signed no longer verifies");
        // Fails when another key doesn't open either, and says which.
        return maintain(&database, target);
    }
    match record.state {
        KeyState::Active { .. } => rotate(false, target),
        KeyState::Next => Err(format!(
            "`{kid}` hasn't signed anything yet; `--now` puts another one in its place"
        )),
        KeyState::Retired { since_secs } => Err(format!(
            "`{kid}` is retired, and published until {}, for what it signed; `--now` takes it out at once",
            time(since_secs + DEFAULT_RETIRED_KEEP_SECS)
        )),
    }
}

fn reseal(target: &Target) -> Result<(), String> {
    if target.sql {
        return Err(
            "private keys are sealed again by the worker itself, within an hour after its \
                    secret has a newer version"
                .to_owned(),
        );
    }
    let database = Sqlite::open_existing(&target.db)?;
    maintain(&database, target)?;
    list(&database)
}

/// Makes the key that is to follow, and whatever else the ring needs by now.
fn maintain(database: &Sqlite, target: &Target) -> Result<(), String> {
    let text = secret::load(target.secret.as_deref(), &target.db)?;
    let secrets = Secrets::parse(&text).map_err(|error| format!("PORTCULLIS_SECRET: {error}"))?;
    let store = SqlStore::new(database.clone());
    let mut entropy = SystemEntropy;
    let work = keys::maintain(&store, &secrets, &mut entropy, make_key, now_secs());
    runtime()?
        .block_on(work)
        .map_err(|fault| fault.to_string())?;
    Ok(())
}

/// The stored keys.
///
/// # Errors
/// A sentence.
pub(crate) fn records(database: &Sqlite) -> Result<Vec<KeyRecord>, String> {
    let store = SqlStore::new(database.clone());
    let keys = runtime()?.block_on(store.signing_keys());
    keys.map_err(|error| error.to_string())
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())
}

fn print(statements: &[Statement]) -> Result<(), String> {
    for statement in statements {
        println!("{}", statement.without_rows().to_sql_text()?);
    }
    Ok(())
}

fn time(secs: u64) -> String {
    to_rfc3339(i64::try_from(secs.saturating_mul(1000)).unwrap_or(i64::MAX))
}

fn now_secs() -> u64 {
    u64::try_from(now_ms() / 1000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Command;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    #[test]
    fn a_key_id_may_begin_with_hyphens() {
        for line in [
            ["keys", "retire", "-2ZK", "--now"],
            ["keys", "retire", "-h2K", "--now"],
            ["keys", "retire", "--2K", "--now"],
            ["keys", "retire", "--now", "-h2K"],
        ] {
            let parsed = Line::try_parse_from(line).map(|line| line.command);
            let Ok(Command::Retire { kid, now, .. }) = parsed else {
                panic!("{line:?} isn't understood");
            };
            assert!(now && line.contains(&kid.as_str()), "{line:?}");
        }
    }
}
