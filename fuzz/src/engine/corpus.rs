//! Inputs in files: `corpus/TARGET` and, for those that failed, `artifacts/TARGET`.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// The inputs of a target, sorted by the names of their files.
pub(super) fn load(target: &str) -> Result<Vec<Vec<u8>>, String> {
    let dir = root().join("corpus").join(target);
    let entries =
        fs::read_dir(&dir).map_err(|error| format!("can't read {}: {error}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            fs::read(path).map_err(|error| format!("can't read {}: {error}", path.display()))
        })
        .collect()
}

/// Puts an input into the corpus.
pub(super) fn keep(target: &str, input: &[u8]) -> Result<PathBuf, String> {
    write(&root().join("corpus").join(target), input)
}

/// Keeps an input that failed.
pub(super) fn keep_failure(target: &str, input: &[u8]) -> Result<PathBuf, String> {
    write(&root().join("artifacts").join(target), input)
}

fn write(dir: &Path, input: &[u8]) -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = dir.join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(&path, input))
        .map_err(|error| format!("can't write {}: {error}", path.display()))?;
    Ok(path)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
