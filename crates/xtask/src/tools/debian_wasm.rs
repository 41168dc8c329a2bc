//! The wasm target from Debian's packages, for machines where rustup can't download.
//!
//! Debian ships the newest Rust as `rustc-web` with the sources of its standard library, but
//! that library only for the machine itself. It's compiled once for wasm and put where the
//! compiler looks for it; after that the compiler works like any other.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    apt,
    wasm_target::{TARGET, WasmToolchain, can_compile, path_with},
};
use crate::{
    error::{Result, TaskError},
    paths,
    process::{ask, run},
    step::Step,
};

const BIN: &str = "/usr/bin";
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
/// The oldest compiler that builds this workspace (`rust-version` in Cargo.toml).
const MIN_RUSTC: (u32, u32) = (1, 95);
const LINKER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";
/// The empty crate that carries the build of the standard library.
const CARRIER: &str = "portcullis_std_carrier";

/// Debian's toolchain, if it's installed, new enough and has the target.
pub(crate) fn ready() -> Option<WasmToolchain> {
    let bin = Path::new(BIN);
    let version = ask(Command::new(bin.join("rustc")).arg("-V"))?;
    if parse_version(&version)? < MIN_RUSTC || !can_compile(&bin.join("rustc")) {
        return None;
    }
    Some(WasmToolchain {
        cargo: bin.join("cargo"),
        path_prefix: Some(bin.to_path_buf()),
        env: vec![(LINKER, linker()?.into())],
        version,
    })
}

/// Installs Debian's toolchain and compiles the standard library for wasm: about 75 s.
///
/// # Errors
/// When packages can't be installed, or the library can't be built or put in place.
pub(crate) fn make(step: &Step) -> Result<WasmToolchain> {
    apt::install(&PACKAGES, step)?;
    let built = build_std(step)?;
    install_std(&built, step)?;
    ready().ok_or_else(|| {
        TaskError::new(format!(
            "Debian's compiler still can't build for {TARGET} after its library was put in place; \
             see the logs in {}",
            paths::state().join("logs").display()
        ))
    })
}

/// Compiles std for wasm and returns its libraries.
fn build_std(step: &Step) -> Result<Vec<PathBuf>> {
    let carrier = paths::state().join("std");
    paths::remove_dir(&carrier)?;
    let manifest = format!(
        "[package]\nname = \"{CARRIER}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n"
    );
    paths::write(&carrier.join("Cargo.toml"), manifest.as_bytes())?;
    paths::write(&carrier.join("src/lib.rs"), b"")?;
    let linker =
        linker().ok_or_else(|| TaskError::new("wasm-ld is missing after lld was installed"))?;
    let mut cargo = Command::new(Path::new(BIN).join("cargo"));
    cargo
        .current_dir(&carrier)
        .args([
            "build",
            "-Zbuild-std=std,panic_abort,test",
            "--release",
            "--target",
            TARGET,
        ])
        .env("PATH", path_with(Path::new(BIN)))
        .env("CARGO_TARGET_DIR", carrier.join("target"))
        // Unstable flags on a released compiler; bitcode is what link-time optimisation reads.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env(LINKER, linker);
    for name in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "RUSTC", "CARGO"] {
        cargo.env_remove(name);
    }
    run(&mut cargo, "std-for-wasm", step)?
        .or_fail("the standard library couldn't be compiled for wasm; check the network (cargo fetches its dependencies) and try again")?;
    libraries(&carrier.join("target").join(TARGET).join("release/deps"))
}

fn libraries(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).map_err(|error| TaskError::io("read", dir, &error))?;
    Ok(entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "rlib")
        })
        .filter(|path| !path.to_string_lossy().contains(CARRIER))
        .collect())
}

/// Puts the libraries where the compiler looks, in place of those of an older compiler.
fn install_std(libraries: &[PathBuf], step: &Step) -> Result<()> {
    let place = format!("/usr/lib/rustlib/{TARGET}/lib");
    let denied = || {
        TaskError::new(format!(
            "`{place}` can't be written; run this command as root once"
        ))
    };
    let privileged = |program: &str| apt::privileged(program).ok_or_else(denied);
    run(privileged("rm")?.args(["-rf", &place]), "std-remove", step)?
        .or_fail(denied().sentence())?;
    run(privileged("mkdir")?.args(["-p", &place]), "std-mkdir", step)?
        .or_fail(denied().sentence())?;
    run(
        privileged("cp")?.args(libraries).arg(&place),
        "std-copy",
        step,
    )?
    .or_fail(denied().sentence())?;
    Ok(())
}

/// The newest `wasm-ld` that Debian has installed.
fn linker() -> Option<String> {
    let names = fs::read_dir(BIN)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter_map(|name| Some((name.strip_prefix("wasm-ld-")?.parse::<u32>().ok()?, name)))
        .max()
        .map(|(_, name)| name)
}

/// `rustc 1.96.0 (…)` as (1, 96).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split_whitespace().nth(1)?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiler_versions_are_compared_as_numbers() {
        assert_eq!(
            parse_version("rustc 1.96.0 (ac68faa20 2026-05-25)"),
            Some((1, 96))
        );
        assert!(parse_version("rustc 1.100.0").unwrap() > MIN_RUSTC);
        assert!(parse_version("rustc 1.63.0").unwrap() < MIN_RUSTC);
        assert_eq!(parse_version("rustc"), None);
    }

    #[test]
    fn the_oldest_compiler_is_the_one_of_the_manifest() {
        let manifest = fs::read_to_string(paths::root().join("Cargo.toml")).unwrap();
        let wanted = format!("rust-version = \"{}.{}\"", MIN_RUSTC.0, MIN_RUSTC.1);
        assert!(manifest.contains(&wanted), "{wanted}");
    }
}
