//! The argon2id vectors: RFC 9106 section 5.3, and 50 PHC strings of other implementations.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;

use portcullis_issue::password::{Limits, PasswordError, Verification, verify};
use serde_json::Value;

fn vectors() -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors/rfc-vectors/argon2id.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no argon2id vectors at {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn argon2id_gives_the_tag_of_rfc_9106_section_5_3() {
    let params = argon2::ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
        .build()
        .unwrap();
    let (algorithm, version) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);
    let secret = [3; 8];
    let argon2 = argon2::Argon2::new_with_secret(&secret, algorithm, version, params).unwrap();
    let mut tag = [0; 32];
    argon2
        .hash_password_into(&[1; 32], &[2; 16], &mut tag)
        .unwrap();
    assert_eq!(
        tag,
        [
            0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b,
            0x53, 0xc9, 0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9,
            0x6b, 0x01, 0xe6, 0x59,
        ]
    );
}

#[test]
fn every_phc_vector_is_accepted_or_rejected_as_expected() {
    let Some(vectors) = vectors() else { return };
    let cases = vectors["phc"].as_array().unwrap();
    assert_eq!(cases.len(), 50);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let verdict = verify(text("password"), text("phc"), &Limits::default());
        match text("expect") {
            "accept" => assert_eq!(verdict, Ok(Verification::Match), "{case}"),
            "reject" => assert_ne!(verdict, Ok(Verification::Match), "{case}"),
            other => panic!("unknown expectation {other}"),
        }
        // Only texts that are no hash are errors; a wrong password is none, and no more is a hash of
        // another function or version, which these are not malformed for here.
        let source = text("source");
        let others = ["argon2i-prefix", "v16", "bcrypt"];
        let is_other = others.iter().any(|other| source.ends_with(other));
        let is_malformed = source.contains("malformed") && !is_other;
        assert_eq!(verdict.is_err(), is_malformed, "{case}");
    }
}

#[test]
fn with_limits_of_16_mib_the_dearer_vectors_are_errors_and_the_others_still_right() {
    let Some(vectors) = vectors() else { return };
    let limits = Limits {
        max_m_kib: 16_384,
        ..Limits::default()
    };
    let (mut refused, mut accepted) = (0, 0);
    for case in vectors["phc"].as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        match verify(text("password"), text("phc"), &limits) {
            Ok(Verification::Match) => {
                assert_eq!(text("expect"), "accept", "{case}");
                accepted += 1;
            }
            Err(PasswordError::TooExpensive { asked, .. }) => {
                assert!(asked > 16_384);
                refused += 1;
            }
            Ok(Verification::Mismatch) | Err(_) => assert_eq!(text("expect"), "reject", "{case}"),
        }
    }
    assert_eq!((accepted, refused), (4, 31));
}
