//! Where the server's secret comes from.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use portcullis_issue::random::random_bytes;

use crate::host::SystemEntropy;

/// The secret from the environment, else from the file beside the database, which is made when it
/// isn't there; readable by its owner alone.
///
/// # Errors
/// A sentence: the file can't be read or made.
pub(crate) fn load(from_environment: Option<&str>, database: &Path) -> Result<String, String> {
    if let Some(secret) = from_environment {
        return Ok(secret.to_owned());
    }
    let path = place(database);
    let told = |error: std::io::Error| format!("secret file `{}`: {error}", path.display());
    match std::fs::read_to_string(&path) {
        Ok(secret) => return Ok(secret.trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(told(error)),
    }
    let secret = random_text();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(told)?;
    file.write_all(secret.as_bytes()).map_err(told)?;
    file.sync_all().map_err(told)?;
    eprintln!(
        "made the secret file {}; keep it with the database",
        path.display()
    );
    Ok(secret)
}

/// As [`load`], but where there is none a new one that is kept nowhere: to look at the other settings with.
///
/// # Errors
/// A sentence: the file can't be read.
pub(crate) fn found(from_environment: Option<&str>, database: &Path) -> Result<String, String> {
    if from_environment.is_some() || place(database).exists() {
        return load(from_environment, database);
    }
    Ok(random_text())
}

/// The file beside a database.
pub(crate) fn place(database: &Path) -> PathBuf {
    database.with_extension("secret")
}

/// 256 random bits as hexadecimal text.
fn random_text() -> String {
    let bytes: [u8; 32] = random_bytes(&mut SystemEntropy);
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
