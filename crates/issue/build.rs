//! Makes the filter of common passwords from the list that the crate `passwords` ships.

use std::fmt::Write as _;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};
use xorf::BinaryFuse16;

/// No new password is shorter, so shorter ones needn't be on the list.
const MIN_CHARS: usize = 8;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let file = list();
    let text = fs::read_to_string(&file).map_err(|error| {
        let problem = format!("no list of common passwords at {}: {error}", file.display());
        io::Error::new(error.kind(), problem)
    })?;
    let list: Vec<String> = serde_json::from_str(&text)?;
    let mut keys: Vec<u64> = list
        .iter()
        .map(|password| password.to_lowercase())
        .filter(|password| password.chars().count() >= MIN_CHARS)
        .map(|password| key(&password))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let filter = BinaryFuse16::try_from(&keys).map_err(io::Error::other)?;
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR isn't set"))?;
    let out = Path::new(&out);
    let bytes: Vec<u8> = filter
        .fingerprints
        .iter()
        .flat_map(|fingerprint| fingerprint.to_le_bytes())
        .collect();
    fs::write(out.join("common_passwords.bin"), bytes)?;
    let mut code = String::new();
    writeln!(
        code,
        "/// How many passwords the filter was made of.\n\
         #[cfg(test)]\n\
         const LISTED: usize = {};\n\
         const DESCRIPTOR: Descriptor = Descriptor {{ seed: u64::from_le_bytes({:?}), segment_length: {}, \
         segment_length_mask: {}, segment_count_length: {} }};\n\
         const FINGERPRINTS: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \
         \"/common_passwords.bin\"));",
        keys.len(),
        filter.descriptor.seed.to_le_bytes(),
        filter.descriptor.segment_length,
        filter.descriptor.segment_length_mask,
        filter.descriptor.segment_count_length,
    )
    .map_err(io::Error::other)?;
    fs::write(out.join("common_passwords.rs"), code)
}

/// The number that stands for a password in the filter; `password::common` has the same.
fn key(folded: &str) -> u64 {
    let digest = Sha256::digest(folded.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// Where the list is. The crate only answers whether a password is on it, so it is asked with one
/// that takes note of the file from which it is looked at, `src/analyzer/mod.rs`.
fn list() -> PathBuf {
    struct Probe(std::cell::Cell<&'static str>);
    impl AsRef<str> for &Probe {
        #[track_caller]
        fn as_ref(&self) -> &'static str {
            self.0.set(Location::caller().file());
            ""
        }
    }
    let probe = Probe(std::cell::Cell::new(""));
    let _ = passwords::analyzer::is_common_password(&probe);
    let source = PathBuf::from(probe.0.get());
    let root = source.ancestors().nth(3).unwrap_or(Path::new(""));
    root.join("data/common-passwords.json")
}
