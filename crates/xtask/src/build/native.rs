//! The `portcullis` program, and programs that the JavaScript tests run beside it.

use std::{env, path::PathBuf};

use crate::{error::Result, paths, process::run, step::Step, tools::cargo};

/// The variable that tells the JavaScript tests where the program is.
pub(crate) const VARIABLE: &str = "PORTCULLIS_BIN";

/// Where cargo puts it.
pub(crate) fn program() -> PathBuf {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().join("target"), PathBuf::from);
    paths::root().join(target).join("debug/portcullis")
}

/// They print statements of the store and rows of every earlier schema for `tests/e2e`; cargo puts them in `examples`
/// beside the program.
const EXAMPLES: [&str; 6] = [
    "-p",
    "portcullis-store",
    "--example",
    "rows_statements",
    "--example",
    "migration_rows",
];

/// Compiles them; cargo knows by itself what is up to date.
///
/// # Errors
/// When one doesn't compile.
pub(crate) fn build(step: &Step) -> Result<()> {
    run(
        cargo::native().args(["build", "-p", "portcullis"]),
        "build-native",
        step,
    )?
    .or_fail("`portcullis` doesn't compile")?;
    run(
        cargo::native().arg("build").args(EXAMPLES),
        "build-examples",
        step,
    )?
    .or_fail("the examples of `portcullis-store` don't compile")?;
    Ok(())
}
