//! `portcullis openapi`: the description of the server's endpoints.

use std::io::{self, Write};

/// Prints the document; it is the one that the pages serve at `/openapi.json`.
pub(crate) fn run() -> Result<(), String> {
    let document = portcullis_http::api::document_text();
    // A reader that has seen enough closes the pipe, which is no mistake.
    match io::stdout().lock().write_all(document.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
