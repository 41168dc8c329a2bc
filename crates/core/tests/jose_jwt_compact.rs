//! The same tokens through jwt-compact's own parser and validator, with these keys as its algorithms.
#![expect(clippy::unwrap_used, reason = "a test")]

mod jose_support;

use jose_support::{
    HMAC_SECRET, ed25519_signer, ed25519_token, es256_signer, es256_token, hs256_token,
};
use jwt_compact::{
    Algorithm as _, AlgorithmExt, AlgorithmSignature, UntrustedToken, ValidationError,
    alg::{Hs256Signature, Hs512Signature},
};
use portcullis_core::jose::alg::{
    VerifyOnly, VerifyingKey, eddsa::EdDsaKey, es256::Es256Key, hs256::Hs256Key,
};
use serde_json::{Map, Value};

const CLAIMS: &str = r#"{"sub":"u1"}"#;

/// jwt-compact's carriers of 32 and of 64 bytes.
type Bytes32 = Hs256Signature;
type Bytes64 = Hs512Signature;

fn validate<K: VerifyingKey, S: AlgorithmSignature>(
    algorithm: &VerifyOnly<K, S>,
    key: &K,
    token: &str,
) -> Result<(), ValidationError> {
    let token = UntrustedToken::new(token).unwrap();
    let validated = algorithm
        .validator::<Map<String, Value>>(key)
        .validate(&token)?;
    assert_eq!(validated.claims().custom.get("sub"), Some(&"u1".into()));
    Ok(())
}

#[test]
fn es256_validates_in_jwt_compact() {
    let point = es256_signer(1).verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().unwrap(), point.y().unwrap());
    let key = Es256Key::parse(&(*x).into(), &(*y).into()).unwrap();
    let algorithm = VerifyOnly::<Es256Key, Bytes64>::new();
    assert_eq!(algorithm.name(), "ES256");
    let header = r#"{"alg":"ES256"}"#;
    validate(&algorithm, &key, &es256_token(1, header, CLAIMS)).unwrap();
    let forged = validate(&algorithm, &key, &es256_token(2, header, CLAIMS));
    assert!(matches!(forged, Err(ValidationError::InvalidSignature)));
    let renamed = validate(
        &algorithm,
        &key,
        &es256_token(1, r#"{"alg":"EdDSA"}"#, CLAIMS),
    );
    assert!(matches!(
        renamed,
        Err(ValidationError::AlgorithmMismatch { .. })
    ));
}

#[test]
fn eddsa_validates_in_jwt_compact() {
    let key = EdDsaKey::parse(ed25519_signer().verifying_key().as_bytes()).unwrap();
    let algorithm = VerifyOnly::<EdDsaKey, Bytes64>::new();
    assert_eq!(algorithm.name(), "EdDSA");
    let token = ed25519_token(r#"{"alg":"EdDSA"}"#, CLAIMS);
    validate(&algorithm, &key, &token).unwrap();
}

#[test]
fn hs256_validates_in_jwt_compact() {
    let key = Hs256Key::parse(&HMAC_SECRET).unwrap();
    let algorithm = VerifyOnly::<Hs256Key, Bytes32>::new();
    assert_eq!(algorithm.name(), "HS256");
    let header = r#"{"alg":"HS256"}"#;
    validate(&algorithm, &key, &hs256_token(&HMAC_SECRET, header, CLAIMS)).unwrap();
    let forged = validate(&algorithm, &key, &hs256_token(&[1; 32], header, CLAIMS));
    assert!(matches!(forged, Err(ValidationError::InvalidSignature)));
}
