//! The examples of the repository are true.

use std::path::PathBuf;

use super::{root, says};

const EXAMPLES: [&str; 6] = [
    "guarded-api",
    "offline-unit",
    "record-policies",
    "release-tiers",
    "scoped-roles",
    "tenant-roles",
];

fn file(example: &str, name: &str) -> PathBuf {
    root().join("examples").join(example).join(name)
}

fn path(example: &str, name: &str) -> String {
    file(example, name).to_str().unwrap().to_owned()
}

#[test]
fn every_example_passes_its_cases_and_every_clause_decides_one() {
    let files = EXAMPLES.map(|example| path(example, "policy.test.toml"));
    let mut args = vec!["test", "--min-coverage", "100"];
    args.extend(files.iter().map(String::as_str));
    let out = says(&args);
    assert!(
        out.contains(" in 6 files: ") && out.contains(" 0 failed"),
        "{out}"
    );
    assert!(!out.contains("  never "), "{out}");
}

#[test]
fn no_example_and_no_shipped_policy_has_a_warning() {
    let files = EXAMPLES.map(|example| path(example, "policy.toml"));
    let mut args = vec![
        "check",
        "--deny",
        "warnings",
        "field-ops",
        "naval-unit",
        "release-tiers",
    ];
    args.extend(files.iter().map(String::as_str));
    says(&args);
}

#[test]
fn examples_of_shipped_policies_are_those_policies() {
    for (example, shipped) in [
        ("scoped-roles", "field-ops"),
        ("offline-unit", "naval-unit"),
        ("release-tiers", "release-tiers"),
    ] {
        let policy = std::fs::read_to_string(file(example, "policy.toml")).unwrap();
        let ours = root().join("policies").join(format!("{shipped}.toml"));
        assert_eq!(policy, std::fs::read_to_string(ours).unwrap(), "{example}");
    }
}

#[test]
fn the_examples_are_laid_out_in_the_one_style() {
    for example in [
        "guarded-api",
        "offline-unit",
        "record-policies",
        "scoped-roles",
        "tenant-roles",
    ] {
        assert_eq!(says(&["fmt", "--check", &path(example, "policy.toml")]), "");
    }
}

#[test]
fn every_example_is_explained_and_listed() {
    let found = std::fs::read_dir(root().join("examples")).unwrap();
    let mut found: Vec<_> = found
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, EXAMPLES);
    let list = std::fs::read_to_string(root().join("examples/README.md")).unwrap();
    for example in EXAMPLES {
        let page = std::fs::read_to_string(file(example, "README.md")).unwrap();
        let command = format!("portcullis policy test examples/{example}/policy.test.toml");
        assert!(page.contains(&command), "{example}");
        assert!(
            list.contains(&format!("]({example}/README.md)")),
            "{example}"
        );
    }
}
