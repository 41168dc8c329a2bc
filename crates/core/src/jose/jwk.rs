//! One JSON Web Key, read for verification (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).

use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use portcullis_es256::GeneratorTable;

#[cfg(feature = "eddsa")]
use super::alg::eddsa::EdDsaKey;
#[cfg(feature = "hs256")]
use super::alg::hs256::Hs256Key;
#[cfg(feature = "rs256")]
use super::alg::rs256::Rs256Key;
use super::{
    Algorithm, JwkError,
    alg::{VerifyingKey as _, es256::Es256Key},
    base64url,
};
use crate::{
    json::{self, Map, Value, excerpt},
    limits::MAX_JWK_BYTES,
};

/// A key that verifies signatures of exactly one algorithm (RFC 8725 section 3.1).
///
/// What decides the algorithm is the key's type and curve; `alg`, if present, must agree. Private members
/// of an asymmetric key (`d`, `p`, …) are ignored and never kept. [`Debug`](fmt::Debug) shows no secret.
#[derive(Clone)]
pub struct VerificationKey {
    kid: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    #[cfg(feature = "eddsa")]
    EdDsa(EdDsaKey),
    Es256(Es256Key),
    #[cfg(feature = "hs256")]
    Hs256(Hs256Key),
    #[cfg(feature = "rs256")]
    Rs256(Rs256Key),
}

impl VerificationKey {
    /// Reads a JWK from its JSON text of at most [`MAX_JWK_BYTES`] bytes.
    ///
    /// # Errors
    /// [`JwkError::Json`], and as [`from_members`](Self::from_members).
    pub fn parse(text: &[u8]) -> Result<Self, JwkError> {
        let members = json::parse_object(text, MAX_JWK_BYTES).map_err(JwkError::Json)?;
        Self::from_members(&members)
    }

    /// Reads a JWK from the members of its JSON object.
    ///
    /// # Errors
    /// A [`JwkError`] for a key that is malformed, weak, reserved for another use, or of a kind that this build
    /// doesn't verify.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, JwkError> {
        let kid = optional_string(members, "kid")?.map(String::from);
        check_purpose(members)?;
        let algorithm = determine_algorithm(members)?;
        let material = match algorithm {
            #[cfg(feature = "eddsa")]
            Algorithm::EdDsa => Material::EdDsa(EdDsaKey::parse(&coordinate(members, "x")?)?),
            Algorithm::Es256 => {
                let (x, y) = (coordinate(members, "x")?, coordinate(members, "y")?);
                Material::Es256(Es256Key::parse(&x, &y)?)
            }
            #[cfg(feature = "hs256")]
            Algorithm::Hs256 => Material::Hs256(Hs256Key::parse(&octets(members, "k")?)?),
            #[cfg(feature = "rs256")]
            Algorithm::Rs256 => {
                let (n, e) = (octets(members, "n")?, octets(members, "e")?);
                Material::Rs256(Rs256Key::parse(&n, &e)?)
            }
            #[cfg(not(all(feature = "eddsa", feature = "hs256", feature = "rs256")))]
            absent => {
                return Err(JwkError::UnsupportedKey {
                    name: "alg",
                    value: absent.name().into(),
                });
            }
        };
        Ok(Self { kid, material })
    }

    /// Returns the key id, if there is one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Returns the one algorithm this key verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match &self.material {
            #[cfg(feature = "eddsa")]
            Material::EdDsa(_) => Algorithm::EdDsa,
            Material::Es256(_) => Algorithm::Es256,
            #[cfg(feature = "hs256")]
            Material::Hs256(_) => Algorithm::Hs256,
            #[cfg(feature = "rs256")]
            Material::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// Says whether `signature` is this key's signature of `message`. Any bytes may be passed as either.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            #[cfg(feature = "eddsa")]
            Material::EdDsa(key) => key.verify(message, signature),
            Material::Es256(key) => key.verify(message, signature),
            #[cfg(feature = "hs256")]
            Material::Hs256(key) => key.verify(message, signature),
            #[cfg(feature = "rs256")]
            Material::Rs256(key) => key.verify(message, signature),
        }
    }

    /// Makes the tables that speed up later verifications, for an ES256 key; does nothing for others.
    ///
    /// Takes a few milliseconds. `generator` is shared by all keys of a host. The verdicts don't change.
    pub fn prepare(&mut self, generator: &Arc<GeneratorTable>) {
        #[cfg_attr(
            not(any(feature = "eddsa", feature = "hs256", feature = "rs256")),
            expect(
                irrefutable_let_patterns,
                reason = "ES256 is the only kind in such a build"
            )
        )]
        if let Material::Es256(key) = &mut self.material {
            key.prepare(generator);
        }
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// Checks `use` and `key_ops`: a key published for encryption must not vouch for signatures.
/// More operations than are registered (RFC 7517 section 8.3 has eight), with room for others.
const MAX_KEY_OPERATIONS: usize = 32;

fn check_purpose(members: &Map<String, Value>) -> Result<(), JwkError> {
    if optional_string(members, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(JwkError::NotForVerifying { name: "use" });
    }
    let Some(operations) = members.get("key_ops") else {
        return Ok(());
    };
    let invalid = JwkError::InvalidMember {
        name: "key_ops",
        expected: "an array of at most 32 strings",
    };
    let operations = operations.as_array().ok_or_else(|| invalid.clone())?;
    let names = operations
        .iter()
        .map(Value::as_str)
        .collect::<Option<Vec<_>>>()
        .filter(|names| names.len() <= MAX_KEY_OPERATIONS)
        .ok_or(invalid)?;
    let mut seen = Vec::new();
    for name in &names {
        if seen.contains(name) {
            return Err(JwkError::DuplicateKeyOperation);
        }
        seen.push(*name);
    }
    if names.contains(&"verify") {
        Ok(())
    } else {
        Err(JwkError::NotForVerifying { name: "key_ops" })
    }
}

/// Finds the algorithm of the key's type and curve, and holds `alg` against it.
fn determine_algorithm(members: &Map<String, Value>) -> Result<Algorithm, JwkError> {
    let expected = match required_string(members, "kty")? {
        "EC" => match required_string(members, "crv")? {
            "P-256" => Algorithm::Es256,
            other => return unsupported("crv", other),
        },
        "OKP" => match required_string(members, "crv")? {
            "Ed25519" => Algorithm::EdDsa,
            other => return unsupported("crv", other),
        },
        "RSA" => Algorithm::Rs256,
        "oct" => Algorithm::Hs256,
        other => return unsupported("kty", other),
    };
    match optional_string(members, "alg")? {
        None => Ok(expected),
        Some(alg) if alg == expected.name() => Ok(expected),
        Some(alg) if Algorithm::from_name(alg).is_some() => Err(JwkError::AlgorithmMismatch {
            alg: excerpt(alg),
            expected,
        }),
        Some(alg) => unsupported("alg", alg),
    }
}

fn unsupported(name: &'static str, value: &str) -> Result<Algorithm, JwkError> {
    Err(JwkError::UnsupportedKey {
        name,
        value: excerpt(value),
    })
}

pub(super) fn optional_string<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'m str>, JwkError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(JwkError::InvalidMember {
            name,
            expected: "a string",
        }),
    }
}

pub(super) fn required_string<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
) -> Result<&'m str, JwkError> {
    optional_string(members, name)?.ok_or(JwkError::MissingMember { name })
}

/// Reads a coordinate: always 32 bytes, leading zeros included (RFC 7518 section 6.2.1.2, RFC 8037 section 2).
fn coordinate(members: &Map<String, Value>, name: &'static str) -> Result<[u8; 32], JwkError> {
    base64url::decode_array(required_string(members, name)?).map_err(|_| JwkError::InvalidMember {
        name,
        expected: "32 bytes in base64url",
    })
}

#[cfg(any(feature = "hs256", feature = "rs256"))]
fn octets(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    base64url::decode(required_string(members, name)?).map_err(|_| JwkError::InvalidMember {
        name,
        expected: "base64url",
    })
}
