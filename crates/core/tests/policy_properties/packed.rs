//! What a page unpacks is the document that was packed: its own JavaScript is run on many.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use portcullis_core::decide::{Grant, Principal};
use portcullis_core::policy::{Document, toml};

use crate::policies::{Choices, sound, spoilt, toml_of};

const UNPACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pkg/src/unpack.js");
const SHIPPED: [&str; 3] = [
    include_str!("../../../../policies/naval-unit.toml"),
    include_str!("../../../../policies/field-ops.toml"),
    include_str!("../../../../policies/release-tiers.toml"),
];

/// Bytes that look random, the same in every run (Knuth's MMIX generator).
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

/// Sound and unsound documents, with places in a file and without, whole and reduced.
fn documents() -> Vec<Document> {
    let mut all: Vec<Document> = SHIPPED
        .iter()
        .map(|text| toml::parse_document(text).unwrap())
        .collect();
    for seed in 0..500 {
        let document = sound(&mut Choices(&bytes(seed, 200)));
        let principal = Principal {
            grants: vec![Grant::parse("R2"), Grant::parse("R4@region:n")],
            ..Principal::default()
        };
        all.push(document.reduced_to(&principal));
        all.push(toml::parse_document(&toml_of(&document)).unwrap());
        let changes = bytes(seed + 1_000, 20);
        all.extend(Document::parse_json(&spoilt(
            &document,
            &mut Choices(&changes),
        )));
        all.push(document);
    }
    all
}

/// The lines that the page's own code makes of these, or nothing where there is no Node.
fn unpacked_in_javascript(packed: &str) -> Option<String> {
    let program = format!(
        "import {{ readFileSync }} from 'node:fs';\n\
         const {{ unpack }} = await import({UNPACK:?});\n\
         for (const line of readFileSync(0, 'utf8').split('\\n'))\n\
           console.log(JSON.stringify(unpack(JSON.parse(line))));"
    );
    let child = Command::new("node")
        .args(["--input-type=module", "--eval", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: there is no `node`");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    let text = packed.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_javascript_unpacks_is_the_document_that_was_packed() {
    let documents = documents();
    assert!(documents.len() > 1_500);
    let packed: Vec<String> = documents
        .iter()
        .map(|document| document.clone().pack().to_string())
        .collect();
    let Some(answer) = unpacked_in_javascript(&packed.join("\n")) else {
        return;
    };
    let lines: Vec<_> = answer.lines().collect();
    assert_eq!(lines.len(), documents.len());
    for (line, document) in lines.iter().zip(&documents) {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(value, serde_json::to_value(document).unwrap());
        assert_eq!(&Document::parse_json(line).unwrap(), document);
    }
}

#[test]
fn packing_takes_at_least_two_fifths_off_the_naval_policy() {
    let document = toml::parse_document(SHIPPED[0])
        .unwrap()
        .without_positions();
    let (plain, packed) = (document.to_json().len(), document.pack().to_string().len());
    assert!(packed * 5 < plain * 3, "{packed} of {plain}");
}
