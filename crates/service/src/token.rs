//! Access tokens: what a page or another service verifies without asking.

use portcullis_core::jose::{Algorithm, KeySet};
use portcullis_core::time::UnixSecs;
use portcullis_core::token::{Rules, verify};
use portcullis_issue::random::random_id;
use serde::Serialize;

use crate::host::HostEntropy;
use crate::settings::ACCESS_TOKEN_TTL_SECS;
use crate::{App, Caller, Denied, Error, Fault, Host, SessionRef, Store, keys};

/// Value of `typ` in the header of access tokens (RFC 9068 section 2.1).
pub const ACCESS_TOKEN_TYP: &str = "at+jwt";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    id: &'a str,
    sid: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(rename = "auth_time")]
    auth_time: i64,
    amr: [&'static str; 1],
    epoch: i64,
    grants: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    name: &'a str,
    email: &'a str,
    email_verified: bool,
}

/// Signs what is known of the caller, for five minutes or until its session ends.
///
/// # Errors
/// Only faults.
pub async fn mint<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> Result<String, Error> {
    let ring = keys::signing(app).await?;
    let signer = ring
        .signer
        .as_ref()
        .ok_or_else(|| Fault::Keys("the store kept no active key".to_owned()))?;
    let iat = app.host.now_ms() / 1000;
    let ttl = i64::try_from(ACCESS_TOKEN_TTL_SECS).unwrap_or(0);
    let policy = &app.settings.policy;
    let default_tier = policy.tiers().get(usize::from(policy.default_tier()));
    let tier = match &caller.user.tier {
        Some(tier) => Some(tier.as_str()),
        None => default_tier.map(|tier| tier.name.as_str()),
    };
    let claims = Claims {
        iss: &app.settings.origin,
        aud: &app.settings.origin,
        sub: &caller.user.id,
        id: &caller.user.id,
        sid: &caller.session.id,
        jti: random_id(&mut HostEntropy(&app.host)),
        iat,
        exp: (iat + ttl).min(caller.session.expires_at_ms / 1000),
        auth_time: caller.session.created_at_ms / 1000,
        amr: ["pwd"],
        epoch: caller.user.epoch,
        grants: caller.grants.iter().map(ToString::to_string).collect(),
        tier,
        name: &caller.user.name,
        email: &caller.user.email,
        email_verified: caller.user.email_verified,
    };
    signer
        .sign_jwt(ACCESS_TOKEN_TYP, &claims)
        .map_err(|error| Fault::Keys(error.to_string()).into())
}

/// Who calls with an access token. The signature is checked here; the session that it names is
/// looked up, so that signing out ends its tokens as well.
///
/// # Errors
/// [`Denied::Unauthenticated`] for any token that doesn't verify or whose session is over.
pub async fn caller<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Caller, Error> {
    let ring = keys::published(app).await?;
    let sid = verified_session(app, &ring.verifying, token).ok_or(Denied::Unauthenticated)?;
    crate::session::by_ref(app, &SessionRef::Id(sid)).await
}

fn verified_session<S: Store, H: Host>(
    app: &App<S, H>,
    keys: &KeySet,
    token: &str,
) -> Option<String> {
    let rules = Rules::new([Algorithm::Es256])
        .ok()?
        .issuer(&app.settings.origin)
        .audience(&app.settings.origin)
        .typ(ACCESS_TOKEN_TYP);
    let now = UnixSecs::from_millis(u64::try_from(app.host.now_ms()).ok()?);
    let verified = verify(token, keys, &rules, now).ok()?;
    Some(verified.claims().get("sid")?.as_str()?.to_owned())
}
