//! The Wycheproof files for the four algorithms, whole, through the same lines that the wasm build runs.
//!
//! `known-exceptions.json` lists the tests whose expectation isn't met, with the reason. One that is met after
//! all fails too, so the list can't go stale.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test"
)]

use std::{fs, path::PathBuf};

use portcullis_conform::run_line;
use serde_json::{Value, json};

/// Reads a file of the vectors that lie beside the repository, or says that it isn't there.
fn read(path: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors")
        .join(path);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn run(op: &str, fields: &Value) -> Value {
    let answer = run_line(op, &fields.to_string());
    serde_json::from_str(&answer).unwrap()
}

fn base64url(hex: &Value) -> String {
    let (pairs, _) = hex.as_str().unwrap().as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = pairs.iter().map(byte).collect();
    portcullis_core::jose::base64url::encode(&bytes)
}

/// Counts and complaints of one file.
struct Tally {
    file: &'static str,
    exceptions: Value,
    run: usize,
    exceptions_met: usize,
    failures: Vec<String>,
}

impl Tally {
    fn new(file: &'static str) -> Self {
        let all: Value = serde_json::from_str(include_str!("known-exceptions.json")).unwrap();
        Self {
            file,
            exceptions: all.get(file).cloned().unwrap_or(json!({})),
            run: 0,
            exceptions_met: 0,
            failures: Vec::new(),
        }
    }

    fn judge(&mut self, test: &Value, answer: &Value) {
        self.run += 1;
        let (id, ok) = (test["tcId"].to_string(), answer["ok"].as_bool().unwrap());
        let as_expected = match test["result"].as_str().unwrap() {
            "valid" => ok,
            "invalid" => !ok,
            _ => true,
        };
        match (as_expected, self.exceptions.get(&id)) {
            (true, None) => {}
            (false, Some(_)) => self.exceptions_met += 1,
            (true, Some(_)) => self.failures.push(format!(
                "{id} unexpectedly as Wycheproof wants it: {answer}"
            )),
            (false, None) => self
                .failures
                .push(format!("{id} ({}): {answer}", test["comment"])),
        }
    }

    #[track_caller]
    fn finish(self, expected_runs: usize) {
        println!(
            "{}: {} run, {} known exceptions",
            self.file, self.run, self.exceptions_met
        );
        assert!(
            self.failures.is_empty(),
            "{}:\n{}",
            self.file,
            self.failures.join("\n")
        );
        assert_eq!(self.run, expected_runs, "{}", self.file);
        assert_eq!(
            self.exceptions_met,
            self.exceptions.as_object().unwrap().len()
        );
    }
}

fn groups(document: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = document["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| {
        group["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(move |test| (group, test))
    })
}

fn raw_signatures(
    file: &'static str,
    alg: &str,
    jwk: impl Fn(&Value) -> Value,
    expected_runs: usize,
) {
    let Some(document) = read(&format!("wycheproof/{file}")) else {
        return;
    };
    let mut tally = Tally::new(file);
    for (group, test) in groups(&document) {
        let fields = json!({"id": test["tcId"], "alg": alg, "jwk": jwk(group), "msgHex": test["msg"], "sigHex": test["sig"]});
        let answer = run("verifyRaw", &fields);
        assert_eq!(answer["id"], test["tcId"]);
        tally.judge(test, &answer);
    }
    tally.finish(expected_runs);
}

#[test]
fn es256_signatures() {
    let jwk = |group: &Value| {
        let point = &group["publicKey"];
        // The numbers come with a leading zero octet, or without their leading zeros.
        let coordinate = |name: &str| {
            let hex = point[name].as_str().unwrap();
            let hex = format!("{hex:0>64}");
            base64url(&hex[hex.len() - 64..].into())
        };
        json!({"kty": "EC", "crv": "P-256", "x": coordinate("wx"), "y": coordinate("wy")})
    };
    raw_signatures("ecdsa_secp256r1_sha256_p1363_test.json", "ES256", jwk, 262);
}

#[test]
fn ed25519_signatures() {
    let jwk = |group: &Value| json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(&group["publicKey"]["pk"])});
    raw_signatures("ed25519_test.json", "EdDSA", jwk, 151);
}

#[test]
fn rs256_signatures() {
    let jwk = |group: &Value| {
        let number = |name: &str| {
            let hex = group["publicKey"][name].as_str().unwrap();
            base64url(&hex.trim_start_matches("00").into())
        };
        json!({"kty": "RSA", "n": number("modulus"), "e": number("publicExponent")})
    };
    raw_signatures("rsa_signature_2048_sha256_test.json", "RS256", jwk, 259);
}

#[test]
fn hs256_tags() {
    let file = "hmac_sha256_test.json";
    let Some(document) = read(&format!("wycheproof/{file}")) else {
        return;
    };
    let mut tally = Tally::new(file);
    let (mut truncated, mut weak) = (0, 0);
    for (group, test) in groups(&document) {
        let jwk = json!({"kty": "oct", "k": base64url(&test["key"])});
        let answer = run(
            "verifyRaw",
            &json!({"alg": "HS256", "jwk": jwk, "msgHex": test["msg"], "sigHex": test["tag"]}),
        );
        if group["keySize"].as_u64().unwrap() < 256 {
            // RFC 7518 section 3.2: a key shorter than the hash must not be used, whatever the tag.
            assert_eq!(answer["code"], "weak_key", "{}", test["tcId"]);
            weak += 1;
        } else if group["tagSize"] == 256 {
            tally.judge(test, &answer);
        } else {
            // HS256 never truncates.
            assert_eq!(answer["code"], "signature_invalid", "{}", test["tcId"]);
            truncated += 1;
        }
    }
    assert_eq!((truncated, weak), (84, 6));
    tally.finish(84);
}

#[test]
fn json_web_signatures() {
    let file = "json_web_signature_test.json";
    let Some(document) = read(&format!("wycheproof/{file}")) else {
        return;
    };
    let mut tally = Tally::new(file);
    let mut others = 0;
    for (group, test) in groups(&document) {
        let key = if group["public"].is_object() {
            &group["public"]
        } else {
            &group["private"]
        };
        // Keys without `alg` are those for the wrong use; their tests are for two of the four algorithms.
        let alg = key["alg"].as_str().unwrap_or("ES256");
        let allowed = json!(["ES256", "EdDSA", "RS256", "HS256"]);
        let answer = run(
            "verifyJws",
            &json!({"jws": test["jws"], "keys": key, "algorithms": allowed}),
        );
        if ["ES256", "EdDSA", "RS256", "HS256"].contains(&alg) {
            tally.judge(test, &answer);
        } else {
            assert_eq!(answer["code"], "unsupported_key", "{}", test["tcId"]);
            others += 1;
        }
    }
    assert_eq!(others, 85);
    // The reason that known-exceptions.json gives for two of them.
    let token = |id| {
        groups(&document)
            .find(|(_, test)| test["tcId"] == id)
            .map(|(_, test)| &test["jws"])
    };
    assert!(token(367) == token(357) && token(370) == token(357));
    tally.finish(316);
}

#[test]
fn rfc_examples() {
    let Some(document) = read("rfc-vectors/jose-rfc-examples.json") else {
        return;
    };
    for example in document.as_array().unwrap() {
        let fields = json!({"jws": example["token"], "keys": example["key"], "algorithms": ["ES256", "EdDSA", "RS256", "HS256"]});
        let answer = run("verifyJws", &fields);
        assert_eq!(answer["ok"], true, "{answer}");
        assert_eq!(answer["payload"], example["payload_b64"]);
    }
}

#[test]
fn rfc_thumbprints() {
    let Some(document) = read("rfc-vectors/jwk-thumbprint-rfc7638.json") else {
        return;
    };
    for example in document.as_array().unwrap() {
        let answer = run("thumbprint", &json!({"jwk": example["jwk"]}));
        assert_eq!(answer["thumbprint"], example["thumbprint"], "{answer}");
    }
}

#[test]
fn argon2id_hashes() {
    let Some(document) = read("rfc-vectors/argon2id.json") else {
        return;
    };
    for example in document["phc"].as_array().unwrap() {
        let answer = run(
            "passwordVerify",
            &json!({"hash": example["phc"], "password": example["password"]}),
        );
        assert_eq!(
            answer["ok"],
            example["expect"] == "accept",
            "{example}: {answer}"
        );
    }
}
