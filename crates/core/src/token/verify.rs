//! Verification of a JWT at a given time (RFC 7519 section 7.2).

use alloc::{string::String, vec::Vec};

use super::{Claims, Rules, TokenError, rules::same_media_type};
use crate::{
    jose::{self, Header, KeySet},
    json::excerpt,
    time::UnixSecs,
};

/// A token whose signature, type, issuer, audience and times have been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedToken {
    header: Header,
    claims: Claims,
}

impl VerifiedToken {
    /// Returns the protected header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the claims.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Checks the times again, as of `now`.
    ///
    /// With leeway L: rejected when `now >= exp + L`, when `now + L < nbf`, and when `now + L < iat`.
    ///
    /// # Errors
    /// [`TokenError::Expired`], [`TokenError::NotYetValid`] or [`TokenError::IssuedInFuture`].
    pub fn check_times(&self, rules: &Rules, now: UnixSecs) -> Result<(), TokenError> {
        let leeway_secs = rules.leeway_secs;
        let latest_now = now.plus_secs(leeway_secs);
        // RFC 7519 section 4.1.4: "on or after" the expiration time the token must not be accepted.
        if let Some(exp) = self.claims.expires_at()
            && now >= exp.plus_secs(leeway_secs)
        {
            return Err(TokenError::Expired {
                exp,
                now,
                leeway_secs,
            });
        }
        if let Some(nbf) = self.claims.not_before()
            && latest_now < nbf
        {
            return Err(TokenError::NotYetValid {
                nbf,
                now,
                leeway_secs,
            });
        }
        if let Some(iat) = self.claims.issued_at()
            && latest_now < iat
        {
            return Err(TokenError::IssuedInFuture {
                iat,
                now,
                leeway_secs,
            });
        }
        Ok(())
    }
}

/// Verifies a JWT with a key of `keys`, by `rules`, at the time `now`.
///
/// # Errors
/// A [`TokenError`] naming the first check that failed, in this order: form, header, algorithm, key, signature
/// (see [`jose::verify`]), type, form of the claims, presence of the required ones, times, issuer, audience.
/// Nothing about the claims is said unless the signature holds.
pub fn verify(
    token: &str,
    keys: &KeySet,
    rules: &Rules,
    now: UnixSecs,
) -> Result<VerifiedToken, TokenError> {
    let jws = jose::verify_within(token, keys, &rules.algorithms, rules.max_bytes)?;
    check_typ(&jws.header, rules)?;
    let token = VerifiedToken {
        claims: Claims::parse(&jws.payload)?,
        header: jws.header,
    };
    check_presence(&token.claims, rules)?;
    token.check_times(rules, now)?;
    check_issuer(&token.claims, rules)?;
    check_audience(&token.claims, rules)?;
    Ok(token)
}

/// Keeps a token of one kind from passing for another (RFC 8725 sections 2.8 and 3.11).
fn check_typ(header: &Header, rules: &Rules) -> Result<(), TokenError> {
    let Some(expected) = &rules.typ else {
        return Ok(());
    };
    if header
        .typ()
        .is_some_and(|actual| same_media_type(actual, expected))
    {
        return Ok(());
    }
    Err(TokenError::TypMismatch {
        expected: excerpt(expected),
        actual: header.typ().map(excerpt),
    })
}

fn check_presence(claims: &Claims, rules: &Rules) -> Result<(), TokenError> {
    let asked = [
        ("exp", rules.require_exp),
        ("iss", !rules.issuers.is_empty()),
        ("aud", !rules.audiences.is_empty()),
    ];
    let by_check = asked
        .into_iter()
        .filter_map(|(name, is_asked)| is_asked.then_some(name));
    let by_name = rules.required.iter().map(String::as_str);
    match by_check
        .chain(by_name)
        .find(|name| claims.get(name).is_none())
    {
        Some(name) => Err(TokenError::MissingClaim {
            name: excerpt(name),
        }),
        None => Ok(()),
    }
}

fn check_issuer(claims: &Claims, rules: &Rules) -> Result<(), TokenError> {
    let actual = claims.issuer().unwrap_or_default();
    if rules.issuers.is_empty() || rules.issuers.iter().any(|issuer| issuer == actual) {
        return Ok(());
    }
    Err(TokenError::IssuerMismatch {
        expected: excerpts(&rules.issuers),
        actual: excerpt(actual),
    })
}

/// Keeps a token made for one service from being replayed at another (RFC 8725 section 2.7).
fn check_audience(claims: &Claims, rules: &Rules) -> Result<(), TokenError> {
    let is_named = |audience: &str| rules.audiences.iter().any(|wanted| wanted == audience);
    if rules.audiences.is_empty() || claims.audience().any(is_named) {
        return Ok(());
    }
    Err(TokenError::AudienceMismatch {
        expected: excerpts(&rules.audiences),
        actual: claims.audience().take(8).map(excerpt).collect(),
    })
}

fn excerpts(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| excerpt(text)).collect()
}
