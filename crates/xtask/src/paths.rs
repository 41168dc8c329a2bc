//! Where things are: the repository, the build output and the tool cache.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::error::{Result, TaskError};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_path_buf()
}

/// What this program keeps between runs: stamps and the logs of its steps.
pub(crate) fn state() -> PathBuf {
    root().join("target/xtask")
}

/// The cargo target directory of all wasm builds.
///
/// Apart from the native one, since the compiler may be another and the two would evict
/// each other's work.
pub(crate) fn wasm_target() -> PathBuf {
    root().join("target/wasm")
}

/// Files of test runs; ignored by git, safe to delete.
pub(crate) fn scratch() -> PathBuf {
    root().join("tests/.tmp")
}

/// The built npm package.
pub(crate) fn pkg_dist() -> PathBuf {
    root().join("pkg/dist")
}

/// Tools that outlive the repository's `target`: `PORTCULLIS_CACHE_DIR`, else
/// `XDG_CACHE_HOME/portcullis`, else `~/.cache/portcullis`.
pub(crate) fn cache() -> Result<PathBuf> {
    if let Some(dir) = non_empty("PORTCULLIS_CACHE_DIR") {
        return Ok(PathBuf::from(dir));
    }
    if let Some(dir) = non_empty("XDG_CACHE_HOME") {
        return Ok(PathBuf::from(dir).join("portcullis"));
    }
    non_empty("HOME")
        .map(|home| PathBuf::from(home).join(".cache/portcullis"))
        .ok_or_else(|| {
            TaskError::new("no place for tools: set PORTCULLIS_CACHE_DIR, as HOME isn't set")
        })
}

/// The first program of that name on `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// Makes a directory with its parents.
pub(crate) fn make_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|error| TaskError::io("make", dir, &error))
}

/// Writes a file, making its directory first.
pub(crate) fn write(file: &Path, content: &[u8]) -> Result<()> {
    if let Some(parent) = file.parent() {
        make_dir(parent)?;
    }
    fs::write(file, content).map_err(|error| TaskError::io("write", file, &error))
}

/// Removes a directory with everything in it; absent is fine. True if it was there.
pub(crate) fn remove_dir(dir: &Path) -> Result<bool> {
    match fs::remove_dir_all(dir) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(TaskError::io("remove", dir, &error)),
    }
}

fn non_empty(variable: &str) -> Option<std::ffi::OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}
