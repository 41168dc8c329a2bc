//! The pages as workerd serves them: www, with the npm package beside it under `/pkg` and Swagger UI
//! under `/docs/swagger-ui`.
//!
//! Nothing is compiled or bundled; the pages import the package as any user's would.

use std::{fs, path::Path};

use crate::{
    error::{Result, TaskError},
    fingerprint::files_below,
    paths,
    step::Step,
};

/// The directory that wrangler.toml names, below the repository.
const SITE: &str = "target/site";
/// What is served, and where below the site's root.
const PARTS: [(&str, &str); 3] = [
    ("www", ""),
    ("pkg/src", "pkg/src"),
    ("pkg/dist", "pkg/dist"),
];
/// For who works on the pages, not for who reads them.
const NOT_SERVED: [&str; 2] = ["tsconfig.json", ".d.ts"];

/// Sent with every file: scripts, styles, pictures and requests of this origin alone; wasm may
/// be compiled; no frames (clickjacking). The same as the native server's.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                   img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
                   frame-ancestors 'none'";
const HEADERS: [(&str, &str); 5] = [
    ("Cache-Control", "no-cache"),
    ("Content-Security-Policy", CSP),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
];

/// Puts the site together, from nothing, so that a deleted page is deleted here too.
///
/// # Errors
/// When a file can't be copied.
pub(crate) fn build(step: &Step) -> Result<()> {
    let root = paths::root();
    let site = root.join(SITE);
    paths::remove_dir(&site)?;
    let mut copied = 0;
    for (from, to) in PARTS {
        copied += copy_tree(&root.join(from), &site.join(to))?;
    }
    for file in portcullis_swagger::FILES {
        let target = site.join(portcullis_swagger::FOLDER).join(file.name);
        paths::write(&target, file.content.as_bytes())?;
        copied += 1;
    }
    paths::write(&site.join("_headers"), header_rules().as_bytes())?;
    step.detail(format!("{copied} files in {SITE}"));
    Ok(())
}

/// The rules in the form of the platform's static files: a pattern, then its headers.
fn header_rules() -> String {
    let lines = HEADERS.map(|(name, value)| format!("  {name}: {value}\n"));
    format!("/*\n{}", lines.concat())
}

/// Copies the files below a directory, keeping their places; says how many.
fn copy_tree(from: &Path, to: &Path) -> Result<usize> {
    let mut files = files_below(from);
    files.retain(|file| {
        !NOT_SERVED
            .iter()
            .any(|end| file.to_string_lossy().ends_with(end))
    });
    for file in &files {
        let target = to.join(file.strip_prefix(from).unwrap_or(file));
        if let Some(dir) = target.parent() {
            paths::make_dir(dir)?;
        }
        fs::copy(file, &target).map_err(|error| TaskError::io("copy", file, &error))?;
    }
    Ok(files.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_send_the_same_policy() {
        let native = fs::read_to_string(paths::root().join("crates/cli/src/pages.rs")).unwrap();
        let joined = native
            .split_whitespace()
            .filter(|word| *word != "\\")
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            joined.contains(&format!("\"{CSP}\"")),
            "crates/cli/src/pages.rs has another policy"
        );
    }

    #[test]
    fn the_site_is_where_wrangler_looks_for_it() {
        let config = fs::read_to_string(paths::root().join("wrangler.toml")).unwrap();
        assert!(config.contains(&format!("directory = \"./{SITE}\"")));
    }
}
