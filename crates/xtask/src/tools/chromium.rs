//! A Chromium for the browser suite.

use std::{env, path::PathBuf, process::Command};

use super::apt;
use crate::{
    error::{Result, TaskError},
    paths,
    process::ask,
    step::Step,
};

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The variable that names the browser, read here and handed to the tests.
pub(crate) const VARIABLE: &str = "CHROMIUM";

/// Finds Chromium, or installs Debian's.
///
/// # Errors
/// When there's none and it can't be installed, or `CHROMIUM` names no working program.
pub(crate) fn prepare(step: &Step) -> Result<PathBuf> {
    let browser = match find()? {
        Some(found) => found,
        None => install(step)?,
    };
    let version = ask(Command::new(&browser).arg("--version")).ok_or_else(|| {
        TaskError::new(format!(
            "`{}` doesn't run; name another browser by {VARIABLE}",
            browser.display()
        ))
    })?;
    step.detail(version);
    Ok(browser)
}

fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        let named = PathBuf::from(named);
        if !named.is_file() {
            return Err(TaskError::new(format!(
                "{VARIABLE} names `{}`, which isn't there",
                named.display()
            )));
        }
        return Ok(Some(named));
    }
    let macos = || Some(PathBuf::from(MACOS)).filter(|path| path.is_file());
    Ok(NAMES
        .iter()
        .find_map(|name| paths::on_path(name))
        .or_else(macos))
}

fn install(step: &Step) -> Result<PathBuf> {
    let missing = || {
        TaskError::new(format!(
            "no Chromium or Chrome was found; install one, or name it by {VARIABLE}"
        ))
    };
    if !apt::exists() {
        return Err(missing());
    }
    apt::install(&["chromium"], step)?;
    find()?.ok_or_else(missing)
}
