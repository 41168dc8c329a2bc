//! The public side of a key: its JWK, its id, the key set that verifiers read.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_es256::PublicKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{KeyRecord, KeyState, RotationPolicy};

/// The public part of an ES256 key and its id.
///
/// The id is the key's RFC 7638 thumbprint: the base64url of the SHA-256 of its required members
/// in the order of their names, so two keys never share one and no counter is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwk {
    x: String,
    y: String,
    kid: String,
}

/// The members of a JWK in the order in which they are written (RFC 7517 section 4, RFC 7518
/// section 6.2.1). There is no field for a private member, so none can be published.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    kty: &'a str,
    crv: &'a str,
    x: &'a str,
    y: &'a str,
    kid: &'a str,
    alg: &'a str,
    #[serde(rename = "use")]
    public_key_use: &'a str,
}

impl PublicJwk {
    /// The JWK of a public key with these coordinates, or `None` if they are no point of the curve.
    pub(super) fn of(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        PublicKey::parse_coordinates(x, y).ok()?;
        let text = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        Some(Self::from_coordinates(text(x), text(y)))
    }

    /// Reads a JWK as [`PublicJwk::to_json`] wrote it.
    ///
    /// # Errors
    /// [`PublicJwkError`] if it has other members or values, if its point isn't on the curve, or
    /// if its `kid` isn't its thumbprint.
    pub fn parse(json: &str) -> Result<Self, PublicJwkError> {
        let members: Members<'_> =
            serde_json::from_str(json).map_err(|_| PublicJwkError::Malformed)?;
        let jwk = Self::from_coordinates(members.x.to_owned(), members.y.to_owned());
        let point = jwk.coordinates();
        // Off the curve it is a key of another, weaker one (invalid-curve attack).
        if point.is_none_or(|(x, y)| PublicKey::parse_coordinates(&x, &y).is_err()) {
            return Err(PublicJwkError::NotOnCurve);
        }
        // A row whose id was exchanged would publish one key under the name of another.
        if jwk.kid != members.kid {
            return Err(PublicJwkError::KidMismatch {
                computed: jwk.kid,
                found: members.kid.to_owned(),
            });
        }
        if jwk.to_json() != json {
            return Err(PublicJwkError::Malformed);
        }
        Ok(jwk)
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The JWK as JSON: `kty`, `crv`, `x`, `y`, `kid`, `alg` ES256, `use` sig.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings under fixed names always serialise.
        serde_json::to_string(&self.members()).unwrap_or_default()
    }

    /// Its x and y, or `None` if they aren't of 32 bytes each.
    pub(super) fn coordinates(&self) -> Option<([u8; 32], [u8; 32])> {
        let read = |text: &str| {
            let mut bytes = [0; 32];
            let len = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
            (len == bytes.len()).then_some(bytes)
        };
        Some((read(&self.x)?, read(&self.y)?))
    }

    fn from_coordinates(x: String, y: String) -> Self {
        // RFC 7638 section 3: required members only, in lexicographic order, no white space.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = Base64UrlUnpadded::encode_string(&Sha256::digest(canonical));
        Self { x, y, kid }
    }

    fn members(&self) -> Members<'_> {
        Members {
            kty: "EC",
            crv: "P-256",
            x: &self.x,
            y: &self.y,
            kid: &self.kid,
            alg: "ES256",
            public_key_use: "sig",
        }
    }
}

/// The key set that verifiers read, as JSON (RFC 7517 section 5).
///
/// The active key, then the next ones, then the retired ones that [`plan_rotation`] would still
/// keep, the last retired first. Keys of the same state are in the order of their ids, so the text
/// changes only when the ring does and can carry an `ETag`.
///
/// [`plan_rotation`]: super::plan_rotation
#[must_use]
pub fn jwks_json(keys: &[KeyRecord], now_secs: u64, policy: &RotationPolicy) -> String {
    #[derive(Serialize)]
    struct KeySet<'a> {
        keys: Vec<Members<'a>>,
    }

    let mut published: Vec<&KeyRecord> = keys
        .iter()
        .filter(|key| !policy.is_expired(key.state, now_secs))
        .collect();
    published.sort_by_key(|key| (publication_order(key.state), key.kid()));
    let keys = published.iter().map(|key| key.public.members()).collect();
    // Strings under fixed names always serialise.
    serde_json::to_string(&KeySet { keys }).unwrap_or_default()
}

fn publication_order(state: KeyState) -> (u8, u64) {
    match state {
        KeyState::Active { .. } => (0, 0),
        KeyState::Next => (1, 0),
        KeyState::Retired { since_secs } => (2, u64::MAX - since_secs),
    }
}

/// Why a stored JWK is none of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicJwkError {
    /// Its `kid` isn't its thumbprint.
    KidMismatch {
        /// The thumbprint of its coordinates.
        computed: String,
        /// Its `kid`.
        found: String,
    },
    /// It isn't written as this crate writes it.
    Malformed,
    /// Its coordinates are no point of P-256.
    NotOnCurve,
}

impl fmt::Display for PublicJwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KidMismatch { computed, found } => write!(
                f,
                "stored public key has the id `{}`, its thumbprint is `{computed}`",
                found.escape_debug()
            ),
            Self::Malformed => f.write_str("stored public key is malformed"),
            Self::NotOnCurve => f.write_str("stored public key is no point of P-256"),
        }
    }
}

impl core::error::Error for PublicJwkError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6979 section A.2.5; its thumbprint computed by npm jose.
    const JSON: &str = concat!(
        r#"{"kty":"EC","crv":"P-256","x":"YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y","#,
        r#""y":"eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk","#,
        r#""kid":"DOvxvJiAdIqVWIkFt5hDtCunXLF0BV4-JGv4f-ALSm0","alg":"ES256","use":"sig"}"#
    );

    fn rfc_key() -> PublicJwk {
        PublicJwk::from_coordinates(
            "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y".to_owned(),
            "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk".to_owned(),
        )
    }

    #[test]
    fn jwk_has_the_public_members_and_the_thumbprint_as_id() {
        assert_eq!(rfc_key().to_json(), JSON);
    }

    #[test]
    fn jwk_parses_back_to_itself() {
        assert_eq!(PublicJwk::parse(JSON), Ok(rfc_key()));
    }

    #[test]
    fn thumbprint_is_that_of_another_key_in_the_standard() {
        // RFC 7515 section A.3's key; its thumbprint computed by npm jose.
        let jwk = PublicJwk::from_coordinates(
            "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".to_owned(),
            "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".to_owned(),
        );
        assert_eq!(jwk.kid(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
        assert_eq!(PublicJwk::parse(&jwk.to_json()), Ok(jwk));
    }

    #[test]
    fn jwk_with_another_id_is_refused() {
        let swapped = JSON.replacen(
            "DOvxvJiAdIqVWIkFt5hDtCunXLF0BV4-JGv4f-ALSm0",
            "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
            1,
        );
        let error = PublicJwk::parse(&swapped).unwrap_err();
        assert_eq!(
            error.to_string(),
            "stored public key has the id `oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U`, its thumbprint is `DOvxvJiAdIqVWIkFt5hDtCunXLF0BV4-JGv4f-ALSm0`"
        );
    }

    #[test]
    fn jwk_off_the_curve_is_refused() {
        let off = JSON.replacen("eQP-EAi4", "eQP-EAi5", 1);
        let error = PublicJwk::parse(&off).unwrap_err();
        assert_eq!(error, PublicJwkError::NotOnCurve);
        assert_eq!(error.to_string(), "stored public key is no point of P-256");
        let short = JSON.replacen("eQP-", "", 1);
        assert_eq!(PublicJwk::parse(&short), Err(PublicJwkError::NotOnCurve));
    }

    #[test]
    fn jwk_with_a_private_or_missing_or_changed_member_is_refused() {
        for json in [
            String::new(),
            "{}".to_owned(),
            JSON.replacen('{', r#"{"d":"AAAA","#, 1),
            JSON.replacen(r#","use":"sig""#, "", 1),
            JSON.replacen(r#""use":"sig""#, r#""use":"enc""#, 1),
            JSON.replacen("ES256", "HS256", 1),
            JSON.replacen(r#""crv":"P-256""#, r#""crv":"P-384""#, 1),
            JSON.replacen('{', "{ ", 1),
        ] {
            assert_eq!(
                PublicJwk::parse(&json),
                Err(PublicJwkError::Malformed),
                "{json}"
            );
        }
        assert_eq!(
            PublicJwkError::Malformed.to_string(),
            "stored public key is malformed"
        );
    }
}
