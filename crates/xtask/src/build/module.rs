//! A crate compiled to a wasm module and given its JavaScript by wasm-bindgen.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::Bytes;
use crate::{
    error::{Result, TaskError},
    fingerprint::{Fingerprint, files_below},
    paths,
    process::run,
    step::Step,
    tools::{
        Tools,
        cargo_tools::{WASM_BINDGEN, WORKER_BUILD},
        wasm_target::TARGET,
    },
};

/// What rustc enables for the target by default and wasm-bindgen's glue uses; wasm-opt must
/// not emit more than the runtimes know.
const WASM_FEATURES: [&str; 6] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// Where cargo looks for the flags of the wasm target.
const RUSTFLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// A crate of the workspace that becomes a wasm module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Module {
    /// The package's name in its Cargo.toml.
    pub(crate) package: &'static str,
    /// The cargo profile; also the name of its directory.
    pub(crate) profile: &'static str,
    /// Flags for rustc, for this module alone; a module with flags also names no place on this machine.
    pub(crate) rustflags: &'static str,
}

impl Module {
    /// Compiles the crate and returns the module as rustc made it.
    pub(crate) fn compile(&self, tools: &Tools, step: &Step) -> Result<PathBuf> {
        let mut cargo = tools.wasm.cargo();
        cargo.args([
            "build",
            "--target",
            TARGET,
            "-p",
            self.package,
            "--profile",
            self.profile,
        ]);
        if !self.rustflags.is_empty() {
            cargo.env(RUSTFLAGS, self.rustflags.to_owned() + &remapped());
        }
        run(&mut cargo, self.package, step)?
            .or_fail(format!("`{}` doesn't compile for wasm", self.package))?;
        Ok(self.artifact("wasm"))
    }

    /// Digest of all that goes into this module; `None` before its first build.
    pub(crate) fn fingerprint(&self, tools: &Tools) -> Option<Fingerprint> {
        let identity = tools.npm.identity();
        let rustflags = env::var("RUSTFLAGS").unwrap_or_default();
        let texts = [
            self.package,
            self.profile,
            self.rustflags,
            &tools.wasm.version,
            WASM_BINDGEN,
            WORKER_BUILD,
            &identity,
            &rustflags,
        ];
        Some(manifests().iter().fold(
            Fingerprint::new(&texts).dep_info(&self.artifact("d"))?,
            |print, file| print.file(file),
        ))
    }

    fn artifact(&self, extension: &str) -> PathBuf {
        let dir = if self.profile == "dev" {
            "debug"
        } else {
            self.profile
        };
        paths::wasm_target()
            .join(TARGET)
            .join(dir)
            .join(self.package.replace('-', "_"))
            .with_extension(extension)
    }
}

/// Flags that give places on this machine, which panic messages tell of, names that are the same
/// everywhere.
fn remapped() -> String {
    let home = env::home_dir();
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(home.as_ref()?.join(".cargo")));
    // Of several that fit, the last one counts: the narrower ones come later.
    let places = [
        (home, "home"),
        (Some(paths::root()), "portcullis"),
        (cargo_home.map(|dir| dir.join("registry/src")), "crates"),
    ];
    let mut flags = String::new();
    for (place, name) in places {
        let place = place.unwrap_or_default().to_string_lossy().into_owned();
        // Flags are split at spaces; a place with one in it keeps its name.
        if !place.is_empty() && !place.contains(char::is_whitespace) {
            flags += &[" --remap-path-prefix=", &place, "=", name].concat();
        }
    }
    flags
}

/// Makes JavaScript, types and the final module named `name` in `out`.
pub(crate) fn bind(
    tools: &Tools,
    wasm: &Path,
    out: &Path,
    options: &[&str],
    step: &Step,
) -> Result<()> {
    let mut bindgen = Command::new(&tools.bins.wasm_bindgen);
    bindgen.arg(wasm).arg("--out-dir").arg(out).args(options);
    run(&mut bindgen, "wasm-bindgen", step)?
        .or_fail("wasm-bindgen couldn't make the JavaScript of the module")?;
    Ok(())
}

/// Runs wasm-opt over a module in place.
pub(crate) fn optimise(tools: &Tools, wasm: &Path, level: &[&str], step: &Step) -> Result<()> {
    let optimised = wasm.with_extension("opt.wasm");
    let mut wasm_opt = Command::new(tools.npm.bin("wasm-opt"));
    wasm_opt
        .arg(wasm)
        .arg("-o")
        .arg(&optimised)
        .args(level)
        .args(WASM_FEATURES);
    run(&mut wasm_opt, "wasm-opt", step)?.or_fail("wasm-opt refused the module")?;
    fs::rename(&optimised, wasm).map_err(|error| TaskError::io("replace", wasm, &error))
}

/// A file's size, raw and after gzip -9, for the step's line.
pub(crate) fn sizes(tools: &Tools, file: &Path) -> Result<String> {
    let raw = fs::metadata(file)
        .map_err(|error| TaskError::io("read", file, &error))?
        .len();
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let zipped = tools
        .npm
        .gzip_len(file)
        .map_or_else(String::new, |len| format!(", {} gzip", Bytes(len)));
    Ok(format!("{name} {}{zipped}", Bytes(raw)))
}

/// The files that decide versions, features and profiles, and those a build script reads.
fn manifests() -> Vec<PathBuf> {
    let root = paths::root();
    let mut files: Vec<PathBuf> = ["crates", "worker", "examples"]
        .iter()
        .flat_map(|dir| files_below(&root.join(dir)))
        .filter(|file| file.file_name().is_some_and(|name| name == "Cargo.toml"))
        .collect();
    // The worker's build script takes every policy there is.
    files.extend(files_below(&root.join("policies")));
    files.extend(["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map(|file| root.join(file)));
    files
}
