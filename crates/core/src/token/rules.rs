//! What a caller demands of a token.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    jose::Algorithm,
    limits::{MAX_LEEWAY_SECS, MAX_TOKEN_BYTES, MAX_TOKEN_BYTES_LIMIT},
};

/// What a caller demands of a token. Asking for a check makes the claim it looks at required.
///
/// Always checked: the signature under one of the algorithms, strict form, `nbf` and `iat` if present, and
/// `exp`, which must be present unless [`allow_missing_exp`](Self::allow_missing_exp) says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) issuers: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) typ: Option<String>,
    pub(super) required: Vec<String>,
    pub(super) leeway_secs: u64,
    pub(super) require_exp: bool,
    pub(super) max_bytes: usize,
}

/// Why rules can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesError {
    /// A list of accepted values is empty, so no token could satisfy it.
    Empty {
        /// What the list is of.
        list: &'static str,
    },
    /// More leeway than [`MAX_LEEWAY_SECS`].
    LeewayTooLarge {
        /// The seconds asked for.
        actual_secs: u64,
    },
    /// A limit on the size of tokens above [`MAX_TOKEN_BYTES_LIMIT`].
    LimitTooLarge {
        /// The bytes asked for.
        actual_bytes: usize,
    },
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { list } => write!(f, "the list of {list} is empty"),
            Self::LeewayTooLarge { actual_secs } => {
                write!(
                    f,
                    "leeway of {actual_secs} seconds where {MAX_LEEWAY_SECS} are allowed"
                )
            }
            Self::LimitTooLarge { actual_bytes } => write!(
                f,
                "a limit of {actual_bytes} bytes where {MAX_TOKEN_BYTES_LIMIT} are allowed"
            ),
        }
    }
}

impl core::error::Error for RulesError {}

impl Rules {
    /// Starts with the algorithms a token may be signed with, no leeway, and `exp` required.
    ///
    /// # Errors
    /// [`RulesError::Empty`] without an algorithm.
    pub fn new(algorithms: impl Into<Vec<Algorithm>>) -> Result<Self, RulesError> {
        let algorithms = algorithms.into();
        if algorithms.is_empty() {
            return Err(RulesError::Empty { list: "algorithms" });
        }
        Ok(Self {
            algorithms,
            issuers: Vec::new(),
            audiences: Vec::new(),
            typ: None,
            required: Vec::new(),
            leeway_secs: 0,
            require_exp: true,
            max_bytes: MAX_TOKEN_BYTES,
        })
    }

    /// Demands that `iss` is exactly this, or one of those given by several calls (RFC 8725 section 3.8).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Demands that `aud` contains exactly this, or one of those given by several calls (RFC 8725 section 3.9).
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Demands this `typ` in the header, so that a token of one kind can't pass for another
    /// (RFC 8725 section 3.11).
    ///
    /// Case is ignored, and `at+jwt` is the same as `application/at+jwt` (RFC 7515 section 4.1.9).
    #[must_use]
    pub fn typ(mut self, typ: impl Into<String>) -> Self {
        self.typ = Some(typ.into());
        self
    }

    /// Demands that this claim is present.
    #[must_use]
    pub fn require_claim(mut self, name: impl Into<String>) -> Self {
        self.required.push(name.into());
        self
    }

    /// Accepts tokens that never expire. An `exp` that is present is still checked.
    #[must_use]
    pub fn allow_missing_exp(mut self) -> Self {
        self.require_exp = false;
        self
    }

    /// Grants this many seconds, 0 to [`MAX_LEEWAY_SECS`], to clocks that disagree; applied to `exp`, `nbf` and `iat`.
    ///
    /// # Errors
    /// [`RulesError::LeewayTooLarge`] for more.
    pub fn leeway_secs(mut self, leeway_secs: u64) -> Result<Self, RulesError> {
        if leeway_secs > MAX_LEEWAY_SECS {
            return Err(RulesError::LeewayTooLarge {
                actual_secs: leeway_secs,
            });
        }
        self.leeway_secs = leeway_secs;
        Ok(self)
    }

    /// Reads tokens of up to this many bytes; [`MAX_TOKEN_BYTES`] unless set, at most [`MAX_TOKEN_BYTES_LIMIT`].
    ///
    /// # Errors
    /// [`RulesError::LimitTooLarge`] for more.
    pub fn max_bytes(mut self, max_bytes: usize) -> Result<Self, RulesError> {
        if max_bytes > MAX_TOKEN_BYTES_LIMIT {
            return Err(RulesError::LimitTooLarge {
                actual_bytes: max_bytes,
            });
        }
        self.max_bytes = max_bytes;
        Ok(self)
    }
}

/// Compares two media types as RFC 7515 section 4.1.9 does: without case, `application/` being implied
/// where there is no other slash.
pub(super) fn same_media_type(one: &str, other: &str) -> bool {
    implied(one).eq_ignore_ascii_case(implied(other))
}

/// Strips the prefix `application/` from a type that has no further slash.
fn implied(media_type: &str) -> &str {
    match media_type.split_once('/') {
        Some((top, sub)) if top.eq_ignore_ascii_case("application") && !sub.contains('/') => sub,
        _ => media_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn media_types_compare_without_case_and_with_an_implied_prefix() {
        for (one, other) in [
            ("JWT", "jwt"),
            ("at+jwt", "application/at+jwt"),
            ("Application/AT+JWT", "at+jwt"),
            ("text/plain", "TEXT/plain"),
        ] {
            assert!(same_media_type(one, other), "{one} {other}");
            assert!(same_media_type(other, one), "{other} {one}");
        }
        for (one, other) in [
            ("JWT", "at+jwt"),
            ("", "jwt"),
            ("text/jwt", "jwt"),
            ("application/application/jwt", "application/jwt"),
            ("jwt ", "jwt"),
        ] {
            assert!(!same_media_type(one, other), "{one} {other}");
        }
    }

    #[test]
    fn leeway_is_accepted_up_to_its_limit() {
        let rules = Rules::new([Algorithm::Es256]).unwrap();
        assert!(rules.clone().leeway_secs(MAX_LEEWAY_SECS).is_ok());
        let error = rules.leeway_secs(MAX_LEEWAY_SECS + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "leeway of 301 seconds where 300 are allowed"
        );
    }

    #[test]
    fn a_limit_on_the_size_is_accepted_up_to_a_mebibyte() {
        let rules = Rules::new([Algorithm::Es256]).unwrap();
        assert!(rules.clone().max_bytes(MAX_TOKEN_BYTES_LIMIT).is_ok());
        let error = rules.max_bytes(MAX_TOKEN_BYTES_LIMIT + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a limit of 1048577 bytes where 1048576 are allowed"
        );
    }

    #[test]
    fn rules_without_algorithms_cannot_be_made() {
        let error = Rules::new([]).unwrap_err();
        assert_eq!(error.to_string(), "the list of algorithms is empty");
    }
}
