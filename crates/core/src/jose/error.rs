//! Why a key or a signature was refused.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::Algorithm;
use crate::{
    json::JsonError,
    limits::{MAX_JWKS_KEYS, MAX_RSA_BITS, MIN_HMAC_KEY_BYTES, MIN_RSA_BITS},
};

/// Why a JWK was refused. No variant holds key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwkError {
    /// `alg` names an algorithm that doesn't fit the key's type and curve (RFC 8725 section 3.1).
    AlgorithmMismatch {
        /// What `alg` says, shortened.
        alg: String,
        /// The one algorithm a key of this kind is used with.
        expected: Algorithm,
    },
    /// `key_ops` names an operation twice (RFC 7517 section 4.3).
    DuplicateKeyOperation,
    /// A member has the wrong type or a value outside its range.
    InvalidMember {
        /// The member.
        name: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// The text isn't strict JSON.
    Json(JsonError),
    /// An Ed25519 point of low order.
    LowOrder,
    /// A member that this kind of key must have is absent.
    MissingMember {
        /// The member.
        name: &'static str,
    },
    /// The coordinates aren't those of a point on the curve, in their canonical form.
    NotOnCurve,
    /// `use` or `key_ops` reserves the key for something else than verifying (RFC 7517 sections 4.2, 4.3).
    NotForVerifying {
        /// The member that says so.
        name: &'static str,
    },
    /// A modulus longer than [`MAX_RSA_BITS`].
    RsaModulusTooLarge {
        /// Its length in bits.
        actual_bits: usize,
    },
    /// A JWK Set with more than [`MAX_JWKS_KEYS`] keys.
    TooManyKeys {
        /// How many there are.
        actual: usize,
    },
    /// A key type, curve or algorithm that this build doesn't verify.
    UnsupportedKey {
        /// The member that says which.
        name: &'static str,
        /// Its value, shortened.
        value: String,
    },
    /// A secret shorter than [`MIN_HMAC_KEY_BYTES`].
    WeakHmacKey {
        /// Its length in bytes.
        actual_bytes: usize,
    },
    /// A modulus shorter than [`MIN_RSA_BITS`].
    WeakRsaModulus {
        /// Its length in bits.
        actual_bits: usize,
    },
}

impl JwkError {
    /// Returns a stable name for programs: `malformed_key`, `duplicate_member`, `unsupported_key`,
    /// `unusable_key` or `weak_key`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(JsonError::DuplicateMember { .. }) => "duplicate_member",
            Self::Json(_)
            | Self::AlgorithmMismatch { .. }
            | Self::DuplicateKeyOperation
            | Self::InvalidMember { .. }
            | Self::MissingMember { .. }
            | Self::NotOnCurve
            | Self::TooManyKeys { .. } => "malformed_key",
            Self::NotForVerifying { .. } => "unusable_key",
            Self::RsaModulusTooLarge { .. } | Self::UnsupportedKey { .. } => "unsupported_key",
            Self::LowOrder | Self::WeakHmacKey { .. } | Self::WeakRsaModulus { .. } => "weak_key",
        }
    }
}

impl fmt::Display for JwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch { alg, expected } => {
                write!(
                    f,
                    "key says `alg` is `{alg}`, its type fits `{expected}` alone"
                )
            }
            Self::DuplicateKeyOperation => f.write_str("`key_ops` names an operation twice"),
            Self::InvalidMember { name, expected } => {
                write!(f, "key member `{name}` is not {expected}")
            }
            Self::Json(error) => write!(f, "key is {error}"),
            Self::LowOrder => f.write_str("Ed25519 key of low order"),
            Self::MissingMember { name } => write!(f, "key has no member `{name}`"),
            Self::NotOnCurve => f.write_str("key is not a point on its curve"),
            Self::NotForVerifying { name } => {
                write!(f, "key member `{name}` does not allow verifying")
            }
            Self::RsaModulusTooLarge { actual_bits } => {
                write!(
                    f,
                    "RSA modulus of {actual_bits} bits where {MAX_RSA_BITS} are allowed"
                )
            }
            Self::TooManyKeys { actual } => {
                write!(f, "{actual} keys where {MAX_JWKS_KEYS} are allowed")
            }
            Self::UnsupportedKey { name, value } => {
                write!(f, "key with `{name}` `{value}` is not supported")
            }
            Self::WeakHmacKey { actual_bytes } => {
                write!(
                    f,
                    "HMAC key of {actual_bytes} bytes where {MIN_HMAC_KEY_BYTES} are needed"
                )
            }
            Self::WeakRsaModulus { actual_bits } => {
                write!(
                    f,
                    "RSA modulus of {actual_bits} bits where {MIN_RSA_BITS} are needed"
                )
            }
        }
    }
}

impl core::error::Error for JwkError {}

/// One of the three parts of a compact token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPart {
    /// The protected header.
    Header,
    /// The payload.
    Payload,
    /// The signature.
    Signature,
}

impl fmt::Display for TokenPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a compact JWS was refused. No variant holds the token or key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwsError {
    /// The key that `kid` names is bound to another algorithm than the header asks for.
    AlgorithmMismatch {
        /// The header's algorithm.
        header: Algorithm,
        /// The key's algorithm.
        key: Algorithm,
    },
    /// The header's `alg` isn't one the caller named (RFC 8725 section 3.1); `none` never is.
    AlgorithmNotAllowed {
        /// What the header says, shortened.
        alg: String,
        /// What the caller named.
        allowed: Vec<Algorithm>,
    },
    /// A part isn't strict base64url.
    Encoding {
        /// Which part.
        part: TokenPart,
    },
    /// The header asks for an extension; none is understood (RFC 7515 section 4.1.11).
    CriticalHeader {
        /// The extensions named, or the header parameter itself if it isn't a list of names; shortened.
        names: Vec<String>,
    },
    /// The header isn't a strict JSON object.
    HeaderJson(JsonError),
    /// A header parameter is absent or has the wrong type.
    HeaderMember {
        /// The parameter.
        name: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// The token isn't three parts separated by dots.
    PartCount {
        /// How many there are; counting stops at 6.
        actual: usize,
    },
    /// No candidate key made this signature.
    SignatureInvalid {
        /// The algorithm.
        algorithm: Algorithm,
        /// How many keys were tried.
        tried: usize,
    },
    /// The token is longer than allowed; it wasn't read.
    TokenTooLarge {
        /// Its length in bytes.
        actual_bytes: usize,
        /// The length allowed, in bytes.
        max_bytes: usize,
    },
    /// No key fits the header's `kid` and `alg`.
    UnknownKey {
        /// The header's `kid`, shortened.
        kid: Option<String>,
        /// The header's algorithm.
        algorithm: Algorithm,
    },
    /// The key that `kid` names is in the set, but was skipped when the set was read.
    UnusableKey {
        /// The header's `kid`, shortened.
        kid: String,
        /// Why the key was skipped.
        reason: JwkError,
    },
}

impl JwsError {
    /// Returns a stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmMismatch { .. } => "algorithm_mismatch",
            Self::AlgorithmNotAllowed { .. } => "algorithm_not_allowed",
            Self::CriticalHeader { .. } => "critical_header",
            Self::Encoding { .. } | Self::PartCount { .. } => "malformed_token",
            Self::HeaderJson(JsonError::DuplicateMember { .. }) => "duplicate_member",
            Self::HeaderJson(_) | Self::HeaderMember { .. } => "malformed_header",
            Self::SignatureInvalid { .. } => "signature_invalid",
            Self::TokenTooLarge { .. } => "token_too_large",
            Self::UnknownKey { .. } => "unknown_key",
            Self::UnusableKey { reason, .. } => reason.code(),
        }
    }
}

impl fmt::Display for JwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch { header, key } => {
                write!(f, "token is signed with `{header}`, its key is for `{key}`")
            }
            Self::AlgorithmNotAllowed { alg, allowed } if allowed.is_empty() => {
                write!(f, "algorithm `{alg}` is not allowed, none is")
            }
            Self::AlgorithmNotAllowed { alg, allowed } => {
                write!(f, "algorithm `{alg}` is not among the allowed ")?;
                write_list(f, allowed)
            }
            Self::Encoding { part } => write!(f, "{part} is not unpadded base64url"),
            Self::CriticalHeader { names } => {
                f.write_str("header demands extensions that are not understood: ")?;
                write_list(f, names)
            }
            Self::HeaderJson(error) => write!(f, "header: {error}"),
            Self::HeaderMember { name, expected } => {
                write!(f, "header parameter `{name}` is not {expected}")
            }
            Self::PartCount { actual } => write!(f, "token has {actual} parts instead of 3"),
            Self::SignatureInvalid { algorithm, tried } => {
                write!(f, "no `{algorithm}` signature of the {tried} keys tried")
            }
            Self::TokenTooLarge {
                actual_bytes,
                max_bytes,
            } => write!(
                f,
                "token of {actual_bytes} bytes where {max_bytes} are allowed"
            ),
            Self::UnknownKey {
                kid: Some(kid),
                algorithm,
            } => write!(f, "no `{algorithm}` key with id `{kid}`"),
            Self::UnknownKey {
                kid: None,
                algorithm,
            } => write!(f, "no `{algorithm}` key"),
            Self::UnusableKey { kid, reason } => write!(f, "key `{kid}` cannot be used: {reason}"),
        }
    }
}

impl core::error::Error for JwsError {}

/// Writes `a`, `b`, `c` with each in backticks.
pub(crate) fn write_list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        let separator = if position == 0 { "" } else { ", " };
        write!(f, "{separator}`{item}`")?;
    }
    Ok(())
}
