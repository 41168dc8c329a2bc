//! The Wycheproof files for ECDSA P-256 with SHA-256, whole, both ways of verification.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use portcullis_es256::{GeneratorTable, PublicKey, PublicKeyError, Signature};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One file: for each case, the bytes of its signature go through `to_p1363` first.
fn run(file: &str, to_p1363: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let path = format!(
        "{}/../../../shared/vectors/wycheproof/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no {file} among the shared vectors");
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let generator = GeneratorTable::new();
    let (mut accepted, mut rejected) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let key = public_key(&group["publicKey"]).unwrap();
        let prepared = key.prepare_with(&generator);
        for case in group["tests"].as_array().unwrap() {
            let digest: [u8; 32] = Sha256::digest(hex(&case["msg"])).into();
            let signature =
                to_p1363(&hex(&case["sig"])).and_then(|bytes| Signature::parse(&bytes).ok());
            let plain = signature.is_some_and(|signature| key.verify_digest(&digest, &signature));
            let table =
                signature.is_some_and(|signature| prepared.verify_digest(&digest, &signature));
            let expected = case["result"] == "valid";
            assert_eq!((plain, table), (expected, expected), "{case}");
            *if expected {
                &mut accepted
            } else {
                &mut rejected
            } += 1;
        }
    }
    assert_eq!(Some(accepted + rejected), file["numberOfTests"].as_u64());
    println!("{accepted} accepted, {rejected} rejected");
}

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The key of a group: `04 || x || y`.
fn public_key(value: &Value) -> Result<PublicKey, PublicKeyError> {
    let point = hex(&value["uncompressed"]);
    assert_eq!((point.len(), point[0]), (65, 4));
    PublicKey::parse_coordinates(
        &point[1..33].try_into().unwrap(),
        &point[33..].try_into().unwrap(),
    )
}

/// The content of a DER element with this tag and the bytes after it; `None` unless canonical.
fn der_element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(2)?;
    // Nothing of 64 bytes needs a longer form of the length.
    (head[0] == tag && head[1] < 0x80).then_some(())?;
    rest.split_at_checked(head[1].into())
}

/// The 32 bytes of a canonical, non-negative DER integer, and the bytes after it.
fn der_integer(bytes: &[u8]) -> Option<([u8; 32], &[u8])> {
    let (content, rest) = der_element(bytes, 2)?;
    let magnitude = match content {
        [0, second, ..] if *second < 0x80 => return None,
        [0, magnitude @ ..] if !magnitude.is_empty() => magnitude,
        [first, ..] if *first < 0x80 => content,
        _ => return None,
    };
    let mut number = [0; 32];
    number[32usize.checked_sub(magnitude.len())?..].copy_from_slice(magnitude);
    Some((number, rest))
}

/// `r || s` of a canonical DER signature with numbers of at most 256 bits.
fn der_to_p1363(bytes: &[u8]) -> Option<Vec<u8>> {
    let (content, rest) = der_element(bytes, 0x30)?;
    let (r, after_r) = der_integer(content)?;
    let (s, after_s) = der_integer(after_r)?;
    (rest.is_empty() && after_s.is_empty()).then(|| [r, s].concat())
}

#[test]
fn p1363_cases_get_their_verdict() {
    run("ecdsa_secp256r1_sha256_p1363_test.json", |bytes| {
        Some(bytes.to_vec())
    });
}

#[test]
fn der_cases_get_their_verdict() {
    run("ecdsa_secp256r1_sha256_test.json", der_to_p1363);
}
