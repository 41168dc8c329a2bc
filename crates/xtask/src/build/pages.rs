//! The pages as they are served: www, with the npm package beside it under `/pkg`.
//!
//! Nothing is compiled or bundled; the pages import the package as any user's would.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::{Result, TaskError},
    fingerprint::files_below,
    paths,
    step::Step,
};

/// Where the pages are put together.
fn out() -> PathBuf {
    paths::root().join("www/dist")
}

/// Puts www/dist together: `www/**`, `pkg/src/**` and `pkg/dist/*`.
///
/// # Errors
/// When a file can't be copied.
pub(crate) fn build(step: &Step) -> Result<()> {
    let root = paths::root();
    let out = out();
    let parts = [
        ("www", ""),
        ("pkg/src", "pkg/src"),
        ("pkg/dist", "pkg/dist"),
    ];
    // From nothing, so that a deleted page is deleted here too.
    paths::remove_dir(&out)?;
    let mut copied = 0;
    for (from, to) in parts {
        copied += copy_tree(&root.join(from), &out.join(to))?;
    }
    step.detail(format!("{copied} files"));
    Ok(())
}

/// Copies all files below a directory, keeping their places; says how many.
fn copy_tree(from: &Path, to: &Path) -> Result<usize> {
    let mut files = files_below(from);
    files.retain(|file| !file.ends_with("tsconfig.json"));
    for file in &files {
        let target = to.join(file.strip_prefix(from).unwrap_or(file));
        if let Some(dir) = target.parent() {
            paths::make_dir(dir)?;
        }
        fs::copy(file, &target).map_err(|error| TaskError::io("copy", file, &error))?;
    }
    Ok(files.len())
}
