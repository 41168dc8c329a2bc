//! Every variable that the code reads is in the table of settings, and the reverse.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Read by programs for those who work on the product, not by what they run.
const OTHERS: &[&str] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// Names in a text that stand between these two characters.
fn names(text: &str, around: char) -> BTreeSet<String> {
    let parts = text.split(around).filter(|part| {
        let name = part.strip_prefix("PORTCULLIS_");
        name.is_some_and(|name| {
            let is_part =
                |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            !name.is_empty() && name.bytes().all(is_part)
        })
    });
    parts.map(str::to_owned).collect()
}

#[test]
fn every_variable_that_is_read_is_in_the_table_and_every_one_in_the_table_is_read() {
    let mut files = Vec::new();
    for folder in ["cli", "http", "issue", "service", "store"] {
        sources(&root().join("crates").join(folder).join("src"), &mut files);
    }
    sources(&root().join("worker/src"), &mut files);
    let mut read = BTreeSet::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        // What tests of a file set isn't read by it.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        read.extend(names(code, '"'));
    }
    read.retain(|name| !OTHERS.contains(&name.as_str()));
    let table = std::fs::read_to_string(root().join("crates/service/CONFIGURATION.md")).unwrap();
    let rows = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let rows: Vec<String> = rows.map(str::to_owned).collect();
    let told: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), told.len(), "a variable has two rows");
    let untold: Vec<_> = read.difference(&told).collect();
    assert!(
        untold.is_empty(),
        "CONFIGURATION.md doesn't have {untold:?}"
    );
    let unread: Vec<_> = told.difference(&read).collect();
    assert!(unread.is_empty(), "nothing reads {unread:?}");
}
