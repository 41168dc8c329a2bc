//! The codes that answers have, read from the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Texts in capitals that are no codes of answers.
const NO_CODES: &[&str] = &[
    // What links of mails say in the query, too, and documents call otherwise.
    "UNKNOWN",
];

/// Every text in capitals of the sources, without their tests and this description.
pub(super) fn in_sources() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    read(&source, &mut found);
    for known in NO_CODES {
        assert!(
            found.remove(*known),
            "`{known}` isn't in the sources any more"
        );
    }
    found
}

fn read(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "api" {
                read(&path, found);
            }
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            found.extend(
                line.split('"')
                    .skip(1)
                    .step_by(2)
                    .filter(|text| is_code(text))
                    .map(str::to_owned),
            );
        }
    }
}

/// The text of every source below a folder, without tests.
pub(super) fn gather(dir: &Path, text: &mut String) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, text);
        } else if let Ok(source) = fs::read_to_string(&path) {
            text.push_str(source.split("#[cfg(test)]").next().unwrap());
        }
    }
}

fn is_code(text: &str) -> bool {
    text.len() > 3
        && !text.starts_with("PORTCULLIS_")
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
