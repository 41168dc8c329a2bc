//! The protected header of a compact JWS (RFC 7515 section 4).

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::{Algorithm, JwsError};
use crate::{
    json::{self, Map, Value, excerpt},
    limits::MAX_TOKEN_BYTES,
};

/// The registered parameters that are strings (RFC 7515 section 4.1), `alg` apart.
const STRINGS: [&str; 7] = ["cty", "jku", "kid", "typ", "x5t", "x5t#S256", "x5u"];

/// The header of a token whose signature has been verified.
///
/// Keys and key locations in a header (`jku`, `jwk`, `x5u`, `x5c`) are the sender's claim about its own
/// key. They are kept among [`members`](Self::members) for those who must look at them (a `DPoP` proof
/// carries its key there, RFC 9449 section 4.2), and are never used to find a key or fetched (RFC 8725 section 3.10).
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    algorithm: Algorithm,
    members: Map<String, Value>,
}

impl Header {
    /// Reads a header and holds it against what the caller allows.
    ///
    /// # Errors
    /// [`JwsError::HeaderJson`], [`JwsError::HeaderMember`], [`JwsError::CriticalHeader`] or
    /// [`JwsError::AlgorithmNotAllowed`].
    pub(super) fn parse(text: &[u8], allowed: &[Algorithm]) -> Result<Self, JwsError> {
        let members = json::parse_object(text, MAX_TOKEN_BYTES).map_err(JwsError::HeaderJson)?;
        refuse_extensions(&members)?;
        let alg = require_string(&members, "alg")?.ok_or(JwsError::HeaderMember {
            name: "alg",
            expected: "present",
        })?;
        // RFC 8725 section 3.1: the caller decides, the token doesn't. `none` has no variant to allow.
        let algorithm = Algorithm::from_name(alg)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or_else(|| JwsError::AlgorithmNotAllowed {
                alg: excerpt(alg),
                allowed: allowed.to_vec(),
            })?;
        for name in STRINGS {
            require_string(&members, name)?;
        }
        Ok(Self { algorithm, members })
    }

    /// Returns the algorithm the token was verified with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the key id, if there is one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.members.get("kid").and_then(Value::as_str)
    }

    /// Returns the type, as written, if there is one.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.members.get("typ").and_then(Value::as_str)
    }

    /// Returns every parameter as it was written.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

/// Refuses `crit` in whatever form, since no extension is understood (RFC 7515 section 4.1.11: an empty
/// list is itself an error), and `b64` other than true, which changes what is signed (RFC 7797 section 3).
fn refuse_extensions(members: &Map<String, Value>) -> Result<(), JwsError> {
    match members.get("crit") {
        None => {}
        Some(Value::Array(names)) if !names.is_empty() => {
            let names: Vec<String> = names
                .iter()
                .map(|name| {
                    name.as_str()
                        .map_or_else(|| "not a string".to_string(), excerpt)
                })
                .take(8)
                .collect();
            return Err(JwsError::CriticalHeader { names });
        }
        Some(_) => {
            let names = vec!["crit".to_string()];
            return Err(JwsError::CriticalHeader { names });
        }
    }
    match members.get("b64") {
        None | Some(Value::Bool(true)) => Ok(()),
        Some(_) => Err(JwsError::CriticalHeader {
            names: vec!["b64".to_string()],
        }),
    }
}

fn require_string<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'m str>, JwsError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(JwsError::HeaderMember {
            name,
            expected: "a string",
        }),
    }
}
