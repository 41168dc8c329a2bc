//! The programs a build needs beyond cargo, made ready without a person.

pub(crate) mod apt;
pub(crate) mod cargo;
pub(crate) mod cargo_tools;
pub(crate) mod chromium;
pub(crate) mod debian_wasm;
pub(crate) mod npm;
pub(crate) mod wasm_target;

use crate::{error::Result, step::step};

/// Everything that builds and servers need.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The compiler for wasm.
    pub(crate) wasm: wasm_target::WasmToolchain,
    /// wasm-bindgen and worker-build.
    pub(crate) bins: cargo_tools::CargoTools,
    /// Node and the packages of the lock file.
    pub(crate) npm: npm::Npm,
}

/// Makes all of them ready; does nothing that is already done.
pub(crate) fn set_up() -> Result<Tools> {
    let npm = step("npm packages", npm::prepare)?;
    let wasm = step("wasm target", wasm_target::prepare)?;
    let bins = step("wasm tools", cargo_tools::prepare)?;
    Ok(Tools { wasm, bins, npm })
}
