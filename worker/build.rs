//! Takes the policies of the repository into the worker: files can't be read at the edge.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root =
        Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../policies");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&root)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    files.sort();
    let mut code =
        "/// Every file of `policies/`, by name.\nconst POLICIES: &[(&str, &str)] = &[\n"
            .to_owned();
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&path)?;
        // The worker reads it when it is first needed, and has to find it right then.
        portcullis_core::policy::toml::parse(&text)
            .map_err(|error| io::Error::other(format!("policies/{name}.toml:{error}")))?;
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    ({name:?}, {text:?}),").map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR isn't set"))?;
    fs::write(Path::new(&out).join("policies.rs"), code)
}
