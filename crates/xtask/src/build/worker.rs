//! Workers, by worker-build: the product's own, and the example of an application's.

use super::module::{Module, sizes};
use crate::{
    error::Result,
    fingerprint::{Stamp, wall_clock},
    paths,
    process::run,
    step::Step,
    tools::Tools,
};

/// A crate that becomes a worker.
pub(crate) struct Worker {
    package: &'static str,
    /// Where it is, below the repository.
    dir: &'static str,
    /// The name of its stamp.
    stamp: &'static str,
}

/// The server at the edge.
pub(crate) const PORTCULLIS: Worker = Worker {
    package: "portcullis-worker",
    dir: "worker",
    stamp: "worker",
};

/// A worker that guards itself with the library.
pub(crate) const GUARDED_API: Worker = Worker {
    package: "portcullis-example-guarded-api",
    dir: "examples/guarded-api/rust",
    stamp: "example-worker",
};

/// Builds `build/index.js` and `build/index_bg.wasm` in the worker's folder.
///
/// # Errors
/// When the crate doesn't compile or a tool refuses the module.
pub(crate) fn build(worker: &Worker, tools: &Tools, step: &Step) -> Result<()> {
    let module = Module {
        package: worker.package,
        profile: "release",
        rustflags: "",
    };
    let dir = paths::root().join(worker.dir);
    let wasm = dir.join("build/index_bg.wasm");
    let outputs = [wasm.clone(), dir.join("build/index.js")];
    let stamp = Stamp::named(worker.stamp);
    if module
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
    run(&mut worker_build, "worker-build", step)?
        .or_fail(format!("`{}` doesn't build", worker.package))?;
    if let Some(print) = module.fingerprint(tools) {
        stamp.record(&print, began)?;
    }
    step.detail(sizes(tools, &wasm)?);
    Ok(())
}
