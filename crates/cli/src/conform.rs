//! `portcullis conform`.

use std::io::{BufRead, Write};

/// Run a conformance operation: one JSON object a line from standard input, one answer a line to
/// standard output, `{"id", "ok", "code", …}`. A line that makes no sense gets an answer as well.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// verifyJwt, verifyJws, verifyRaw, thumbprint, passwordVerify or decide.
    op: String,
}

/// Runs the command.
///
/// # Errors
/// A sentence when input or output breaks.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let mut input = std::io::stdin().lock();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = input
            .read_until(b'\n', &mut bytes)
            .map_err(|error| error.to_string())?;
        if read == 0 {
            return out.flush().map_err(|error| error.to_string());
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            continue;
        }
        let answer = portcullis_conform::run_line(&args.op, line);
        writeln!(out, "{answer}").map_err(|error| error.to_string())?;
    }
}
