//! Why a file can't be read, in words for whoever named it.

use core::fmt;
use std::io::{Error, ErrorKind};
use std::path::Path;

use rusqlite::ErrorCode;

/// Says why a file isn't opened as a database; SQLite's words where ours say no more.
pub(crate) fn unopened(path: &Path, error: &rusqlite::Error) -> String {
    if path.is_dir() {
        return "it is a directory, not a file".to_owned();
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "it is no SQLite database".to_owned(),
        _ => error.to_string(),
    }
}

/// Says what is wrong with the file; the system's words where ours say no more.
pub(crate) fn unread(error: &Error) -> impl fmt::Display {
    match error.kind() {
        ErrorKind::InvalidData => "it isn't text in UTF-8".to_owned(),
        ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "its permissions don't let you read it".to_owned(),
        _ => error.to_string(),
    }
}
