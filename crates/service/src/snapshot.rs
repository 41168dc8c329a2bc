//! Permission snapshots: all that a page decides by, signed, in one answer.

use core::fmt::Write;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use portcullis_core::decide::{Grant, Membership, Principal};
use portcullis_core::limits::MAX_SNAPSHOT_BYTES;
use portcullis_core::policy::Policy;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::keys::{self, Ring};
use crate::{App, Caller, Error, Fault, Host, Store, User, authorize, current_policy};

/// Value of `typ` in the header of snapshots, so that no token passes for one (RFC 8725 section 3.11).
pub const SNAPSHOT_TYP: &str = "portcullis-snapshot+jws";

/// How long a snapshot is good for, in seconds.
pub const SNAPSHOT_TTL_SECS: i64 = 300;

/// After half its life a snapshot counts as changed, so that a page that keeps asking never holds
/// one that is about to end.
const WINDOW_SECS: i64 = SNAPSHOT_TTL_SECS / 2;

/// Everything that a snapshot says but its times.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    iss: String,
    aud: String,
    sub: String,
    /// What this principal needs of the policy, packed.
    policy: Value,
    /// Of the whole policy, in base64url.
    policy_digest: String,
    principal: Holder,
    /// Full paths of the scopes that the principal's roles reach.
    scopes: Vec<String>,
    user: Person,
    /// When the session ends that the snapshot was made in, so that a page can tell in time: unless it is used, and
    /// whatever happens, in Unix seconds.
    ends: [i64; 2],
}

/// A principal without its id, which is `sub`, and its end, which is `exp`.
#[derive(Debug, Serialize)]
struct Holder {
    grants: Vec<Grant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tenants: Vec<Membership>,
}

/// What a page shows of the account, without its id, which is `sub`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    name: String,
    email: String,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    /// Unix milliseconds of issue: of two snapshots the later one has the greater.
    ver: i64,
    #[serde(flatten)]
    content: &'a Content,
}

/// What a caller's snapshot says now; signing it is the expensive part, and often not needed.
#[derive(Debug)]
pub struct Snapshot {
    ring: Arc<Ring>,
    content: Content,
    times: Times,
    tag: String,
}

/// When a snapshot is issued and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    issued_ms: i64,
    iat: i64,
    exp: i64,
}

/// Gathers what a snapshot for the caller says.
///
/// # Errors
/// Only faults.
pub async fn prepare<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<Snapshot, Error> {
    let ring = keys::signing(app).await?;
    let policy = &*current_policy(app, caller).await?;
    let scopes = authorize::scopes_of(app, caller).await?;
    let principal = caller.principal(policy);
    let content = Content {
        iss: app.settings.origin.clone(),
        aud: app.settings.origin.clone(),
        sub: caller.user.id.clone(),
        policy: policy.document().reduced_to(&principal).pack(),
        policy_digest: digest_text(policy),
        principal: Holder::from(principal),
        scopes,
        user: Person::from(&caller.user),
        ends: [
            caller.session.expires_at_ms / 1000,
            caller.session.absolute_expires_at_ms / 1000,
        ],
    };
    let times = Times::new(app.host.now_ms(), caller.session.expires_at_ms);
    let json = serde_json::to_string(&content).map_err(|error| fault(&error))?;
    let kid = ring.signer.as_ref().map_or("", |signer| signer.kid());
    Ok(Snapshot {
        tag: tag(kid, times, &json),
        ring,
        content,
        times,
    })
}

impl Snapshot {
    /// The same for two snapshots of one caller that differ in their times alone, within half the
    /// life of one: 32 hexadecimal digits.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The snapshot as a compact JWS (RFC 7515 section 7.1), at most [`MAX_SNAPSHOT_BYTES`] long.
    ///
    /// # Errors
    /// Only faults: there is no key, the snapshot is longer, or the host doesn't sign.
    pub async fn sign<H: Host>(&self, host: &H) -> Result<String, Error> {
        let claims = Claims {
            iat: self.times.iat,
            exp: self.times.exp,
            ver: self.times.issued_ms,
            content: &self.content,
        };
        let signer = self.ring.active()?;
        let unsigned = signer
            .unsigned(SNAPSHOT_TYP, &claims, MAX_SNAPSHOT_BYTES)
            .map_err(|error| fault(&error))?;
        Ok(keys::sign(host, signer, unsigned).await?)
    }
}

impl Times {
    fn new(issued_ms: i64, session_ends_ms: i64) -> Self {
        let iat = issued_ms / 1000;
        Self {
            issued_ms,
            iat,
            // Signed out by time, one isn't signed in for another five minutes.
            exp: (iat + SNAPSHOT_TTL_SECS).min(session_ends_ms / 1000),
        }
    }
}

fn tag(kid: &str, times: Times, content: &str) -> String {
    // A session that ends early and is then extended makes another snapshot.
    let is_cut = times.exp < times.iat + SNAPSHOT_TTL_SECS;
    let end = if is_cut { times.exp } else { 0 };
    let mut hash = Sha256::new();
    hash.update(format!("{kid} {} {end} ", times.iat / WINDOW_SECS));
    hash.update(content);
    hex(hash.finalize().iter().take(16))
}

impl From<Principal> for Holder {
    fn from(principal: Principal) -> Self {
        Self {
            grants: principal.grants,
            tier: principal.tier,
            attributes: principal.attributes,
            tenants: principal.tenants,
        }
    }
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self {
            name: user.name.clone(),
            email: user.email.clone(),
            email_verified: user.email_verified,
            image: user.image.clone(),
        }
    }
}

fn fault(error: &dyn core::fmt::Display) -> Error {
    Fault::Keys(format!("permission snapshot: {error}")).into()
}

fn digest_text(policy: &Policy) -> String {
    Base64UrlUnpadded::encode_string(&policy.digest())
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    bytes.fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER_MS: i64 = i64::MAX;

    #[test]
    fn a_snapshot_lives_five_minutes_and_never_longer_than_its_session() {
        let exp = |session_ends_ms| Times::new(1_000_999, session_ends_ms).exp;
        assert_eq!(exp(NEVER_MS), 1_300);
        assert_eq!(exp(1_300_000), 1_300);
        assert_eq!(exp(1_299_999), 1_299);
        assert_eq!(exp(1_001_500), 1_001);
    }

    #[test]
    fn the_tag_stays_within_half_a_life_and_no_longer() {
        let tag_at = |ms| tag("k", Times::new(ms, NEVER_MS), "{}");
        assert_eq!(tag_at(150_000), tag_at(299_999));
        assert_ne!(tag_at(149_999), tag_at(150_000));
        assert_ne!(tag_at(299_999), tag_at(300_000));
    }

    #[test]
    fn the_tag_changes_with_the_content_the_key_and_an_early_end() {
        let now = 150_000;
        let one = tag("k", Times::new(now, NEVER_MS), "{}");
        assert_eq!(one.len(), 32);
        assert_ne!(one, tag("k", Times::new(now, NEVER_MS), "[]"));
        assert_ne!(one, tag("l", Times::new(now, NEVER_MS), "{}"));
        let ends = |session_ends_ms| tag("k", Times::new(now, session_ends_ms), "{}");
        assert_eq!(one, ends(450_000));
        assert_ne!(one, ends(449_000));
        assert_ne!(ends(449_000), ends(448_000));
    }
}
