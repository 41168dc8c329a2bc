//! Verification of a compact JWS (RFC 7515 sections 5.2 and 7.1).

use alloc::vec::Vec;

use super::{Algorithm, Header, JwsError, KeySet, TokenPart, VerificationKey, base64url};
use crate::{json::excerpt, limits::MAX_TOKEN_BYTES};

/// A header and a payload that a key of the set has signed.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedJws {
    /// The protected header.
    pub header: Header,
    /// The payload; for a JWT, the JSON text of the claims. May be empty.
    pub payload: Vec<u8>,
}

/// Verifies a compact JWS with a key of `keys`, under one of the `allowed` algorithms.
///
/// The token chooses neither: a key is bound to one algorithm, the header's `alg` must be that one and
/// among `allowed`, and the header's `kid` only narrows the choice. A key without `kid` is a candidate
/// for every token of its algorithm; a token without `kid` is tried with every key of its algorithm.
/// Nothing of the payload is returned unless the signature holds.
///
/// # Errors
/// A [`JwsError`] naming the first check that failed, in this order: size, parts, encoding, header, extensions,
/// algorithm, key, signature.
pub fn verify(token: &str, keys: &KeySet, allowed: &[Algorithm]) -> Result<VerifiedJws, JwsError> {
    verify_within(token, keys, allowed, MAX_TOKEN_BYTES)
}

/// As [`verify`], with another limit on the token's size in bytes.
///
/// # Errors
/// As [`verify`].
pub fn verify_within(
    token: &str,
    keys: &KeySet,
    allowed: &[Algorithm],
    max_bytes: usize,
) -> Result<VerifiedJws, JwsError> {
    if token.len() > max_bytes {
        return Err(JwsError::TokenTooLarge {
            actual_bytes: token.len(),
            max_bytes,
        });
    }
    let parts = split(token)?;
    let decode = |text, part| base64url::decode(text).map_err(|_| JwsError::Encoding { part });
    let header = decode(parts.header, TokenPart::Header)?;
    let payload = decode(parts.payload, TokenPart::Payload)?;
    let signature = decode(parts.signature, TokenPart::Signature)?;
    let header = Header::parse(&header, allowed)?;
    check_signature(&header, parts.signed.as_bytes(), &signature, keys)?;
    Ok(VerifiedJws { header, payload })
}

struct Parts<'t> {
    /// Header and payload with the dot between them: the JWS Signing Input.
    signed: &'t str,
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
}

fn split(token: &str) -> Result<Parts<'_>, JwsError> {
    let parts = token
        .rsplit_once('.')
        .and_then(|(signed, signature)| {
            let (header, payload) = signed.split_once('.')?;
            Some(Parts {
                signed,
                header,
                payload,
                signature,
            })
        })
        .filter(|parts| !parts.payload.contains('.'));
    // Five parts are an encrypted token (JWE); more are nothing known.
    parts.ok_or_else(|| JwsError::PartCount {
        actual: token.split('.').take(6).count(),
    })
}

fn check_signature(
    header: &Header,
    signed: &[u8],
    signature: &[u8],
    keys: &KeySet,
) -> Result<(), JwsError> {
    let algorithm = header.algorithm();
    let mut tried = 0;
    for key in keys.candidates(header.kid(), algorithm) {
        if key.verify(signed, signature) {
            return Ok(());
        }
        tried += 1;
    }
    Err(if tried > 0 {
        JwsError::SignatureInvalid { algorithm, tried }
    } else {
        explain_no_candidate(header, keys)
    })
}

/// Tells apart a key that isn't there, one for another algorithm, and one that was skipped.
fn explain_no_candidate(header: &Header, keys: &KeySet) -> JwsError {
    let algorithm = header.algorithm();
    let unknown = JwsError::UnknownKey {
        kid: header.kid().map(excerpt),
        algorithm,
    };
    let Some(kid) = header.kid() else {
        return unknown;
    };
    let named = |key: &&VerificationKey| key.kid() == Some(kid);
    if let Some(key) = keys.keys().iter().find(named) {
        return JwsError::AlgorithmMismatch {
            header: algorithm,
            key: key.algorithm(),
        };
    }
    match keys
        .skipped()
        .iter()
        .find(|key| key.kid.as_deref() == Some(kid))
    {
        Some(skipped) => JwsError::UnusableKey {
            kid: excerpt(kid),
            reason: skipped.error.clone(),
        },
        None => unknown,
    }
}
