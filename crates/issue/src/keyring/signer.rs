//! Signing tokens with the active key.

use core::fmt;

use serde::Serialize;

#[cfg(feature = "in-place")]
use super::SIGNATURE_BYTES;
#[cfg(feature = "in-place")]
use super::in_place::InPlaceKey;
use super::private_der::Parts;
use super::unsigned::UnsignedJwt;
use super::{KeyRecord, KeyState, PrivateDer, PublicJwk};
use crate::sealed::{self, OpenError};
use crate::secret::{Purpose, Secrets};

/// The longest token that is made, in bytes: what the verifying side reads at most.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The active key, opened. Its private part is wiped on drop and hidden in `Debug`.
pub struct Signer {
    kid: String,
    private: PrivateDer,
    #[cfg(feature = "in-place")]
    in_place: InPlaceKey,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'a str,
    kid: &'a str,
}

impl Signer {
    /// Opens the private part of the active key.
    ///
    /// That it belongs to the public part is looked at where keys are used in place; a platform looks
    /// at it when it imports what [`Self::private_der`] gives.
    ///
    /// # Errors
    /// [`OpenKeyError`]: the key isn't active, its seal doesn't open, or what is in it isn't the
    /// private part of this public key.
    pub fn open(record: &KeyRecord, secrets: &Secrets) -> Result<Self, OpenKeyError> {
        let kid = record.kid().to_owned();
        if !matches!(record.state, KeyState::Active { .. }) {
            let state = record.state;
            return Err(OpenKeyError::NotActive { kid, state });
        }
        let opened = sealed::open(secrets, Purpose::KeyWrap, &kid, &record.sealed_private)
            .map_err(OpenKeyError::Sealed)?;
        match Self::from_parts(&kid, &opened, &record.public) {
            Some(signer) => Ok(signer),
            None => Err(OpenKeyError::WrongKey { kid }),
        }
    }

    fn from_parts(kid: &str, private: &[u8], public: &PublicJwk) -> Option<Self> {
        let private = private.as_array()?;
        let (x, y) = public.coordinates()?;
        Some(Self {
            kid: kid.to_owned(),
            // Signing with one key under the name of another makes tokens that nobody can verify.
            #[cfg(feature = "in-place")]
            in_place: InPlaceKey::of(private, public)?,
            private: PrivateDer::of(&Parts {
                private,
                x: &x,
                y: &y,
            }),
        })
    }

    /// The id of the key that signs.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What is signed of a token in the compact form (RFC 7515 section 5.1, RFC 7519), for a host
    /// whose platform signs with what [`Self::private_der`] gives; [`Self::sign_jwt`] signs here.
    ///
    /// The header is `{"alg":"ES256","typ":…,"kid":…}`, `typ` such as `at+jwt` (RFC 8725 section
    /// 3.11). The claims must serialise to a JSON object.
    ///
    /// # Errors
    /// [`SignError`]: the claims don't serialise to an object, or the token would be longer than
    /// `max_bytes`.
    pub fn unsigned(
        &self,
        typ: &str,
        claims: &impl Serialize,
        max_bytes: usize,
    ) -> Result<UnsignedJwt, SignError> {
        let header = Header {
            alg: "ES256",
            typ,
            kid: &self.kid,
        };
        UnsignedJwt::new(&to_json(&header)?, &to_json(claims)?, max_bytes)
    }

    /// Signs with ES256: r and s, of 32 bytes each (RFC 7518 section 3.4).
    ///
    /// The signature is deterministic (RFC 6979): the same one comes out twice.
    #[cfg(feature = "in-place")]
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.in_place.sign(message)
    }

    /// Makes a signed token of at most [`MAX_TOKEN_BYTES`], as [`Self::unsigned`] describes it.
    ///
    /// # Errors
    /// As [`Self::unsigned`].
    #[cfg(feature = "in-place")]
    pub fn sign_jwt(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let unsigned = self.unsigned(typ, claims, MAX_TOKEN_BYTES)?;
        let signature = self.sign(unsigned.signing_input());
        Ok(unsigned.with_signature(&signature))
    }

    /// The private part, for nobody but a host whose platform signs: it hands it to the platform as a
    /// key that can't be read back, and keeps that.
    #[must_use]
    pub const fn private_der(&self) -> &PrivateDer {
        &self.private
    }
}

fn to_json(value: &impl Serialize) -> Result<String, SignError> {
    serde_json::to_string(value).map_err(|_| SignError::ClaimsNotJson)
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Why a stored key can't sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenKeyError {
    /// Only an active key signs.
    NotActive {
        /// The key id.
        kid: String,
        /// The state it is in.
        state: KeyState,
    },
    /// Its private part doesn't open.
    Sealed(OpenError),
    /// What was sealed isn't the private part of this public key.
    WrongKey {
        /// The key id.
        kid: String,
    },
}

impl fmt::Display for OpenKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotActive { kid, state } => {
                write!(
                    f,
                    "key `{kid}` is {}, only an active one signs",
                    state.name()
                )
            }
            Self::Sealed(error) => write!(f, "private part of a signing key: {error}"),
            Self::WrongKey { kid } => {
                write!(f, "private part of key `{kid}` belongs to another key")
            }
        }
    }
}

impl core::error::Error for OpenKeyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Sealed(error) => Some(error),
            Self::NotActive { .. } | Self::WrongKey { .. } => None,
        }
    }
}

/// Why a token can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignError {
    /// The claims can't be written as JSON, such as a map whose keys aren't strings.
    ClaimsNotJson,
    /// The claims are JSON and not an object (RFC 7519 section 4).
    ClaimsNotObject,
    /// The token would be longer than verifiers read.
    TooLong {
        /// Its length in bytes.
        actual_bytes: usize,
        /// The length that they read.
        max_bytes: usize,
    },
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClaimsNotJson => f.write_str("claims can't be written as JSON"),
            Self::ClaimsNotObject => f.write_str("claims are not a JSON object"),
            Self::TooLong {
                actual_bytes,
                max_bytes,
            } => write!(
                f,
                "token has {actual_bytes} bytes, at most {max_bytes} are allowed"
            ),
        }
    }
}

impl core::error::Error for SignError {}

#[cfg(test)]
mod tests;
