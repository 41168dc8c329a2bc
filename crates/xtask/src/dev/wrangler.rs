//! The worker under `wrangler dev`: started, watched, stopped.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::RecvTimeoutError,
    },
    time::Duration,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use super::Site;
use crate::{
    error::{Result, TaskError},
    group::{Group, POLL},
    http,
    step::{Step, now},
};

/// Answers as soon as the router runs; needs no database.
const HEALTH: &str = "/api/auth/ok";
const READY_WITHIN: Duration = Duration::from_secs(90);
const TAIL_LINES: usize = 20;
/// The exit code of a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// A running worker; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    group: Group,
    told_to_stop: Arc<AtomicBool>,
}

/// Starts the worker and waits until it answers.
///
/// # Errors
/// When wrangler ends by itself, or the worker doesn't answer in time.
pub(crate) fn start(site: &Site<'_>, port: u16, step: &Step) -> Result<Server> {
    let port_text = port.to_string();
    let mut command = site.wrangler(&["dev", "--local", "--ip", "127.0.0.1", "--port", &port_text]);
    command.args(["--show-interactive-dev-session=false", "--inspector-port=0"]);
    // The origin that the worker believes in decides which pages may sign in.
    command
        .arg("--var")
        .arg(format!("PORTCULLIS_ORIGIN:http://127.0.0.1:{port}"));
    let told_to_stop = watch_signals()?;
    let mut group = Group::spawn(&mut command)?;
    wait_until_ready(&mut group, &told_to_stop, port, step)?;
    Ok(Server {
        group,
        told_to_stop,
    })
}

fn wait_until_ready(
    group: &mut Group,
    told_to_stop: &AtomicBool,
    port: u16,
    step: &Step,
) -> Result<()> {
    let mut said = Vec::new();
    let began = now();
    while began.elapsed() < READY_WITHIN {
        let ended = group.has_ended();
        said.extend(group.lines.try_iter().inspect(|line| step.line(line)));
        if ended {
            return Err(failure("the worker ended while it started", &said));
        }
        if told_to_stop.load(Ordering::Relaxed) {
            return Err(TaskError::new("stopped while the worker started"));
        }
        if http::status(port, HEALTH) == Some(200) {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
    let late = format!(
        "the worker didn't answer {HEALTH} within {} s",
        READY_WITHIN.as_secs()
    );
    Err(failure(&late, &said))
}

fn failure(what: &str, said: &[String]) -> TaskError {
    let last = said
        .get(said.len().saturating_sub(TAIL_LINES)..)
        .unwrap_or_default();
    TaskError::new(format!(
        "{}\n{what}; its last lines are above",
        last.join("\n")
    ))
}

/// A flag that Ctrl-C, `kill` and a closed terminal set; the second one ends at once.
fn watch_signals() -> Result<Arc<AtomicBool>> {
    let told_to_stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&told_to_stop))
            .and_then(|_| flag::register(signal, Arc::clone(&told_to_stop)))
            .map_err(|error| TaskError::new(format!("signals can't be watched: {error}")))?;
    }
    Ok(told_to_stop)
}

impl Server {
    /// Prints what the worker says until this program is told to stop.
    ///
    /// # Errors
    /// When the worker ends by itself.
    pub(crate) fn follow(mut self) -> Result<ExitCode> {
        while !self.told_to_stop.load(Ordering::Relaxed) {
            match self.group.lines.recv_timeout(POLL) {
                Ok(line) => println!("{line}"),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(TaskError::new(
                        "the worker ended by itself; its last lines are above",
                    ));
                }
            }
        }
        self.group.stop();
        println!("\nstopped");
        Ok(ExitCode::SUCCESS)
    }
}
