//! Named steps with their time, and a sign of life while they run.
//!
//! On a terminal the running step is one line that is rewritten; elsewhere (CI, a file) each
//! step is a line when it starts, one every [`HEARTBEAT`] while it runs, and one when it ends.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::error::Result;

/// How often a long step says that it's alive when the output isn't a terminal.
const HEARTBEAT: Duration = Duration::from_secs(10);
const REDRAW: Duration = Duration::from_millis(250);
const TERMINAL_COLUMNS: usize = 100;

/// A step under way.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    started: Instant,
    texts: Mutex<Texts>,
}

#[derive(Debug, Default)]
struct Texts {
    last_line: String,
    detail: String,
    failed: bool,
}

impl Step {
    /// Shows the newest line of output beside the step.
    pub(crate) fn line(&self, line: &str) {
        let text = line.trim();
        if !text.is_empty() {
            text.clone_into(&mut self.texts().last_line);
        }
    }

    /// What to say beside the step's time once it's done.
    pub(crate) fn detail(&self, detail: impl Into<String>) {
        self.texts().detail = detail.into();
    }

    /// Marks the step as failed though its work came to an end: tests that failed.
    pub(crate) fn mark_failed(&self) {
        self.texts().failed = true;
    }

    /// Prints whole lines above the running step.
    pub(crate) fn print(&self, text: &str) {
        let _guard = self.texts();
        clear_line();
        println!("{text}");
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) {
        let texts = self.texts();
        let line = format!(
            "  … {}  {}  {}",
            self.name,
            seconds(self.started.elapsed()),
            texts.last_line
        );
        clear_line();
        print!(
            "{}",
            line.chars()
                .take(columns().saturating_sub(1))
                .collect::<String>()
        );
        let _ = io::stdout().flush();
    }

    fn beat(&self) {
        let texts = self.texts();
        println!(
            "  … {}  {}  {}",
            self.name,
            seconds(self.started.elapsed()),
            texts.last_line
        );
    }

    fn end(&self, failed: bool) {
        let texts = self.texts();
        clear_line();
        let mark = if failed || texts.failed { "✗" } else { "✓" };
        let line = format!(
            "{mark} {:<26} {:>8}  {}",
            self.name,
            seconds(self.started.elapsed()),
            texts.detail
        );
        println!("{}", line.trim_end());
    }
}

/// Runs `work` as a step of that name, with its time and signs of life.
pub(crate) fn step<T>(name: &str, work: impl FnOnce(&Step) -> Result<T>) -> Result<T> {
    let step = Step {
        name: name.to_owned(),
        started: now(),
        texts: Mutex::default(),
    };
    let (working, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let shown = &step;
        scope.spawn(move || show_life(shown, &ended));
        let outcome = work(&step);
        drop(working);
        outcome
    })
    .inspect(|_| step.end(false))
    .inspect_err(|_| step.end(true))
}

fn show_life(step: &Step, ended: &mpsc::Receiver<()>) {
    let terminal = io::stdout().is_terminal();
    let every = if terminal { REDRAW } else { HEARTBEAT };
    while ended.recv_timeout(every) == Err(mpsc::RecvTimeoutError::Timeout) {
        if terminal {
            step.draw();
        } else {
            step.beat();
        }
    }
}

/// The present moment; the only clock of this program.
#[expect(
    clippy::disallowed_methods,
    reason = "chores are timed; nothing is decided by this clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A duration for people: `0.4 s`, `12 s`, `4 min 05 s`.
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        10..=119 => format!("{} s", time.as_secs()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

fn clear_line() {
    if io::stdout().is_terminal() {
        print!("\r\x1b[2K");
    }
}

fn columns() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(TERMINAL_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TaskError;

    #[test]
    fn times_are_short_below_two_minutes_and_in_minutes_above() {
        assert_eq!(seconds(Duration::from_millis(430)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(119)), "119 s");
        assert_eq!(seconds(Duration::from_mins(2)), "2 min 00 s");
        assert_eq!(seconds(Duration::from_secs(305)), "5 min 05 s");
    }

    #[test]
    fn a_step_hands_through_value_and_error() {
        assert_eq!(step("good", |_| Ok(7)).unwrap(), 7);
        let error = step::<()>("bad", |_| Err(TaskError::new("no"))).unwrap_err();
        assert_eq!(error.sentence(), "no");
    }
}
