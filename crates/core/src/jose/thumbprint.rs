//! JWK thumbprints (RFC 7638, RFC 8037 appendix A.3).

use alloc::string::String;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{JwkError, base64url, jwk::required_string};
use crate::json::{Map, excerpt};

/// Computes the SHA-256 thumbprint of a JWK, in base64url.
///
/// It depends on the required members of the key's type alone, so a private key and its public key have
/// the same one, and so do keys that this build can't verify with. The members are checked for their type and
/// spelling, not for being a usable key: two spellings of one key would have two thumbprints.
///
/// # Errors
/// [`JwkError::MissingMember`], [`JwkError::InvalidMember`], or [`JwkError::UnsupportedKey`] for a `kty` other than
/// `EC`, `OKP`, `RSA` and `oct`.
pub fn thumbprint(members: &Map<String, Value>) -> Result<String, JwkError> {
    let kty = required_string(members, "kty")?;
    // In the order of their names, as the canonical form has them (RFC 7638 section 3.2, RFC 8037 section 2).
    let names: &[&'static str] = match kty {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        "oct" => &["k", "kty"],
        other => {
            return Err(JwkError::UnsupportedKey {
                name: "kty",
                value: excerpt(other),
            });
        }
    };
    let mut hash = Sha256::new();
    let mut separator = "{";
    for &name in names {
        let value = required_string(members, name)?;
        check_spelling(name, value)?;
        for piece in [separator, "\"", name, "\":\"", value, "\""] {
            hash.update(piece);
        }
        separator = ",";
    }
    hash.update("}");
    Ok(base64url::encode(&hash.finalize()))
}

/// Makes sure that a value is what it will be hashed as, with nothing in it that JSON would escape.
fn check_spelling(name: &'static str, value: &str) -> Result<(), JwkError> {
    let invalid = |expected| JwkError::InvalidMember { name, expected };
    if matches!(name, "crv" | "kty") {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        return if value.chars().all(plain) {
            Ok(())
        } else {
            Err(invalid("a registered name"))
        };
    }
    match base64url::decode(value) {
        Ok(bytes) if !bytes.is_empty() => Ok(()),
        _ => Err(invalid("base64url")),
    }
}
