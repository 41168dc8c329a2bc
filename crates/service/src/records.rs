//! What crosses the ports.

use std::sync::Arc;

use portcullis_core::decide::{Grant, Membership, Principal, Subject};
use portcullis_core::policy::Policy;
use serde_json::{Map, Value};

use crate::api_keys::{ApiKeyRecord, Refused};
use crate::{Denied, Error};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// 32 letters and digits.
    pub id: String,
    /// Lower-cased address.
    pub email: String,
    /// Name for people.
    pub name: String,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Address of a picture.
    pub image: Option<String>,
    /// Tier; `None` is the policy's default.
    pub tier: Option<String>,
    /// Since when it may not sign in, Unix milliseconds.
    pub disabled_at_ms: Option<i64>,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub updated_at_ms: i64,
    /// Counts changes of what it may do.
    pub epoch: i64,
}

/// An account with what a sign-in needs.
#[derive(Clone)]
pub struct Credential {
    /// The account.
    pub user: User,
    /// The password's PHC string, when one is set.
    pub phc: Option<String>,
    /// The ban that was set, if any; it may be over.
    pub ban: Option<crate::admin::Ban>,
}

impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Credential")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// A session, without its token: only a hash of that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// 32 letters and digits.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// When it began, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last extended, Unix milliseconds.
    pub updated_at_ms: i64,
    /// From when on it is over, Unix milliseconds.
    pub expires_at_ms: i64,
    /// Address of the client that began it; empty when unknown.
    pub ip_address: String,
    /// `User-Agent` of the client that began it; empty when unknown.
    pub user_agent: String,
    /// Whether it outlives the browser and is extended by use.
    pub remember_me: bool,
    /// From when on it is over whatever happens, Unix milliseconds.
    pub absolute_expires_at_ms: i64,
    /// When it was last used, Unix milliseconds, to some minutes.
    pub last_active_at_ms: i64,
    /// When its owner last proved who it is, Unix milliseconds.
    pub authenticated_at_ms: i64,
    /// How, in the values of RFC 8176 section 2: `pwd`, `otp`.
    pub methods: Vec<String>,
    /// Which device it is on; empty when unknown.
    pub device_id: String,
    /// What its owner calls the device; empty when unknown.
    pub device_name: String,
    /// The user's epoch when the token was issued.
    pub user_epoch: i64,
    /// Set when it is refreshed by refresh tokens.
    pub refreshable: Option<Refreshable>,
    /// The hash of the current token, when it was found by the one before that, which holds for a
    /// moment longer.
    pub superseded_by: Option<String>,
    /// From when on what it was found by is over, Unix milliseconds: the session, or before that a
    /// token that is refreshed or was superseded.
    pub token_ends_ms: i64,
    /// The id of the administrator who acts as its owner in it, when it is one of those.
    pub impersonated_by: Option<String>,
}

/// What a session with refresh tokens has besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refreshable {
    /// How many refresh tokens came before the current one.
    pub generation: i64,
    /// From when on the session's token is over, Unix milliseconds; the session itself ends later.
    pub token_expires_at_ms: i64,
}

/// Who is calling, by a session that holds now.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub user: User,
    /// The session.
    pub session: Session,
    /// Roles, as stored.
    pub grants: Vec<Grant>,
    /// Attributes of the account, as stored.
    pub attributes: Map<String, Value>,
    /// What it is in tenants.
    pub tenants: Vec<Membership>,
    /// Counts changes of permissions made at run time, when the session was looked up.
    pub policy_epoch: i64,
    /// Who acts for the user, such as `service:discord-bot`, when it isn't the user in person: the
    /// `sub` of the token's `act` claim (RFC 8693 section 4.1).
    pub actor: Option<String>,
    /// The API key that it came with, which may do less than the user: see
    /// [`authorize`](crate::authorize).
    pub api_key: Option<KeyUse>,
    /// The administrator who acts as the user, when the session is one of those.
    pub impersonator: Option<Impersonator>,
    /// Number of the newest access change that this takes into account.
    pub rev: i64,
}

/// An API key in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// Its id.
    pub id: String,
    /// The permissions that it is for: what its user holds besides is out of its reach.
    pub scopes: Vec<String>,
    /// All that is stored of it.
    pub key: Arc<ApiKeyRecord>,
    /// Whether it came as the key from before its last rotation.
    pub is_old: bool,
}

/// Who acts as somebody else, and the session that it began this from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impersonator {
    /// The administrator.
    pub user_id: String,
    /// Its own session, which goes on meanwhile.
    pub session_id: String,
}

impl Caller {
    /// What decisions are made on; it expires with the session.
    #[must_use]
    pub fn principal(&self, policy: &Policy) -> Principal {
        Principal {
            id: self.user.id.clone(),
            grants: self.grants.clone(),
            tier: self.user.tier.clone(),
            expires_secs: u64::try_from(self.session.expires_at_ms / 1000).ok(),
            attributes: declared_attributes(policy, &self.user, &self.attributes),
            tenants: self.tenants.clone(),
        }
    }

    /// Refuses everybody who only acts for the user: what touches the account itself, such as its
    /// password or its sessions, takes the user in person.
    ///
    /// # Errors
    /// [`Denied::ByActor`].
    pub fn require_in_person(&self) -> Result<(), Error> {
        // Confused deputy (CWE-441, RFC 9700 section 4.14): a service that may act for a user must not
        // be able to take the account over.
        if self.actor.is_some() || self.impersonator.is_some() {
            return Err(Denied::ByActor.into());
        }
        if self.api_key.is_some() {
            return Err(Refused::InPerson.into());
        }
        Ok(())
    }

    /// Who acts for the user, when it isn't the user in person: a service such as `service:discord-bot`,
    /// or the id of the administrator who acts as the user.
    #[must_use]
    pub fn acting(&self) -> Option<&str> {
        let impersonator = self.impersonator.as_ref();
        let impersonator = impersonator.map(|one| one.user_id.as_str());
        impersonator.or(self.actor.as_deref())
    }

    /// Says in an audit record whose account it was, and who acted for it if it wasn't the user.
    pub fn mark(&self, event: &mut AuditEvent) {
        event.user_id = Some(self.user.id.clone());
        if let Some(actor) = self.acting() {
            event.fields.insert("act".into(), actor.into());
        }
        if let Some(key) = &self.api_key {
            event.fields.insert("apiKey".into(), key.id.as_str().into());
        }
        if let Some(impersonator) = &self.impersonator {
            let session = impersonator.session_id.as_str();
            event.fields.insert("act_session".into(), session.into());
        }
    }

    /// Whether the credential that it came with is for this permission: everything is, but to an API key
    /// what its scopes don't name.
    #[must_use]
    pub fn reaches(&self, permission: &str) -> bool {
        let key = self.api_key.as_ref();
        key.is_none_or(|key| key.scopes.iter().any(|name| name == permission))
    }

    /// What it is in a tenant.
    #[must_use]
    pub fn membership(&self, tenant_id: &str) -> Option<&Membership> {
        self.tenants.iter().find(|one| one.id == tenant_id)
    }

    /// The principal compiled against a policy.
    #[must_use]
    pub fn subject(&self, policy: &Policy) -> Subject {
        Subject::compile(policy, &self.principal(policy))
    }
}

/// The attributes of an account that the policy declares. What the account itself says, such as its
/// address, goes before a stored attribute of that name.
pub(crate) fn declared_attributes(
    policy: &Policy,
    user: &User,
    stored: &Map<String, Value>,
) -> Map<String, Value> {
    let value = |name: &str| match name {
        "email" => Some(Value::from(user.email.as_str())),
        "email_verified" => Some(Value::from(user.email_verified)),
        "name" => Some(Value::from(user.name.as_str())),
        _ => stored.get(name).cloned(),
    };
    let declared = policy.auth().iter();
    declared
        .filter_map(|one| Some((one.name.clone(), value(&one.name)?)))
        .collect()
}

/// How an action came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditStatus {
    /// It was refused or failed.
    Fail,
    /// It was done.
    Ok,
}

impl AuditStatus {
    /// `ok` or `fail`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Ok => "ok",
        }
    }
}

/// A thing that happened, for the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// Number in the log, ascending; 0 until it is stored.
    pub id: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Dot-style: `auth.login`, `pin.reveal`.
    pub action: String,
    /// How it came out.
    pub status: AuditStatus,
    /// Whose account; `None` when it isn't known.
    pub user_id: Option<String>,
    /// Where, as scope text; `None` when it isn't about a scope.
    pub scope: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// From the start of the request to this record, milliseconds.
    pub latency_ms: i64,
    /// The client's address; empty when unknown.
    pub ip_address: String,
    /// The client's `User-Agent`; empty when unknown.
    pub user_agent: String,
    /// What else there is to say; no secrets.
    pub fields: Map<String, Value>,
}
