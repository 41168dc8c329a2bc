//! What an access token says, written and read.

use portcullis_core::decide::{Grant, Membership};
use portcullis_core::token::Claims as Verified;
use portcullis_issue::random::random_id;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::time::from_rfc3339;
use crate::audit::to_rfc3339;
use crate::host::HostEntropy;
use crate::records::declared_attributes;
use crate::settings::ACCESS_TOKEN_TTL_SECS;
use crate::{App, Caller, Host, Impersonator, Session, SessionRef, User};

/// What a token says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claims<'a> {
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
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor<'a>>,
    name: &'a str,
    email: &'a str,
    email_verified: bool,
    image: Option<&'a str>,
    created_at: String,
    updated_at: String,
    epoch: i64,
    #[serde(rename = "session_exp")]
    session_exp: i64,
    /// The newest access change that these claims take into account.
    rev: i64,
    #[serde(flatten)]
    held: Held<'a>,
}

/// Who acts for the user (RFC 8693 section 4.1).
#[derive(Serialize)]
struct Actor<'a> {
    sub: &'a str,
    /// The session of an administrator who acts as the user. Services have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
}

/// What decisions are made on.
#[derive(Serialize)]
#[serde(untagged)]
enum Held<'a> {
    Whole {
        grants: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tier: Option<&'a str>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        attributes: Map<String, Value>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        tenants: &'a [Membership],
        #[serde(skip_serializing_if = "is_zero")]
        policy_epoch: i64,
    },
    /// It would be too long; a verifier that needs it asks.
    Partial { grants: [&'a str; 0], partial: bool },
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl<'a> Claims<'a> {
    /// All that there is to say of a caller now.
    pub(super) fn new<S, H: Host>(app: &'a App<S, H>, caller: &'a Caller) -> Self {
        let (user, session) = (&caller.user, &caller.session);
        let policy = &app.settings.policy;
        let iat = app.host.now_ms() / 1000;
        let ttl = i64::try_from(ACCESS_TOKEN_TTL_SECS).unwrap_or(0);
        let default_tier = policy.tiers().get(usize::from(policy.default_tier()));
        let tier = match &user.tier {
            Some(tier) => Some(tier.as_str()),
            None => default_tier.map(|tier| tier.name.as_str()),
        };
        let session_exp = session.expires_at_ms / 1000;
        let impersonator = caller.impersonator.as_ref();
        Self {
            iss: &app.settings.origin,
            aud: &app.settings.origin,
            sub: &user.id,
            id: &user.id,
            sid: &session.id,
            jti: random_id(&mut HostEntropy(&app.host)),
            iat,
            exp: (iat + ttl).min(session_exp),
            auth_time: session.authenticated_at_ms / 1000,
            amr: &session.methods,
            act: caller.acting().map(|sub| Actor {
                sub,
                sid: impersonator.map(|one| one.session_id.as_str()),
            }),
            name: &user.name,
            email: &user.email,
            email_verified: user.email_verified,
            image: user.image.as_deref(),
            created_at: to_rfc3339(user.created_at_ms),
            updated_at: to_rfc3339(user.updated_at_ms),
            epoch: user.epoch,
            session_exp,
            rev: caller.rev,
            held: Held::Whole {
                grants: caller.grants.iter().map(ToString::to_string).collect(),
                tier,
                attributes: declared_attributes(policy, user, &caller.attributes),
                tenants: &caller.tenants,
                policy_epoch: caller.policy_epoch,
            },
        }
    }

    /// Leaves out what makes a token long.
    pub(super) fn leave_out_what_is_held(&mut self) {
        self.held = Held::Partial {
            grants: [],
            partial: true,
        };
    }
}

/// What a token that verified says.
pub(super) struct Bearer {
    pub(super) session: SessionRef,
    /// From when on the token is over, Unix milliseconds.
    pub(super) ends_ms: i64,
    /// Who acts for the user.
    pub(super) actor: Option<String>,
    /// `None` when it doesn't say what its bearer holds.
    pub(super) caller: Option<Caller>,
}

impl Bearer {
    /// `None` for a token of another kind.
    pub(super) fn read(claims: &Verified) -> Option<Self> {
        let sid = claims.get("sid")?.as_str()?.to_owned();
        let exp = i64::try_from(claims.expires_at()?.as_secs()).ok()?;
        Some(Self {
            session: SessionRef::Id(sid),
            ends_ms: exp.saturating_mul(1000),
            actor: service_actor(claims),
            // One from before these claims were in tokens, or one that was too long for them.
            caller: claimed_caller(claims),
        })
    }
}

fn claimed_caller(claims: &Verified) -> Option<Caller> {
    let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
    let number = |name: &str| claims.get(name)?.as_i64();
    if claims.get("partial").is_some() {
        return None;
    }
    let authenticated_at_ms = number("auth_time")?.checked_mul(1000)?;
    let expires_at_ms = number("session_exp")?.checked_mul(1000)?;
    let grants: Vec<String> = read(claims.get("grants")?)?;
    let impersonator = impersonator(claims);
    let user = User {
        id: claims.subject()?.to_owned(),
        email: text("email")?,
        name: text("name")?,
        email_verified: claims.get("emailVerified")?.as_bool()?,
        image: text("image"),
        tier: text("tier"),
        disabled_at_ms: None,
        created_at_ms: from_rfc3339(&text("createdAt")?)?,
        updated_at_ms: from_rfc3339(&text("updatedAt")?)?,
        epoch: number("epoch")?,
    };
    Some(Caller {
        session: Session {
            id: text("sid")?,
            user_id: user.id.clone(),
            created_at_ms: authenticated_at_ms,
            updated_at_ms: authenticated_at_ms,
            expires_at_ms,
            // Of no account's business but its owner's: not in tokens, which other services see.
            ip_address: String::new(),
            user_agent: String::new(),
            remember_me: false,
            absolute_expires_at_ms: expires_at_ms,
            last_active_at_ms: authenticated_at_ms,
            authenticated_at_ms,
            methods: read(claims.get("amr")?)?,
            device_id: String::new(),
            device_name: String::new(),
            user_epoch: user.epoch,
            refreshable: None,
            superseded_by: None,
            token_ends_ms: expires_at_ms,
            impersonated_by: impersonator.as_ref().map(|one| one.user_id.clone()),
        },
        user,
        grants: grants.iter().map(|text| Grant::parse(text)).collect(),
        attributes: claims
            .get("attributes")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default(),
        tenants: claims.get("tenants").map_or(Some(Vec::new()), read)?,
        policy_epoch: number("policy_epoch").unwrap_or(0),
        actor: service_actor(claims),
        impersonator,
        api_key: None,
        rev: number("rev")?,
    })
}

/// The service that acts for the user; an administrator has a session, and is none.
fn service_actor(claims: &Verified) -> Option<String> {
    let act = claims.get("act")?;
    let is_service = act.get("sid").is_none();
    let sub = act.get("sub")?.as_str()?;
    is_service.then(|| sub.to_owned())
}

/// The administrator who acts as the user.
fn impersonator(claims: &Verified) -> Option<Impersonator> {
    let act = claims.get("act")?;
    let text = |name: &str| act.get(name)?.as_str().map(str::to_owned);
    Some(Impersonator {
        user_id: text("sub")?,
        session_id: text("sid")?,
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
