//! The worker, by worker-build.

use super::module::{Module, sizes};
use crate::{
    error::Result,
    fingerprint::{Stamp, wall_clock},
    paths,
    process::run,
    step::Step,
    tools::Tools,
};

const MODULE: Module = Module {
    package: "portcullis-worker",
    profile: "release",
    rustflags: "",
};

/// Builds `worker/build/index.js` and `index_bg.wasm`.
///
/// # Errors
/// When the crate doesn't compile or a tool refuses the module.
pub(crate) fn build(tools: &Tools, step: &Step) -> Result<()> {
    let dir = paths::root().join("worker");
    let wasm = dir.join("build/index_bg.wasm");
    let outputs = [wasm.clone(), dir.join("build/index.js")];
    let stamp = Stamp::named("worker");
    if MODULE
        .fingerprint(tools)
        .is_some_and(|print| stamp.is_current(&print, &outputs))
    {
        step.detail(format!("unchanged; {}", sizes(tools, &wasm)?));
        return Ok(());
    }
    let began = wall_clock();
    let mut worker_build = std::process::Command::new(&tools.bins.worker_build);
    tools.wasm.apply(&mut worker_build);
    worker_build
        .current_dir(&dir)
        .arg("--release")
        // Small first; Cargo.toml keeps hashes and curves at full speed.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "false")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        // Otherwise it downloads its own.
        .env("WASM_BINDGEN_BIN", &tools.bins.wasm_bindgen)
        .env("WASM_OPT_BIN", tools.npm.bin("wasm-opt"))
        .env("ESBUILD_BIN", tools.npm.bin("esbuild"));
    run(&mut worker_build, "worker-build", step)?.or_fail("the worker doesn't build")?;
    if let Some(print) = MODULE.fingerprint(tools) {
        stamp.record(&print, began)?;
    }
    step.detail(sizes(tools, &wasm)?);
    Ok(())
}
