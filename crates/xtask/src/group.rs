//! A program in a process group of its own, so that it and its children can be stopped together.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::mpsc::Receiver,
    time::Duration,
};

use crate::{
    error::{Result, TaskError},
    process::merged_lines,
    step::now,
};

const STOPPED_WITHIN: Duration = Duration::from_secs(10);
/// How often a state is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(100);

/// A running program and what it prints; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    /// Both streams, line by line.
    pub(crate) lines: Receiver<String>,
}

impl Group {
    /// Starts a program. A Ctrl-C at the terminal doesn't reach it.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| TaskError::new(format!("`{name}` couldn't be started: {error}")))?;
        let lines = merged_lines(child.stdout.take(), child.stderr.take());
        Ok(Self { child, lines })
    }

    /// Asks the group to end as Ctrl-C would, then insists.
    pub(crate) fn stop(&mut self) {
        for signal in ["-INT", "-TERM", "-KILL"] {
            if self.has_ended() {
                break;
            }
            self.signal(signal);
            let asked = now();
            while asked.elapsed() < STOPPED_WITHIN && !self.has_ended() {
                std::thread::sleep(POLL);
            }
        }
        // Whoever is left: a shell's background jobs ignore what Ctrl-C sends.
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill")
            .args([signal, "--", &group])
            .stderr(Stdio::null())
            .status();
    }

    /// True once the program that was started has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::RecvTimeoutError;

    use super::*;

    #[test]
    fn a_group_ends_with_its_children() {
        let mut shell = Command::new("sh");
        let mut group = Group::spawn(shell.args(["-c", "sleep 600 & echo started; wait"])).unwrap();
        assert_eq!(group.lines.recv().unwrap(), "started");
        assert!(!group.has_ended());
        group.stop();
        assert!(group.has_ended());
        // The background job holds the other end of this pipe for as long as it lives.
        let rest = group.lines.recv_timeout(Duration::from_secs(5));
        assert_eq!(rest, Err(RecvTimeoutError::Disconnected));
    }
}
