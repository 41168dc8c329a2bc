//! The conformance operations as a module for Node.

use std::path::PathBuf;

use super::module::{Module, bind, sizes};
use crate::{
    error::Result,
    fingerprint::{Stamp, wall_clock},
    paths,
    step::Step,
    tools::Tools,
};

const MODULE: Module = Module {
    package: "portcullis-conform",
    profile: "release",
    rustflags: "",
};

/// Where the module is put: `conform.js` and what it loads.
pub(crate) fn out() -> PathBuf {
    paths::root().join("target/conform")
}

/// Builds `target/conform/conform.js` (`CommonJS`) and `conform_bg.wasm`.
///
/// # Errors
/// When the crate doesn't compile or wasm-bindgen refuses the module.
pub(crate) fn build(tools: &Tools, step: &Step) -> Result<()> {
    let wasm = out().join("conform_bg.wasm");
    let outputs = [wasm.clone(), out().join("conform.js")];
    let stamp = Stamp::named("conform");
    if MODULE
        .fingerprint(tools)
        .is_some_and(|print| stamp.is_current(&print, &outputs))
    {
        step.detail("unchanged");
        return Ok(());
    }
    let began = wall_clock();
    let compiled = MODULE.compile(tools, step)?;
    bind(
        tools,
        &compiled,
        &out(),
        &["--target", "nodejs", "--out-name", "conform"],
        step,
    )?;
    // The repository's package.json says that .js files are modules; these aren't.
    paths::write(&out().join("package.json"), b"{\"type\":\"commonjs\"}\n")?;
    if let Some(print) = MODULE.fingerprint(tools) {
        stamp.record(&print, began)?;
    }
    step.detail(sizes(tools, &wasm)?);
    Ok(())
}
