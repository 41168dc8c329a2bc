//! `cargo xtask dev`: from a clone to a running worker with a local database.

mod database;
mod random;
mod secret;
mod wrangler;

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Command, ExitCode},
};

use clap::Args;

use crate::{
    build::{self, Part},
    error::{Result, TaskError},
    paths,
    step::{now, seconds, step},
    tools::{self, Tools},
};

use database::Administrator;

/// Where the worker is started.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1
    #[arg(long, env = "PORTCULLIS_PORT", default_value_t = 8787, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Directory of the local database
    #[arg(long, env = "PORTCULLIS_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

/// A worker to be run: its configuration and its local state.
#[derive(Debug)]
struct Site<'a> {
    tools: &'a Tools,
    /// The configuration that wrangler reads.
    config: PathBuf,
    /// Where wrangler keeps the local database.
    state: PathBuf,
}

impl Site<'_> {
    /// A call of wrangler with this site's configuration and state.
    fn wrangler(&self, arguments: &[&str]) -> Command {
        let mut command = self.tools.npm.wrangler();
        command
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .arg("--persist-to")
            .arg(&self.state);
        command
    }
}

/// Prepares, builds and runs the worker until it's told to stop.
///
/// # Errors
/// A missing tool, a failed download or build, a taken port, a worker that doesn't answer.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let began = now();
    check_port(options.port)?;
    let tools = tools::set_up()?;
    build::build(&[Part::Browser, Part::Pages, Part::Worker], &tools)?;
    let site = Site {
        tools: &tools,
        config: configuration()?,
        state: state(options)?,
    };
    step("database", |step| database::migrate(&site, step))?;
    let administrator = step("first administrator", |step| {
        database::first_administrator(&site, step)
    })?;
    step("secrets", |step| {
        secret::ensure(&site.config.with_file_name(".dev.vars"), step)
    })?;
    let server = step("start worker", |step| {
        wrangler::start(&site, options.port, step)
    })?;
    println!("\nready in {}", seconds(began.elapsed()));
    println!("{}", addresses(options.port));
    if let Some(administrator) = administrator {
        println!("{}", introduction(&administrator));
    }
    println!("  Ctrl-C stops it\n");
    server.follow()
}

/// Removes the local databases. Secrets stay, so that other copies of a database stay readable.
///
/// # Errors
/// When a file can't be removed.
pub(crate) fn clean_state() -> Result<()> {
    let state = default_state();
    if paths::remove_dir(&state)? {
        println!("removed {}", state.display());
    }
    for name in [
        "portcullis.sqlite",
        "portcullis.sqlite-wal",
        "portcullis.sqlite-shm",
    ] {
        let file = paths::root().join(name);
        match std::fs::remove_file(&file) {
            Ok(()) => println!("removed {}", file.display()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(TaskError::io("remove", &file, &error)),
        }
    }
    Ok(())
}

/// As an absolute path: wrangler runs in the repository, this program where it was called.
fn state(options: &Options) -> Result<PathBuf> {
    let Some(dir) = &options.state_dir else {
        return Ok(default_state());
    };
    std::path::absolute(dir).map_err(|error| TaskError::io("use", dir, &error))
}

fn default_state() -> PathBuf {
    paths::root().join(".wrangler/state")
}

fn configuration() -> Result<PathBuf> {
    let root = paths::root();
    [
        root.join("wrangler.toml"),
        root.join("worker/wrangler.toml"),
    ]
    .into_iter()
    .find(|file| file.is_file())
    .ok_or_else(|| TaskError::new("wrangler.toml is missing; restore it with git"))
}

fn check_port(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .map_err(|error| {
            TaskError::new(format!(
                "port {port} on 127.0.0.1 can't be used ({error}); stop the program that has it, \
             or choose another: cargo xtask dev --port {}",
                port.checked_add(1).unwrap_or(8788)
            ))
        })
}

fn addresses(port: u16) -> String {
    let origin = format!("http://127.0.0.1:{port}");
    let pages = [
        ("home", "/"),
        ("login", "/login"),
        ("demo", "/demo"),
        ("health", "/api/auth/ok"),
    ];
    pages
        .map(|(name, path)| format!("  {name:<8} {origin}{path}"))
        .join("\n")
}

fn introduction(administrator: &Administrator) -> String {
    let Administrator { email, password } = administrator;
    let shown = match password {
        Some(password) => format!("{password}   (shown this once; only its hash is kept)"),
        None => "the one in PORTCULLIS_ADMIN_PASSWORD".to_owned(),
    };
    format!("\n  the first administrator was created\n  e-mail   {email}\n  password {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let message = check_port(port).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("port {port} on 127.0.0.1 can't be used")),
            "{message}"
        );
        assert!(message.contains("--port "), "{message}");
        drop(taken);
        check_port(port).unwrap();
    }

    #[test]
    fn a_given_password_is_not_printed() {
        let given = Administrator {
            email: "a@example.com".to_owned(),
            password: None,
        };
        assert!(introduction(&given).ends_with("the one in PORTCULLIS_ADMIN_PASSWORD"));
    }
}
