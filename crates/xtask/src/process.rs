//! Running programs: output to a log file, its last lines kept for the error message.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufReader, Read, Write},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

use crate::{
    error::{Result, TaskError},
    paths,
    step::Step,
};

/// Lines of a failed program that are shown.
const TAIL_LINES: usize = 20;
/// A line longer than this is cut when it's shown (minified code in an error).
const SHOWN_CHARS: usize = 400;

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    status: ExitStatus,
    tail: Vec<String>,
    /// The whole output, both streams in the order in which they came.
    pub(crate) log: PathBuf,
}

impl Finished {
    /// True if the program ended with code 0.
    pub(crate) fn is_success(&self) -> bool {
        self.status.success()
    }

    /// The program's failure as an error that says `sentence`.
    pub(crate) fn into_error(self, sentence: impl Into<String>) -> TaskError {
        TaskError::new(sentence).with_output(self.tail, self.log)
    }

    /// Success, or the error that says `sentence` with the last lines of output.
    pub(crate) fn or_fail(self, sentence: impl Into<String>) -> Result<Self> {
        if self.is_success() {
            Ok(self)
        } else {
            Err(self.into_error(sentence))
        }
    }

    /// Everything the program printed.
    pub(crate) fn output(&self) -> Result<String> {
        let bytes =
            std::fs::read(&self.log).map_err(|error| TaskError::io("read", &self.log, &error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Runs a program to its end; its lines are shown beside the step and kept in `log_name`.
///
/// Nothing is typed into it: its standard input is empty.
///
/// # Errors
/// When it can't be started; a code other than 0 is not an error here, see [`Finished`].
pub(crate) fn run(command: &mut Command, log_name: &str, step: &Step) -> Result<Finished> {
    let log_path = paths::state().join("logs").join(format!("{log_name}.log"));
    paths::write(&log_path, b"")?;
    let mut log =
        File::create(&log_path).map_err(|error| TaskError::io("write", &log_path, &error))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let lines = merged_lines(child.stdout.take(), child.stderr.take());
    let mut tail = VecDeque::with_capacity(TAIL_LINES);
    for line in lines {
        let _ = writeln!(log, "{line}");
        step.line(&line);
        if tail.len() == TAIL_LINES {
            tail.pop_front();
        }
        tail.push_back(line.chars().take(SHOWN_CHARS).collect());
    }
    let status = child.wait().map_err(|error| not_started(command, &error))?;
    Ok(Finished {
        status,
        tail: tail.into(),
        log: log_path,
    })
}

/// What a short program prints on standard output, or `None` if it's missing or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The lines of both streams as they come, until both are closed.
pub(crate) fn merged_lines<A, B>(first: Option<A>, second: Option<B>) -> mpsc::Receiver<String>
where
    A: Read + Send + 'static,
    B: Read + Send + 'static,
{
    let (send, receive) = mpsc::channel();
    let other = send.clone();
    thread::spawn(move || first.map(|stream| send_lines(stream, &send)));
    thread::spawn(move || second.map(|stream| send_lines(stream, &other)));
    receive
}

fn send_lines(stream: impl Read, send: &mpsc::Sender<String>) {
    let mut line = Vec::new();
    for byte in BufReader::new(stream).bytes().map_while(io::Result::ok) {
        // A carriage return ends a line too: progress bars rewrite theirs.
        if byte == b'\n' || byte == b'\r' {
            if !line.is_empty()
                && send
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
            {
                return;
            }
            line.clear();
        } else {
            line.push(byte);
        }
    }
    if !line.is_empty() {
        let _ = send.send(String::from_utf8_lossy(&line).into_owned());
    }
}

fn not_started(command: &Command, error: &io::Error) -> TaskError {
    let program = command.get_program().to_string_lossy();
    if error.kind() == io::ErrorKind::NotFound {
        TaskError::new(format!(
            "`{program}` isn't installed or not on PATH; install it and try again"
        ))
    } else {
        TaskError::new(format!("`{program}` couldn't be started: {error}"))
    }
}
