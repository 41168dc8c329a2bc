//! Accounts made by an operator, the first administrator above all.

use portcullis_core::decide::{Grant, ScopePath};
use portcullis_core::policy::Policy;
use portcullis_issue::Entropy;
use portcullis_issue::password::{self, Params, Rules};
use portcullis_issue::random::{random_bytes, random_id};

use crate::shown::is_shown;
use crate::{Email, NewGrant, NewUser, User};

/// What an operator says of a new account.
#[derive(Clone)]
pub struct Wanted {
    /// The address.
    pub email: String,
    /// Name for people; empty takes the address.
    pub name: String,
    /// The password.
    pub password: String,
    /// What the password must be like.
    pub rules: Rules,
    /// Roles, each `ROLE` or `ROLE@scope`.
    pub grants: Vec<String>,
    /// The tier; `None` takes the policy's default.
    pub tier: Option<String>,
}

impl core::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Wanted")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

/// Checks an account against the policy, hashes its password, and gives it an id.
///
/// # Errors
/// A sentence for the operator: an address or password that isn't one, a role, scope or tier that
/// the policy doesn't have.
pub fn new_user(
    policy: &Policy,
    wanted: &Wanted,
    params: &Params,
    entropy: &mut impl Entropy,
    now_ms: i64,
) -> Result<NewUser, String> {
    let email = Email::parse_new(&wanted.email)
        .ok_or_else(|| format!("`{}` isn't an e-mail address", wanted.email))?;
    if !is_shown(&wanted.name) {
        return Err("a name has no control or hidden characters".to_owned());
    }
    let about = [email.as_str(), &wanted.name];
    let checked = wanted.rules.check(&wanted.password, false, &about);
    let typed = checked.map_err(|error| error.to_string())?;
    let grants = wanted
        .grants
        .iter()
        .map(|text| new_grant(policy, text, entropy))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(tier) = &wanted.tier
        && policy.tier_rank(tier).is_none()
    {
        return Err(unknown(
            "tier",
            tier,
            policy.tiers().iter().map(|one| one.name.as_str()),
        ));
    }
    let phc = password::hash(typed.expose(), params, random_bytes(entropy))
        .map_err(|error| error.to_string())?;
    let name = if wanted.name.is_empty() {
        email.as_str()
    } else {
        &wanted.name
    };
    Ok(NewUser {
        user: User {
            id: random_id(entropy),
            email: email.as_str().to_owned(),
            name: name.to_owned(),
            email_verified: false,
            image: None,
            tier: wanted.tier.clone(),
            disabled_at_ms: None,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            epoch: 0,
        },
        phc,
        grants,
    })
}

/// The grants of a first administrator: every role of the highest level, globally.
#[must_use]
pub fn administrator_grants(policy: &Policy) -> Vec<String> {
    let grantable = || {
        policy
            .roles()
            .iter()
            .filter(|role| role.may_be_granted_at(0))
    };
    let highest = grantable().map(|role| role.level).max();
    grantable()
        .filter(|role| Some(role.level) == highest)
        .map(|role| role.name.clone())
        .collect()
}

/// Checks a grant, `ROLE` or `ROLE@scope`, against the policy, and gives it an id.
///
/// # Errors
/// A sentence for the operator: a role or scope that the policy doesn't have, or a role that may
/// not be granted there.
pub fn new_grant(
    policy: &Policy,
    text: &str,
    entropy: &mut impl Entropy,
) -> Result<NewGrant, String> {
    let grant = Grant::parse(text);
    let role = policy
        .role_id(&grant.role)
        .and_then(|id| policy.role(id))
        .ok_or_else(|| {
            unknown(
                "role",
                &grant.role,
                policy.roles().iter().map(|one| one.name.as_str()),
            )
        })?;
    let scope = ScopePath::parse(policy, &grant.scope).map_err(|_| {
        let levels = policy.levels().join(", ");
        format!(
            "`{}` isn't a scope of this policy, whose levels are: {levels}",
            grant.scope
        )
    })?;
    if !role.may_be_granted_at(scope.depth()) {
        return Err(format!(
            "the policy doesn't let `{}` be granted at `{}`",
            role.name, grant.scope
        ));
    }
    Ok(NewGrant {
        id: random_id(entropy),
        role: grant.role,
        scope: scope.to_text(policy),
    })
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    format!(
        "the policy has no {what} `{name}`; it has: {}",
        known.join(", ")
    )
}
