//! Where commands write to.

use std::io::Write;
use std::path::Path;

/// Appends formatted text to a `String`.
macro_rules! push {
    ($text:expr, $($format:tt)+) => {{
        use std::fmt::Write as _;
        // Writing to a `String` can't fail.
        let _ = $text.write_fmt(format_args!($($format)+));
    }};
}

/// Writes a line to standard output; a reader that has enough isn't an error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes text to standard output as it is.
pub(crate) fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Says on standard error what went wrong.
pub(crate) fn problem(problem: &str) {
    eprintln!("portcullis: {problem}");
}

/// Writes a file.
///
/// # Errors
/// A sentence with the file's name.
pub(crate) fn file(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("can't write `{}`: {error}", path.display()))
}

/// `1 role`, `2 roles`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}
