//! Skipping work whose inputs haven't changed.
//!
//! A build's inputs are what its compiler said it read (cargo's `.d` file), the manifests, the
//! lock files and the versions of the tools. Their SHA-256 is kept in `target/xtask/stamps`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use crate::{
    error::{Result, TaskError},
    paths,
};

/// The digest of a set of inputs, and the newest change among them.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    hasher: Sha256,
    newest: SystemTime,
}

impl Fingerprint {
    /// Starts with what isn't a file: names and versions.
    pub(crate) fn new(texts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for text in texts {
            hasher.update(text.as_bytes());
            hasher.update([0]);
        }
        Self {
            hasher,
            newest: SystemTime::UNIX_EPOCH,
        }
    }

    /// Adds a file by its place and content; an absent one counts as absent.
    pub(crate) fn file(mut self, file: &Path) -> Self {
        self.hasher.update(file.as_os_str().as_encoded_bytes());
        match fs::read(file) {
            Ok(content) => self.hasher.update(Sha256::digest(&content)),
            Err(_) => self.hasher.update(b"absent"),
        }
        if let Ok(changed) = fs::metadata(file).and_then(|data| data.modified()) {
            self.newest = self.newest.max(changed);
        }
        self
    }

    /// Adds every file below a directory, in the order of their names; dot files,
    /// `node_modules` and `dist` are left out.
    pub(crate) fn tree(self, dir: &Path) -> Self {
        files_below(dir)
            .iter()
            .fold(self, |print, file| print.file(file))
    }

    /// Adds the files a cargo `.d` file names; `None` if there's no such file yet.
    ///
    /// What a build script wrote below `target` is left out: its own inputs are named too.
    pub(crate) fn dep_info(self, dep_info: &Path) -> Option<Self> {
        let text = fs::read_to_string(dep_info).ok()?;
        let target = paths::root().join("target");
        let inputs = parse_dep_info(&text);
        let inputs = inputs.iter().filter(|file| !file.starts_with(&target));
        Some(inputs.fold(self, |print, file| print.file(file)))
    }

    /// The digest as lowercase hex.
    pub(crate) fn hex(&self) -> String {
        self.hasher
            .clone()
            .finalize()
            .iter()
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }
}

/// Remembers with which inputs a piece of work was last done.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
}

impl Stamp {
    /// The stamp of that name in `target/xtask/stamps`.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            file: paths::state().join("stamps").join(name),
        }
    }

    /// A stamp kept beside what it vouches for, so that both vanish together.
    pub(crate) fn at(file: PathBuf) -> Self {
        Self { file }
    }

    /// True if the work was done with these inputs and all its outputs are there.
    pub(crate) fn is_current(&self, print: &Fingerprint, outputs: &[PathBuf]) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|old| old == print.hex())
            && outputs.iter().all(|output| output.exists())
    }

    /// Records that the work was done, unless an input changed after it began: then nobody
    /// knows which content was read, and the next run does it again.
    pub(crate) fn record(&self, print: &Fingerprint, began: SystemTime) -> Result<()> {
        if print.newest > began {
            return match fs::remove_file(&self.file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(TaskError::io("remove", &self.file, &error))
                }
                _ => Ok(()),
            };
        }
        paths::write(&self.file, print.hex().as_bytes())
    }
}

/// The wall clock, to compare with the times of files.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with the times of files, nothing else"
)]
pub(crate) fn wall_clock() -> SystemTime {
    SystemTime::now()
}

/// Every file below a directory, sorted; dot files, `node_modules` and `dist` left out.
pub(crate) fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || name == "node_modules" || name == "dist" {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The prerequisites of the first rule of a Makefile-style dependency file; a space inside a
/// path is written as `\ `.
fn parse_dep_info(text: &str) -> Vec<PathBuf> {
    let Some((_, inputs)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    inputs
        .replace("\\ ", "\0")
        .split_whitespace()
        .map(|path| PathBuf::from(path.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir =
            std::env::temp_dir().join(format!("portcullis-xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn paths_with_spaces_survive_dep_info() {
        let parsed = parse_dep_info("/a/out.wasm: /a/one.rs /b\\ c/two.rs\n\n/a/one.rs:\n");
        assert_eq!(
            parsed,
            [PathBuf::from("/a/one.rs"), PathBuf::from("/b c/two.rs")]
        );
        assert!(parse_dep_info("").is_empty());
    }

    #[test]
    fn a_changed_byte_a_new_file_and_a_version_each_change_the_fingerprint() {
        let dir = scratch("print");
        fs::write(dir.join("a"), "1").unwrap();
        let before = Fingerprint::new(&["v1"]).tree(&dir).hex();
        assert_eq!(before, Fingerprint::new(&["v1"]).tree(&dir).hex());
        assert_ne!(before, Fingerprint::new(&["v2"]).tree(&dir).hex());
        fs::write(dir.join("a"), "2").unwrap();
        let changed = Fingerprint::new(&["v1"]).tree(&dir).hex();
        assert_ne!(before, changed);
        fs::write(dir.join("b"), "").unwrap();
        assert_ne!(changed, Fingerprint::new(&["v1"]).tree(&dir).hex());
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_stamp_needs_its_outputs_and_an_input_older_than_the_work() {
        let dir = scratch("stamp");
        let (input, output) = (dir.join("in"), dir.join("out"));
        fs::write(&input, "1").unwrap();
        let stamp = Stamp {
            file: dir.join("stamp"),
        };
        let print = Fingerprint::new(&[]).file(&input);
        stamp
            .record(&print, print.newest + Duration::from_secs(1))
            .unwrap();
        assert!(!stamp.is_current(&print, std::slice::from_ref(&output)));
        fs::write(&output, "").unwrap();
        assert!(stamp.is_current(&print, std::slice::from_ref(&output)));
        stamp
            .record(&print, print.newest - Duration::from_secs(1))
            .unwrap();
        assert!(!stamp.is_current(&print, &[output]));
        fs::remove_dir_all(dir).unwrap();
    }
}
