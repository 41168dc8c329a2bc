//! Takes what the page needs out of the archive of Swagger UI that the crate `utoipa-swagger-ui-vendored` ships.

use std::io::{Cursor, Read};
use std::path::Path;
use std::{env, fs, io};

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

/// Files below the archive's one folder; the last part of each is its name here, too.
const WANTED: [&str; 4] = [
    "dist/swagger-ui-bundle.js",
    "dist/swagger-ui.css",
    "LICENSE",
    "NOTICE",
];
/// The archive's folder is this and the version.
const FOLDER: &str = "swagger-ui-";
/// Asks for a file that isn't shipped.
const SOURCE_MAP: &str = "sourceMappingURL=";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR isn't set"))?;
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let folder = folder(&archive)?;
    for wanted in WANTED {
        let mut text = String::new();
        archive
            .by_name(&format!("{folder}/{wanted}"))?
            .read_to_string(&mut text)?;
        let name = wanted.rsplit('/').next().unwrap_or(wanted);
        fs::write(Path::new(&out).join(name), without_source_map(&text))?;
    }
    let version = folder.trim_start_matches(FOLDER);
    println!("cargo::rustc-env=SWAGGER_UI_VERSION={version}");
    Ok(())
}

/// The name of the archive's folder.
fn folder(archive: &ZipArchive<Cursor<&[u8]>>) -> io::Result<String> {
    archive
        .file_names()
        .flatten()
        .filter_map(|name| name.split('/').next().map(str::to_owned))
        .find(|folder| folder.starts_with(FOLDER))
        .ok_or_else(|| io::Error::other("the archive of Swagger UI has no folder of that name"))
}

/// The text without its last line if that names a source map.
fn without_source_map(text: &str) -> &str {
    match text.trim_end().rsplit_once('\n') {
        Some((before, last)) if last.contains(SOURCE_MAP) => before,
        _ => text,
    }
}
