//! Where rows go: a database, a copy of it, or standard output as SQL.

use std::path::{Path, PathBuf};

use portcullis_issue::random::random_id;
use portcullis_store::{Row as Stored, Statement, audit, import};

use super::Args;
use super::chunk::{Chunk, Key, Outcome, Plan};
use super::source::{Source, Stage};
use crate::database::Sqlite;
use crate::host::SystemEntropy;
use crate::operator;

/// Longest statement that D1 takes, in bytes.
const MAX_D1_STATEMENT_BYTES: usize = 100_000;

/// Where an import begins.
pub(super) struct Begin {
    pub(super) stage: Stage,
    pub(super) position: i64,
}

/// Where rows go.
pub(super) struct Place {
    /// `None` prints.
    database: Option<Sqlite>,
    is_dry: bool,
    /// The copy that a dry run leaves nothing of.
    copy: Option<Copy>,
}

impl Place {
    /// Opens the database, making it where there is none; or a copy of it for a dry run.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn open(args: &Args) -> Result<Self, String> {
        if args.sql {
            return Ok(Self {
                database: None,
                is_dry: false,
                copy: None,
            });
        }
        if !args.dry_run {
            return Ok(Self {
                database: Some(Sqlite::open(&args.db)?),
                is_dry: false,
                copy: None,
            });
        }
        let copy = Copy::new(&args.db)?;
        Ok(Self {
            database: Some(Sqlite::open(&copy.path)?),
            is_dry: true,
            copy: Some(copy),
        })
    }

    /// Where the import of a source begins.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn begin_at(&self, source: &Source, resume: bool) -> Result<Begin, String> {
        let beginning = Begin {
            stage: Stage::User,
            position: 0,
        };
        let Some(database) = self.database.as_ref().filter(|_| resume) else {
            return Ok(beginning);
        };
        let rows = database.read(&import::progress(source.fingerprint()))?;
        let Some(row) = rows.first() else {
            eprintln!("no import of this file was interrupted; beginning with its first row");
            return Ok(beginning);
        };
        let told = |error: portcullis_service::StoreError| error.to_string();
        let position = row.integer("position").map_err(told)?;
        let stage = match row.text("stage").map_err(told)?.as_str() {
            "account" => Stage::Account,
            "session" => Stage::Session,
            "user" => Stage::User,
            // It went through before: what is there is found again.
            _ => return Ok(beginning),
        };
        eprintln!("going on behind row {position} of `{}`", stage.name());
        Ok(Begin { stage, position })
    }

    /// Stores a group of rows, and where the import stands then, in one transaction.
    ///
    /// # Errors
    /// A sentence; with `strict` also for a row that is left out, and nothing is stored then.
    pub(super) fn store(
        &mut self,
        source: &Source,
        chunk: &Chunk,
        strict: bool,
        now_ms: i64,
    ) -> Result<Vec<Outcome>, String> {
        let Some(database) = &self.database else {
            return print(chunk, strict);
        };
        let mut statements = Vec::new();
        let mut places = Vec::new();
        for (_, row) in chunk.rows() {
            places.push(statements.len());
            if let Plan::Write(own, _) = &row.plan {
                statements.extend(own.iter().cloned());
            }
        }
        statements.push(record(source, chunk));
        let stage = chunk.stage().name();
        statements.push(import::advance(
            source.fingerprint(),
            stage,
            chunk.end(),
            now_ms,
        ));
        if strict {
            for (position, row) in chunk.rows() {
                if let Plan::Skip(reason) = &row.plan {
                    return Err(refusal(chunk, *position, &row.id, reason));
                }
            }
            return store_strictly(database, chunk, &statements, &places);
        }
        let results = database.write(&statements)?;
        outcomes(chunk, &places, &results, &|one| database.read(one))
    }

    /// Remembers that everything was read, and does away with a dry run's copy.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn finish(&mut self, source: &Source, now_ms: i64) -> Result<(), String> {
        if let Some(database) = &self.database {
            database.write(&[import::advance(source.fingerprint(), "done", 0, now_ms)])?;
        }
        if self.is_dry {
            self.database = None;
            self.copy = None;
        }
        Ok(())
    }
}

/// A transaction that is taken back when one of its rows was left out.
fn store_strictly(
    database: &Sqlite,
    chunk: &Chunk,
    statements: &[Statement],
    places: &[usize],
) -> Result<Vec<Outcome>, String> {
    database.write_if(statements, |results, read| {
        let outcomes = outcomes(chunk, places, results, read)?;
        for ((position, row), outcome) in chunk.rows().iter().zip(&outcomes) {
            if let Outcome::Skipped(reason) = outcome {
                return Err(refusal(chunk, *position, &row.id, reason));
            }
        }
        Ok(outcomes)
    })
}

fn refusal(chunk: &Chunk, position: i64, id: &str, reason: &str) -> String {
    format!(
        "row {position} of `{}`, `{id}`: {reason}; without `--strict` it is left out and the others \
         are imported",
        chunk.stage().name()
    )
}

/// Reads while a transaction is open, or after it.
type Read<'a> = dyn Fn(&Statement) -> Result<Vec<Stored>, String> + 'a;

fn outcomes(
    chunk: &Chunk,
    places: &[usize],
    results: &[Vec<Stored>],
    read: &Read<'_>,
) -> Result<Vec<Outcome>, String> {
    let each = chunk.rows().iter().zip(places);
    each.map(|((_, row), place)| match &row.plan {
        Plan::Skip(reason) => Ok(Outcome::Skipped(reason.clone())),
        Plan::Write(..) if results.get(*place).is_some_and(|rows| !rows.is_empty()) => {
            Ok(Outcome::Imported)
        }
        Plan::Write(_, key) => why_not(key, read),
    })
    .collect()
}

/// Why a row found something in its way.
fn why_not(key: &Key, read: &Read<'_>) -> Result<Outcome, String> {
    let text = |row: &Stored, column| row.text(column).map_err(|error| error.to_string());
    let owner = |statement: &Statement| {
        let rows = read(statement)?;
        rows.first().map(|row| text(row, "user_id")).transpose()
    };
    let of_user = |id: &str| read(&import::users_like(id, "")).map(|rows| rows.into_iter().next());
    let skipped = |reason: String| Ok(Outcome::Skipped(reason));
    match key {
        Key::User { id, email } => {
            for row in read(&import::users_like(id, email))? {
                let found = text(&row, "id")?;
                if found == *id {
                    return Ok(Outcome::Unchanged);
                }
                if text(&row, "email")? == *email {
                    return skipped(format!("the account `{found}` has its address `{email}`"));
                }
            }
            skipped("its id or address was taken meanwhile".to_owned())
        }
        Key::Password { user_id } => match of_user(user_id)? {
            Some(row) if import::has_password(&row) => Ok(Outcome::Unchanged),
            Some(_) => skipped("its account has changed meanwhile".to_owned()),
            None => skipped(no_user(user_id)),
        },
        Key::Outside {
            user_id,
            provider,
            account_id,
        } => match owner(&import::outside_account_owner(provider, account_id))? {
            Some(found) if found == *user_id => Ok(Outcome::Unchanged),
            Some(found) => skipped(format!(
                "the account `{found}` has this account of `{provider}`"
            )),
            None => match of_user(user_id)? {
                Some(_) => skipped("another account has its id".to_owned()),
                None => skipped(no_user(user_id)),
            },
        },
        Key::Session {
            user_id,
            token_hash,
        } => match (
            owner(&import::session_owner(token_hash))?,
            of_user(user_id)?,
        ) {
            (Some(found), _) if found == *user_id => Ok(Outcome::Unchanged),
            (Some(_), _) => skipped("another account has a session with its token".to_owned()),
            (None, Some(row)) if import::is_disabled(&row) => {
                skipped("its account is disabled".to_owned())
            }
            (None, Some(_)) => skipped("another session has its id".to_owned()),
            (None, None) => skipped(no_user(user_id)),
        },
    }
}

fn no_user(user_id: &str) -> String {
    format!("its user `{user_id}` isn't there")
}

/// Prints a group as SQL; what is in its way there can't be known here.
fn print(chunk: &Chunk, strict: bool) -> Result<Vec<Outcome>, String> {
    let mut outcomes = Vec::new();
    for (position, row) in chunk.rows() {
        let printed = match &row.plan {
            Plan::Skip(reason) => Err(reason.clone()),
            Plan::Write(statements, _) => {
                let texts: Result<Vec<_>, _> = statements
                    .iter()
                    .map(|one| one.without_rows().to_sql_text())
                    .collect();
                texts.and_then(|texts| {
                    let is_long = texts.iter().any(|text| text.len() > MAX_D1_STATEMENT_BYTES);
                    if is_long {
                        return Err("it is longer than a statement of D1 may be".to_owned());
                    }
                    for text in &texts {
                        println!("{text}");
                    }
                    Ok(())
                })
            }
        };
        match printed {
            Ok(()) => outcomes.push(Outcome::Imported),
            Err(reason) if strict => return Err(refusal(chunk, *position, &row.id, &reason)),
            Err(reason) => outcomes.push(Outcome::Skipped(reason)),
        }
    }
    Ok(outcomes)
}

/// The audit record of a group.
fn record(source: &Source, chunk: &Chunk) -> Statement {
    let first = chunk.rows().first().map_or(0, |(position, _)| *position);
    let fields = [
        ("table", chunk.stage().name().into()),
        ("source", source.fingerprint().into()),
        ("first", first.into()),
        ("last", chunk.end().into()),
    ];
    let event = operator::event("account.import", &fields);
    audit::add(&event)
}

/// A copy of a database, deleted when it is dropped.
struct Copy {
    path: PathBuf,
}

impl Copy {
    fn new(db: &Path) -> Result<Self, String> {
        let suffix: String = random_id(&mut SystemEntropy).chars().take(8).collect();
        let path = db.with_extension(format!("dry-run-{suffix}"));
        let copy = Self { path };
        if db.exists() {
            Sqlite::copy(db, &copy.path)?;
        }
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            // Not there is as good as gone.
            let _ = std::fs::remove_file(name);
        }
    }
}
