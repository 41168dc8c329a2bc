//! A compiler that can build for `wasm32-unknown-unknown`.
//!
//! Tried in this order: the active toolchain as it is; Debian's toolchain if it was prepared
//! before; `rustup target add`; Debian's toolchain made ready now (see `debian_wasm`).
//! `PORTCULLIS_WASM_TOOLCHAIN=active` or `=debian` leaves one way only.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{apt, cargo::forget_own_package, debian_wasm};
use crate::{
    error::{Result, TaskError},
    paths,
    process::{ask, run},
    step::Step,
};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const CHOICE: &str = "PORTCULLIS_WASM_TOOLCHAIN";

/// A cargo and compiler with a standard library for wasm, and the environment they need.
#[derive(Debug)]
pub(crate) struct WasmToolchain {
    /// The cargo to call.
    pub(crate) cargo: PathBuf,
    /// A directory that must come first on `PATH`, so that cargo finds its own compiler.
    pub(crate) path_prefix: Option<PathBuf>,
    /// Variables to set.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// The compiler's version, as `rustc -V` says it.
    pub(crate) version: String,
}

impl WasmToolchain {
    /// A call of this cargo in the repository.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.current_dir(paths::root());
        self.apply(&mut command);
        command
    }

    /// Gives a program that calls cargo itself (worker-build) this toolchain.
    pub(crate) fn apply(&self, command: &mut Command) {
        forget_own_package(command);
        command.env("CARGO_TARGET_DIR", paths::wasm_target());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.path_prefix {
            command.env("PATH", path_with(dir));
            // Set for the active toolchain by whoever started this program.
            for name in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "RUSTC", "CARGO"] {
                command.env_remove(name);
            }
        }
    }
}

/// Finds or makes a toolchain for wasm.
///
/// # Errors
/// When no way works: a sentence that says what to install.
pub(crate) fn prepare(step: &Step) -> Result<WasmToolchain> {
    let choice = env::var(CHOICE).unwrap_or_default();
    let (use_active, use_debian) = (choice != "debian", choice != "active");
    let toolchain =
        ready(use_active, use_debian).map_or_else(|| make(use_active, use_debian, step), Ok)?;
    step.detail(toolchain.version.split(" (").next().unwrap_or_default());
    Ok(toolchain)
}

fn ready(use_active: bool, use_debian: bool) -> Option<WasmToolchain> {
    use_active
        .then(active)
        .flatten()
        .or_else(|| use_debian.then(debian_wasm::ready).flatten())
}

fn make(use_active: bool, use_debian: bool, step: &Step) -> Result<WasmToolchain> {
    if use_active && paths::on_path("rustup").is_some() {
        step.line("rustup target add");
        let added = run(
            Command::new("rustup").args(["target", "add", TARGET]),
            "rustup-target",
            step,
        )?;
        if let (true, Some(toolchain)) = (added.is_success(), active()) {
            return Ok(toolchain);
        }
        if !use_debian || !apt::exists() {
            return Err(added.into_error(format!(
                "rustup couldn't add the target; check the network and run: rustup target add {TARGET}"
            )));
        }
    }
    if use_debian && apt::exists() {
        return debian_wasm::make(step);
    }
    Err(TaskError::new(format!(
        "this Rust has no standard library for {TARGET}; install rustup from https://rustup.rs \
         and run: rustup target add {TARGET}"
    )))
}

/// The toolchain that is in use anyway, if it can build for wasm.
fn active() -> Option<WasmToolchain> {
    let rustc = PathBuf::from("rustc");
    if !can_compile(&rustc) {
        return None;
    }
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let version = ask(Command::new(&rustc).arg("-V"))?;
    Some(WasmToolchain {
        cargo,
        path_prefix: None,
        env: Vec::new(),
        version,
    })
}

/// True if this compiler has a standard library for wasm that it can read.
///
/// Asked by compiling one line: a library built by another version of the compiler is there
/// and of no use.
pub(crate) fn can_compile(rustc: &Path) -> bool {
    let dir = env::temp_dir().join(format!("portcullis-probe-{}", std::process::id()));
    let source = dir.join("probe.rs");
    let written = fs::create_dir_all(&dir)
        .and_then(|()| fs::write(&source, "pub fn probe() -> Vec<u8> { Vec::new() }\n"));
    let compiled = written.is_ok()
        && ask(Command::new(rustc).current_dir(&dir).args([
            "probe.rs",
            "--crate-type=lib",
            "--emit=metadata",
            "--target",
            TARGET,
        ]))
        .is_some();
    let _ = fs::remove_dir_all(&dir);
    compiled
}

/// `PATH` with a directory put before everything else.
pub(crate) fn path_with(first: &Path) -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(first.to_path_buf()).chain(env::split_paths(&old));
    env::join_paths(dirs).unwrap_or(old)
}
