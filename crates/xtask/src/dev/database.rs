//! The local D1 database: its migrations and its first administrator.

use std::{
    env,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{Site, random};
use crate::{
    build::native,
    error::{Result, TaskError},
    fingerprint::{Fingerprint, Stamp, wall_clock},
    paths,
    process::run,
    step::Step,
};

/// The binding's name in wrangler.toml.
const DATABASE: &str = "DB";
const MIGRATIONS: &str = "crates/store/migrations";
const EMAIL: &str = "PORTCULLIS_ADMIN_EMAIL";
const PASSWORD: &str = "PORTCULLIS_ADMIN_PASSWORD";
const DEFAULT_EMAIL: &str = "admin@portcullis.local";
/// Put around the statements: wrangler doesn't say what a local one changed.
const COUNT: &str = "SELECT total_changes() AS rows_changed;";

/// Who may sign in to a new database.
#[derive(Debug)]
pub(crate) struct Administrator {
    /// The address to sign in with.
    pub(crate) email: String,
    /// The password if it was made here, `None` if it was given.
    pub(crate) password: Option<String>,
}

/// Applies the migrations that this database hasn't had yet.
///
/// # Errors
/// When wrangler refuses one.
pub(crate) fn migrate(site: &Site<'_>, step: &Step) -> Result<()> {
    let print = Fingerprint::new(&[DATABASE]).tree(&paths::root().join(MIGRATIONS));
    // Beside the database, so that a deleted database is migrated again.
    let stamp = Stamp::at(site.state.join("portcullis-migrations"));
    if stamp.is_current(&print, &[site.state.join("v3/d1")]) {
        step.detail("migrations unchanged");
        return Ok(());
    }
    let began = wall_clock();
    let mut apply = site.wrangler(&["d1", "migrations", "apply", DATABASE, "--local"]);
    run(&mut apply, "d1-migrations", step)?
        .or_fail("the database refused a migration; see the lines above")?;
    step.detail("migrations applied");
    stamp.record(&print, began)
}

/// Creates the first administrator if the database has no user.
///
/// # Errors
/// When the address or password is refused, or the database is.
pub(crate) fn first_administrator(site: &Site<'_>, step: &Step) -> Result<Option<Administrator>> {
    let marker = site.state.join("portcullis-has-users");
    if marker.is_file() {
        step.detail("there are users already");
        return Ok(None);
    }
    let given = env::var(PASSWORD).ok().filter(|text| !text.is_empty());
    let made = if given.is_none() {
        Some(random::password()?)
    } else {
        None
    };
    let email = env::var(EMAIL)
        .ok()
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| DEFAULT_EMAIL.to_owned());
    let password = given.or_else(|| made.clone()).unwrap_or_default();
    let sql = statements(&email, &password, step)?;
    let created = execute(site, &sql, step)?;
    paths::write(&marker, b"")?;
    step.detail(if created {
        email.as_str()
    } else {
        "there are users already"
    });
    Ok(created.then_some(Administrator {
        email,
        password: made,
    }))
}

/// The statements that create a user where there is none, from the program that the offline
/// server uses too, so that both hash and write alike.
fn statements(email: &str, password: &str, step: &Step) -> Result<String> {
    native::build(step)?;
    let mut add = Command::new(native::program());
    add.args([
        "user",
        "add",
        "--email",
        email,
        "--admin",
        "--if-empty",
        "--sql",
    ])
    // Not an argument: those are visible to every process of the machine.
    .env(PASSWORD, password)
    .stdin(Stdio::null());
    let output = add
        .output()
        .map_err(|error| TaskError::new(format!("`portcullis` couldn't be started: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(TaskError::new(format!(
            "the first administrator wasn't created: {}",
            said.trim()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs the statements; true if they changed anything.
fn execute(site: &Site<'_>, sql: &str, step: &Step) -> Result<bool> {
    // Holds a password hash: in the ignored state directory, and only until it's read.
    let file = site.state.join("portcullis-first-user.sql");
    paths::write(&file, format!("{COUNT}\n{sql}\n{COUNT}\n").as_bytes())?;
    let mut command = site.wrangler(&["d1", "execute", DATABASE, "--local", "--json", "--yes"]);
    let finished = run(command.arg("--file").arg(&file), "d1-first-user", step);
    let _ = std::fs::remove_file(&file);
    let finished =
        finished?.or_fail("the database refused the first administrator; see the lines above")?;
    Ok(counted(&finished.output()?) > 0)
}

/// The rows changed between the first and the last [`COUNT`] in wrangler's JSON.
fn counted(output: &str) -> u64 {
    let json = output
        .find('[')
        .and_then(|start| output.get(start..))
        .unwrap_or_default();
    let mut documents = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let Some(Ok(Value::Array(statements))) = documents.next() else {
        return 0;
    };
    let counts: Vec<u64> = statements
        .iter()
        .filter_map(|statement| {
            statement
                .get("results")?
                .get(0)?
                .get("rows_changed")?
                .as_u64()
        })
        .collect();
    let (first, last) = (counts.first().unwrap_or(&0), counts.last().unwrap_or(&0));
    last.saturating_sub(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_between_the_first_and_the_last_count() {
        let count = |rows: u64| format!("{{\"results\":[{{\"rows_changed\":{rows}}}]}}");
        let output = format!(
            "notice\n[{},{{\"results\":[]}},{}]\nbye",
            count(4),
            count(6)
        );
        assert_eq!(counted(&output), 2);
        assert_eq!(counted(&format!("[{},{}]", count(4), count(4))), 0);
        assert_eq!(counted(""), 0);
    }
}
