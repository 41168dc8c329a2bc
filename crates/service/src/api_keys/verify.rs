//! Asking whether a key holds, for services that are called with keys of this server.

use portcullis_core::decide::{RawScope, Request};

use super::Refused;
use super::records::ApiKeyRecord;
use super::rights::require_held;
use super::uses::{Charge, holder, parse, spend};
use crate::throttle::{Key, Rule};
use crate::{App, Caller, Context, Denied, Error, Host, Store, authorize, guard};

/// Whether a key holds.
#[derive(Debug)]
pub enum Verdict {
    /// It does, and was used once by it.
    Valid(Box<ApiKeyRecord>),
    /// It doesn't, and why.
    Invalid(Refused),
}

/// Uses a key once, if it is good and reaches all of `permissions`: they are among its scopes, and its
/// user holds them at `scope`, or without one anywhere. A key that doesn't reach them isn't used.
///
/// # Errors
/// [`Denied::Forbidden`] for callers who may not ask; [`Denied::TooManyRequests`] for an account that asked
/// about too many keys that nobody knows. Keys with a mistake in them aren't looked up, nor counted, and
/// keys that are kept are answered all the same.
pub async fn verify<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    text: &str,
    permissions: &[String],
    scope: Option<RawScope>,
    context: &Context,
) -> Result<Verdict, Error> {
    guard::require_global(app, caller, &guard::VERIFY_API_KEY, context).await?;
    let charge = Charge {
        rule: Rule::VerifyApiKey,
        to: Key::Account(&caller.user.id),
        context,
    };
    match attempt(app, text, permissions, scope, charge).await {
        Ok(key) => Ok(Verdict::Valid(Box::new(key))),
        Err(Error::Denied(Denied::ApiKeys(refused))) => Ok(Verdict::Invalid(refused)),
        Err(other) => Err(other),
    }
}

async fn attempt<S: Store, H: Host>(
    app: &App<S, H>,
    text: &str,
    permissions: &[String],
    scope: Option<RawScope>,
    charge: Charge<'_>,
) -> Result<ApiKeyRecord, Error> {
    let key = parse(app, text)?;
    let caller = holder(app, &key, charge).await?;
    require_reached(app, &caller, permissions, scope).await?;
    let caller = spend(app, caller, &key).await?;
    let used = caller.api_key.ok_or(Refused::Invalid)?;
    Ok(ApiKeyRecord::clone(&used.key))
}

async fn require_reached<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    permissions: &[String],
    scope: Option<RawScope>,
) -> Result<(), Error> {
    if !permissions.iter().all(|name| caller.reaches(name)) {
        return Err(Refused::NotFor.into());
    }
    let Some(scope) = scope else {
        let used = caller.api_key.as_ref();
        let tenant_id = used.and_then(|used| used.key.tenant_id.as_deref());
        let held = require_held(app, caller, tenant_id, permissions).await;
        return held.map_err(|error| match error {
            Error::Denied(_) => Refused::NotFor.into(),
            fault @ Error::Fault(_) => fault,
        });
    };
    let requests: Vec<_> = permissions
        .iter()
        .map(|name| Request::permission(name.clone(), scope.clone()))
        .collect();
    let answers = authorize::check(app, caller, &requests).await?;
    if answers.iter().all(|answer| answer.allow) {
        Ok(())
    } else {
        Err(Refused::NotFor.into())
    }
}
