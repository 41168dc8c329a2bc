//! Node, and the npm packages of the lock file.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::cargo::forget_own_package;
use crate::{
    error::{Result, TaskError},
    fingerprint::{Fingerprint, Stamp, wall_clock},
    paths,
    process::{ask, run},
    step::Step,
};

/// What wrangler runs on.
const MIN_NODE: (u32, u32) = (20, 3);

const MODULES: &str = "node_modules";

/// Node with the packages beside it.
#[derive(Debug, Clone)]
pub(crate) struct Npm {
    root: PathBuf,
    node_version: String,
}

impl Npm {
    /// A call of Node in the repository.
    pub(crate) fn node(&self) -> Command {
        let mut command = Command::new("node");
        command.current_dir(&self.root);
        forget_own_package(&mut command);
        command
    }

    /// A call of a program that a package brings, run by Node.
    pub(crate) fn script(&self, file: &str) -> Command {
        let mut command = self.node();
        command.arg(self.root.join(MODULES).join(file));
        command
    }

    /// A call of wrangler: no questions, no telemetry.
    pub(crate) fn wrangler(&self) -> Command {
        let mut command = self.script("wrangler/bin/wrangler.js");
        command
            .env("WRANGLER_SEND_METRICS", "false")
            .env("CI", "true")
            // Asks the network for a sample of what the edge adds to requests; not needed here.
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
        command
    }

    /// The file of a command in `node_modules/.bin`.
    pub(crate) fn bin(&self, name: &str) -> PathBuf {
        self.root.join(MODULES).join(".bin").join(name)
    }

    /// Node's version and the digest of the lock file: what a build's fingerprint depends on.
    pub(crate) fn identity(&self) -> String {
        print(&self.node_version).hex()
    }

    /// A file's size after gzip -9, in bytes.
    pub(crate) fn gzip_len(&self, file: &Path) -> Option<u64> {
        let script = "const fs=require('fs'),z=require('zlib');\
            console.log(z.gzipSync(fs.readFileSync(process.argv[1]),{level:9}).length)";
        ask(self.node().args(["-e", script]).arg(file))?
            .parse()
            .ok()
    }
}

/// Checks Node and installs what the lock file names, if that changed since the last time.
///
/// # Errors
/// When Node or npm is missing or too old, or a package can't be downloaded.
pub(crate) fn prepare(step: &Step) -> Result<Npm> {
    let node_version = node_version()?;
    let print = print(&node_version);
    let stamp = Stamp::at(modules().join(".portcullis-stamp"));
    if !stamp.is_current(&print, &[modules().join("wrangler")]) {
        let began = wall_clock();
        install(step)?;
        stamp.record(&print, began)?;
    }
    step.detail(format!("node {node_version}"));
    Ok(Npm {
        root: paths::root(),
        node_version,
    })
}

fn install(step: &Step) -> Result<()> {
    let mut npm = Command::new("npm");
    // The packages that ship programs (esbuild, workerd) bring them as optional packages of
    // the platform: nothing needs to be run to install them, so nothing is allowed to.
    npm.current_dir(paths::root())
        .args(["ci", "--ignore-scripts", "--no-progress"]);
    forget_own_package(&mut npm);
    run(&mut npm, "npm-ci", step)?.or_fail(
        "npm couldn't install the packages of package-lock.json; check the network and try again",
    )?;
    Ok(())
}

fn node_version() -> Result<String> {
    let wanted = format!("{}.{}", MIN_NODE.0, MIN_NODE.1);
    let version = ask(Command::new("node").arg("--version")).ok_or_else(|| {
        TaskError::new(format!("Node.js isn't installed or not on PATH; install version {wanted} or newer from https://nodejs.org"))
    })?;
    if parse_version(&version).is_none_or(|found| found < MIN_NODE) {
        return Err(TaskError::new(format!(
            "Node.js is {version}; install version {wanted} or newer from https://nodejs.org"
        )));
    }
    if paths::on_path("npm").is_none() {
        return Err(TaskError::new(
            "npm isn't on PATH; it comes with Node.js from https://nodejs.org, or as Debian's package `npm`",
        ));
    }
    Ok(version)
}

/// `v20.20.2` as (20, 20).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn print(node_version: &str) -> Fingerprint {
    let root = paths::root();
    Fingerprint::new(&[node_version, env::consts::OS, env::consts::ARCH])
        .file(&root.join("package.json"))
        .file(&root.join("package-lock.json"))
}

fn modules() -> PathBuf {
    paths::root().join(MODULES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert!(parse_version("v20.3.0").unwrap() >= MIN_NODE);
        assert!(parse_version("v20.2.0").unwrap() < MIN_NODE);
        assert!(parse_version("v8.17.0").unwrap() < MIN_NODE);
        assert_eq!(parse_version("20"), None);
    }

    #[test]
    fn the_lock_file_names_no_registry_and_every_version_is_exact() {
        let lock = std::fs::read_to_string(paths::root().join("package-lock.json")).unwrap();
        assert!(!lock.contains("\"resolved\""));
        let manifest = std::fs::read_to_string(paths::root().join("package.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        for (name, version) in manifest["devDependencies"].as_object().unwrap() {
            let version = version.as_str().unwrap();
            assert!(
                version.chars().all(|c| c.is_ascii_digit() || c == '.'),
                "{name} {version}"
            );
        }
    }
}
