//! wasm-bindgen and worker-build, installed by cargo into the tool cache.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use super::cargo;
use crate::{
    error::Result,
    paths,
    process::{ask, run},
    step::Step,
};

/// The CLI and the crate must be of the same version: the format between them has no other.
pub(crate) const WASM_BINDGEN: &str = "0.2.130";
/// The version of the `worker` crate it belongs to.
pub(crate) const WORKER_BUILD: &str = "0.8.7";

/// Where the tools are.
#[derive(Debug)]
pub(crate) struct CargoTools {
    /// The wasm-bindgen CLI.
    pub(crate) wasm_bindgen: PathBuf,
    /// worker-build.
    pub(crate) worker_build: PathBuf,
}

impl CargoTools {
    fn below(root: &Path) -> Self {
        Self {
            wasm_bindgen: root.join("bin/wasm-bindgen"),
            worker_build: root.join("bin/worker-build"),
        }
    }

    fn is_ready(&self) -> bool {
        let says = |program: &Path, version: &str| {
            ask(Command::new(program).arg("--version"))
                .is_some_and(|answer| answer.split_whitespace().next_back() == Some(version))
        };
        says(&self.wasm_bindgen, WASM_BINDGEN) && says(&self.worker_build, WORKER_BUILD)
    }
}

/// Finds the tools in the cache at their pinned versions, or installs them: about 5 minutes
/// on two cores.
///
/// # Errors
/// When cargo can't install them.
pub(crate) fn prepare(step: &Step) -> Result<CargoTools> {
    let root = paths::cache()?.join("tools");
    let tools = CargoTools::below(&root);
    if !tools.is_ready() {
        install(root.as_os_str(), step)?;
    }
    step.detail(format!(
        "wasm-bindgen {WASM_BINDGEN}, worker-build {WORKER_BUILD}"
    ));
    Ok(tools)
}

fn install(root: &OsStr, step: &Step) -> Result<()> {
    let mut install = cargo::native();
    install
        .arg("install")
        .arg("--root")
        .arg(root)
        .arg(format!("worker-build@{WORKER_BUILD}"))
        .arg(format!("wasm-bindgen-cli@{WASM_BINDGEN}"))
        // They run for seconds and are compiled once: compile fast.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    run(&mut install, "wasm-tools", step)?.or_fail(
        "cargo couldn't install wasm-bindgen-cli and worker-build; check the network and try again",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_and_crates_are_pinned_to_the_same_versions() {
        let manifest = std::fs::read_to_string(paths::root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("wasm-bindgen = \"={WASM_BINDGEN}\"")));
        assert!(manifest.contains(&format!("worker = {{ version = \"={WORKER_BUILD}\"")));
    }
}
