//! The core as a module for pages, Node and workers.

use super::module::{Module, bind, optimise, sizes};
use crate::{
    error::Result,
    fingerprint::{Stamp, wall_clock},
    paths,
    step::Step,
    tools::Tools,
};

const MODULE: Module = Module {
    package: "portcullis-browser",
    profile: "browser",
    // SHA-256 as a loop rather than unrolled, and little inlining: what a page downloads counts
    // more than a microsecond a token. The field arithmetic says itself what it inlines.
    rustflags: "--cfg sha2_backend=\"soft\" --cfg sha2_backend_soft=\"compact\" \
                -Cllvm-args=-inline-threshold=25",
};

/// Inlining into single callers and local common subexpressions make the module smaller and its
/// gzip larger: repetition is what gzip is good at. For its sake functions of similar names, which
/// are often similar, stand together, and hints on alignment, which engines don't need, go. Low memory
/// is unused in that no sum of an address and an offset wraps round to it.
const OPTIMISE: [&str; 9] = [
    "-Os",
    "--one-caller-inline-max-function-size=0",
    "--skip-pass=local-cse",
    "--low-memory-unused",
    "--dealign",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Builds `pkg/dist/portcullis.js`, `portcullis_bg.wasm` and their types.
///
/// # Errors
/// When the crate doesn't compile or a tool refuses the module.
pub(crate) fn build(tools: &Tools, step: &Step) -> Result<()> {
    let out = paths::pkg_dist();
    let wasm = out.join("portcullis_bg.wasm");
    let outputs = [
        wasm.clone(),
        out.join("portcullis.js"),
        out.join("portcullis.d.ts"),
    ];
    let stamp = Stamp::named("browser");
    if MODULE
        .fingerprint(tools)
        .is_some_and(|print| stamp.is_current(&print, &outputs))
    {
        step.detail(format!("unchanged; {}", sizes(tools, &wasm)?));
        return Ok(());
    }
    let began = wall_clock();
    let compiled = MODULE.compile(tools, step)?;
    let options = [
        "--target",
        "web",
        "--out-name",
        "portcullis",
        "--remove-producers-section",
    ];
    bind(tools, &compiled, &out, &options, step)?;
    optimise(tools, &wasm, &OPTIMISE, step)?;
    if let Some(print) = MODULE.fingerprint(tools) {
        stamp.record(&print, began)?;
    }
    step.detail(sizes(tools, &wasm)?);
    Ok(())
}
