//! Fixed keys and the signers of the tests: the core itself can't sign.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses a part of it"
)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use portcullis_core::{
    jose::{Algorithm, KeySet, VerificationKey, base64url},
    json::Value,
    token::Rules,
};
use serde_json::json;
use sha2::Sha256;

pub(crate) const HMAC_SECRET: [u8; 32] = [0x42; 32];

pub(crate) fn es256_signer(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub(crate) fn es256_jwk(seed: u8, kid: &str) -> Value {
    let point = es256_signer(seed).verifying_key().to_sec1_point(false);
    let bytes = point.as_bytes();
    let (x, y) = (&bytes[1..33], &bytes[33..65]);
    json!({"kty": "EC", "crv": "P-256", "x": base64url::encode(x), "y": base64url::encode(y), "kid": kid})
}

pub(crate) fn ed25519_signer() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[9; 32])
}

pub(crate) fn ed25519_jwk(kid: &str) -> Value {
    let x = base64url::encode(ed25519_signer().verifying_key().as_bytes());
    json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid})
}

pub(crate) fn hmac_jwk(kid: &str) -> Value {
    json!({"kty": "oct", "k": base64url::encode(&HMAC_SECRET), "kid": kid})
}

pub(crate) fn signing_input(header: &str, payload: &str) -> String {
    format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes())
    )
}

fn with_signature(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", base64url::encode(signature))
}

/// Signs whatever text stands before the last dot.
pub(crate) fn es256_sign(seed: u8, signed: &str) -> String {
    let signature: Signature = es256_signer(seed).sign(signed.as_bytes());
    with_signature(signed, &signature.to_bytes())
}

pub(crate) fn es256_token(seed: u8, header: &str, payload: &str) -> String {
    es256_sign(seed, &signing_input(header, payload))
}

pub(crate) fn ed25519_token(header: &str, payload: &str) -> String {
    let signed = signing_input(header, payload);
    let signature = ed25519_signer().sign(signed.as_bytes());
    with_signature(&signed, &signature.to_bytes())
}

pub(crate) fn hs256_token(secret: &[u8], header: &str, payload: &str) -> String {
    let signed = signing_input(header, payload);
    let tag = Hmac::<Sha256>::new_from_slice(secret)
        .unwrap()
        .chain_update(&signed)
        .finalize()
        .into_bytes();
    with_signature(&signed, &tag)
}

pub(crate) fn key(jwk: &Value) -> VerificationKey {
    VerificationKey::parse(jwk.to_string().as_bytes()).unwrap()
}

pub(crate) fn key_set(jwks: &[Value]) -> KeySet {
    KeySet::parse(json!({"keys": jwks}).to_string().as_bytes()).unwrap()
}

/// ES256, any issuer and audience, no leeway, `exp` optional.
pub(crate) fn lax_rules() -> Rules {
    Rules::new([Algorithm::Es256]).unwrap().allow_missing_exp()
}
