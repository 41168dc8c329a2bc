//! Where rows are read from: one after another, never all at once.

use std::fmt::Write as _;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::record::Record;
use super::{Form, json, sqlite};
use crate::unread::unread;

/// How much of the file's beginning and end its fingerprint covers.
const FINGERPRINTED_BYTES: u64 = 64 * 1024;

/// A table to import, in the order in which they depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Users.
    User,
    /// How they sign in.
    Account,
    /// Who is signed in.
    Session,
}

impl Stage {
    /// The table's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Account => "account",
            Self::Session => "session",
        }
    }

    /// Whether a table of this name is the one; installations may have the plural.
    pub(super) fn is_called(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        name.strip_suffix('s').unwrap_or(&name) == self.name()
    }
}

/// What takes a row and its position, which is above 0 and grows.
pub(super) type Take<'a> = dyn FnMut(i64, Record) -> Result<(), String> + 'a;

/// A file with another product's tables.
pub(super) struct Source {
    form: Form,
    path: PathBuf,
    fingerprint: String,
}

impl Source {
    /// Looks at a file.
    ///
    /// # Errors
    /// A sentence: it can't be read, or isn't what it should be.
    pub(super) fn open(form: Form, path: &Path) -> Result<Self, String> {
        let fingerprint = fingerprint(path)
            .map_err(|error| format!("`{}`: {}", path.display(), unread(&error)))?;
        if form == Form::Sqlite {
            sqlite::check(path)?;
        }
        Ok(Self {
            form,
            path: path.to_owned(),
            fingerprint,
        })
    }

    /// Names the content well enough to go on with the same file.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Hands out the rows of a table behind a position, in order.
    ///
    /// # Errors
    /// A sentence: the file can't be read to its end, or `take` stopped.
    pub(super) fn read(&self, stage: Stage, after: i64, take: &mut Take<'_>) -> Result<(), String> {
        match self.form {
            Form::Sqlite => sqlite::read(&self.path, stage, after, take),
            Form::Json => json::read(&self.path, stage, after, take),
        }
    }
}

/// SHA-256 of the length and of both ends.
fn fingerprint(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    let mut digest = Sha256::new();
    digest.update(length.to_le_bytes());
    for start in [0, length.saturating_sub(FINGERPRINTED_BYTES)] {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.by_ref()
            .take(FINGERPRINTED_BYTES)
            .read_to_end(&mut bytes)?;
        digest.update(&bytes);
    }
    let digest = digest.finalize();
    let mut text = String::new();
    for byte in digest {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
