//! The claims of a token (RFC 7519 section 4).

use alloc::string::String;

use super::TokenError;
use crate::{
    json::{self, Map, Value},
    limits::{MAX_NUMERIC_DATE_SECS, MAX_TOKEN_BYTES_LIMIT},
    time::UnixSecs,
};

/// The claims of a verified token: the registered ones typed, all of them as written.
///
/// A time with a fraction of a second is rounded to the side that accepts less: `exp` down, `nbf` and
/// `iat` up.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    members: Map<String, Value>,
    exp: Option<UnixSecs>,
    nbf: Option<UnixSecs>,
    iat: Option<UnixSecs>,
}

impl Claims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    /// [`TokenError::ClaimsJson`] unless it is a strict JSON object, [`TokenError::InvalidClaim`] for a registered
    /// claim of the wrong type, and for a time that is negative or after [`MAX_NUMERIC_DATE_SECS`].
    pub(super) fn parse(payload: &[u8]) -> Result<Self, TokenError> {
        // The token's own size was checked before, against the rules.
        let members =
            json::parse_object(payload, MAX_TOKEN_BYTES_LIMIT).map_err(TokenError::ClaimsJson)?;
        for name in ["iss", "jti", "sub"] {
            if members.get(name).is_some_and(|value| !value.is_string()) {
                return Err(invalid(name, "a string"));
            }
        }
        if members.get("aud").is_some_and(|value| !is_audience(value)) {
            return Err(invalid("aud", "a string or an array of strings"));
        }
        Ok(Self {
            exp: numeric_date(&members, "exp", Rounding::Down)?,
            nbf: numeric_date(&members, "nbf", Rounding::Up)?,
            iat: numeric_date(&members, "iat", Rounding::Up)?,
            members,
        })
    }

    /// Returns who issued the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.string("iss")
    }

    /// Returns whom the token is about (`sub`).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.string("sub")
    }

    /// Lists whom the token is for (`aud`); nothing if the claim is absent or empty.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let aud = self.members.get("aud");
        let many = aud.and_then(Value::as_array).into_iter().flatten();
        let one = aud.filter(|value| value.is_string());
        one.into_iter().chain(many).filter_map(Value::as_str)
    }

    /// Returns the first second at which the token is no longer valid (`exp`).
    #[must_use]
    pub const fn expires_at(&self) -> Option<UnixSecs> {
        self.exp
    }

    /// Returns the first second at which the token is valid (`nbf`).
    #[must_use]
    pub const fn not_before(&self) -> Option<UnixSecs> {
        self.nbf
    }

    /// Returns when the token was issued (`iat`).
    #[must_use]
    pub const fn issued_at(&self) -> Option<UnixSecs> {
        self.iat
    }

    /// Returns the token's own id (`jti`).
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.string("jti")
    }

    /// Returns any claim, as it was written.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Returns all claims, the registered ones included, as they were written.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    fn string(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

#[derive(Clone, Copy)]
enum Rounding {
    Down,
    Up,
}

fn invalid(name: &'static str, expected: &'static str) -> TokenError {
    TokenError::InvalidClaim { name, expected }
}

fn is_audience(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(values) => values.iter().all(Value::is_string),
        _ => false,
    }
}

/// Reads a `NumericDate` (RFC 7519 section 2): a JSON number, whole or with a fraction.
fn numeric_date(
    members: &Map<String, Value>,
    name: &'static str,
    rounding: Rounding,
) -> Result<Option<UnixSecs>, TokenError> {
    let Some(value) = members.get(name) else {
        return Ok(None);
    };
    let secs = match (value.as_u64(), value.as_f64()) {
        (Some(whole), _) => Some(whole),
        (None, Some(number)) => whole_secs(number, rounding),
        (None, None) => None,
    };
    match secs {
        Some(secs) if secs <= MAX_NUMERIC_DATE_SECS => Ok(Some(UnixSecs::new(secs))),
        _ => Err(invalid(name, "a number of seconds from 0 to the year 9999")),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the range is checked before the conversion, and its end is far below 2^53"
)]
fn whole_secs(number: f64, rounding: Rounding) -> Option<u64> {
    let in_range = (0.0..=MAX_NUMERIC_DATE_SECS as f64).contains(&number);
    in_range.then(|| {
        let floor = number as u64;
        let has_fraction = (floor as f64) < number;
        match rounding {
            Rounding::Up if has_fraction => floor + 1,
            Rounding::Up | Rounding::Down => floor,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString, vec::Vec};

    fn parse(text: &str) -> Result<Claims, TokenError> {
        Claims::parse(text.as_bytes())
    }

    #[test]
    fn registered_claims_are_typed_and_all_are_kept() {
        let claims = parse(r#"{"iss":"i","sub":"s","aud":["a","b"],"exp":9,"nbf":7,"iat":8,"jti":"j","tier":"beta"}"#).unwrap();
        assert_eq!(claims.issuer(), Some("i"));
        assert_eq!(claims.subject(), Some("s"));
        assert_eq!(claims.audience().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(claims.expires_at(), Some(UnixSecs::new(9)));
        assert_eq!(claims.not_before(), Some(UnixSecs::new(7)));
        assert_eq!(claims.issued_at(), Some(UnixSecs::new(8)));
        assert_eq!(claims.token_id(), Some("j"));
        assert_eq!(claims.get("tier").unwrap(), "beta");
        assert_eq!(claims.members().len(), 8);
    }

    #[test]
    fn an_audience_may_be_one_string_none_or_an_empty_list() {
        assert_eq!(
            parse(r#"{"aud":"a"}"#)
                .unwrap()
                .audience()
                .collect::<Vec<_>>(),
            ["a"]
        );
        assert_eq!(parse(r#"{"aud":[]}"#).unwrap().audience().count(), 0);
        assert_eq!(parse("{}").unwrap().audience().count(), 0);
    }

    #[test]
    fn fractions_round_to_the_side_that_accepts_less() {
        let claims = parse(r#"{"exp":10.9,"nbf":10.1,"iat":10.000001}"#).unwrap();
        assert_eq!(claims.expires_at(), Some(UnixSecs::new(10)));
        assert_eq!(claims.not_before(), Some(UnixSecs::new(11)));
        assert_eq!(claims.issued_at(), Some(UnixSecs::new(11)));
        let whole = parse(r#"{"exp":1e1,"nbf":10.0,"iat":-0.0}"#).unwrap();
        assert_eq!(whole.expires_at(), Some(UnixSecs::new(10)));
        assert_eq!(whole.not_before(), Some(UnixSecs::new(10)));
        assert_eq!(whole.issued_at(), Some(UnixSecs::new(0)));
    }

    #[test]
    fn times_end_with_the_year_9999() {
        assert!(parse(r#"{"exp":253402300799}"#).is_ok());
        for bad in [
            "253402300800",
            "253402300799.5",
            "1700000000000",
            "1e300",
            "18446744073709551615",
            "18446744073709551616",
            "-1",
            "-0.5",
            "\"9\"",
            "null",
            "true",
            "[9]",
            "{}",
        ] {
            for name in ["exp", "nbf", "iat"] {
                let error = parse(&format!("{{\"{name}\":{bad}}}")).unwrap_err();
                assert_eq!(error.code(), "malformed_claims", "{name} {bad}");
                let message =
                    format!("claim `{name}` is not a number of seconds from 0 to the year 9999");
                assert_eq!(error.to_string(), message, "{bad}");
            }
        }
    }

    #[test]
    fn names_must_be_strings() {
        for name in ["iss", "sub", "jti"] {
            for bad in ["1", "null", "[\"a\"]", "{}", "true"] {
                let error = parse(&format!("{{\"{name}\":{bad}}}")).unwrap_err();
                assert_eq!(error.to_string(), format!("claim `{name}` is not a string"));
            }
        }
        for bad in ["1", "null", "[1]", "[\"a\",null]", "{}"] {
            let error = parse(&format!("{{\"aud\":{bad}}}")).unwrap_err();
            assert_eq!(
                error.to_string(),
                "claim `aud` is not a string or an array of strings"
            );
        }
    }

    #[test]
    fn a_payload_that_is_no_strict_object_is_refused() {
        for (payload, code) in [
            (r#"{"sub":"a","sub":"b"}"#, "duplicate_member"),
            ("[]", "malformed_claims"),
            ("", "malformed_claims"),
            ("{}x", "malformed_claims"),
        ] {
            assert_eq!(parse(payload).unwrap_err().code(), code, "{payload}");
        }
    }
}
