//! The one error of this crate: a sentence for the person at the terminal.

use std::{fmt, path::PathBuf};

/// Why a step failed: what happened and what to do about it, in one sentence or two.
///
/// The tail holds the last lines a failed program printed, oldest first.
#[derive(Debug)]
pub(crate) struct TaskError {
    sentence: String,
    tail: Vec<String>,
    log: Option<PathBuf>,
}

impl TaskError {
    /// An error that is fully said by its sentence.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            tail: Vec::new(),
            log: None,
        }
    }

    /// An error about a file or directory, with the system's reason.
    pub(crate) fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(format!("can't {doing} `{}`: {error}", path.display()))
    }

    /// Adds the last lines of the program that failed and where its whole output is.
    pub(crate) fn with_output(mut self, tail: Vec<String>, log: PathBuf) -> Self {
        self.tail = tail;
        self.log = Some(log);
        self
    }

    /// The sentence alone, for a summary.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.tail {
            writeln!(f, "  | {line}")?;
        }
        if let Some(log) = &self.log {
            writeln!(f, "  | (whole output: {})", log.display())?;
        }
        write!(f, "{}", self.sentence)
    }
}

impl std::error::Error for TaskError {}

/// What a step gives back.
pub(crate) type Result<T> = std::result::Result<T, TaskError>;
