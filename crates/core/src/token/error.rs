//! Why a token was refused.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    jose::{JwsError, write_list},
    json::JsonError,
    time::UnixSecs,
};

/// Why a token was refused, with what was compared. No variant holds the token or key material; text from the
/// token is shortened to one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// `aud` has none of the audiences asked for.
    AudienceMismatch {
        /// What was asked for.
        expected: Vec<String>,
        /// What the token says, at most 8 of them.
        actual: Vec<String>,
    },
    /// The payload isn't a strict JSON object.
    ClaimsJson(JsonError),
    /// `exp` plus leeway has been reached (RFC 7519 section 4.1.4).
    Expired {
        /// The token's `exp`.
        exp: UnixSecs,
        /// The time of the check.
        now: UnixSecs,
        /// The leeway granted, in seconds.
        leeway_secs: u64,
    },
    /// A registered claim has the wrong type or a value outside its range.
    InvalidClaim {
        /// The claim.
        name: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// `iat` is in the future by more than the leeway.
    IssuedInFuture {
        /// The token's `iat`.
        iat: UnixSecs,
        /// The time of the check.
        now: UnixSecs,
        /// The leeway granted, in seconds.
        leeway_secs: u64,
    },
    /// `iss` isn't an issuer asked for.
    IssuerMismatch {
        /// What was asked for.
        expected: Vec<String>,
        /// What the token says.
        actual: String,
    },
    /// The token's form, header, key or signature.
    Jws(JwsError),
    /// A claim that the rules need is absent.
    MissingClaim {
        /// The claim.
        name: String,
    },
    /// `nbf` hasn't been reached, even with leeway (RFC 7519 section 4.1.5).
    NotYetValid {
        /// The token's `nbf`.
        nbf: UnixSecs,
        /// The time of the check.
        now: UnixSecs,
        /// The leeway granted, in seconds.
        leeway_secs: u64,
    },
    /// The header's `typ` isn't the one asked for (RFC 8725 section 3.11).
    TypMismatch {
        /// What was asked for.
        expected: String,
        /// What the token says, if anything.
        actual: Option<String>,
    },
}

impl TokenError {
    /// Returns a stable name for programs, in snake case; for [`Jws`](Self::Jws) that of the inner error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AudienceMismatch { .. } => "audience_mismatch",
            Self::ClaimsJson(JsonError::DuplicateMember { .. }) => "duplicate_member",
            Self::ClaimsJson(_) | Self::InvalidClaim { .. } => "malformed_claims",
            Self::Expired { .. } => "expired",
            Self::IssuedInFuture { .. } => "issued_in_future",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::Jws(error) => error.code(),
            Self::MissingClaim { .. } => "missing_claim",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::TypMismatch { .. } => "typ_mismatch",
        }
    }
}

impl From<JwsError> for TokenError {
    fn from(error: JwsError) -> Self {
        Self::Jws(error)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AudienceMismatch { expected, actual } => {
                f.write_str("token is for ")?;
                write_list_or_nobody(f, actual)?;
                f.write_str(", not for ")?;
                write_list(f, expected)
            }
            Self::ClaimsJson(error) => write!(f, "claims: {error}"),
            Self::Expired {
                exp,
                now,
                leeway_secs,
            } => {
                write!(
                    f,
                    "token expired at {exp}, it is {now}, leeway {leeway_secs} s"
                )
            }
            Self::InvalidClaim { name, expected } => write!(f, "claim `{name}` is not {expected}"),
            Self::IssuedInFuture {
                iat,
                now,
                leeway_secs,
            } => {
                write!(
                    f,
                    "token was issued at {iat}, it is only {now}, leeway {leeway_secs} s"
                )
            }
            Self::IssuerMismatch { expected, actual } => {
                write!(f, "token is from `{actual}`, not from ")?;
                write_list(f, expected)
            }
            Self::Jws(error) => error.fmt(f),
            Self::MissingClaim { name } => write!(f, "token has no claim `{name}`"),
            Self::NotYetValid {
                nbf,
                now,
                leeway_secs,
            } => {
                write!(
                    f,
                    "token is valid from {nbf}, it is only {now}, leeway {leeway_secs} s"
                )
            }
            Self::TypMismatch {
                expected,
                actual: Some(actual),
            } => write!(f, "token type is `{actual}`, not `{expected}`"),
            Self::TypMismatch {
                expected,
                actual: None,
            } => write!(f, "token has no type, not `{expected}`"),
        }
    }
}

fn write_list_or_nobody(f: &mut fmt::Formatter<'_>, items: &[String]) -> fmt::Result {
    if items.is_empty() {
        return f.write_str("nobody");
    }
    write_list(f, items)
}

impl core::error::Error for TokenError {}
