//! Sensitive calls ask for a sign-in that is fresh; proving again who one is renews it.

use super::begin::Tokens;
use super::rotate;
use crate::audit::event;
use crate::password::{self, Checked};
use crate::throttle::{self, Via};
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// Refuses a caller whose sign-in is longer ago than the operator allows, and one in whose place a
/// service acts.
///
/// # Errors
/// [`Denied::SessionNotFresh`]; [`Denied::ByActor`].
pub fn require_fresh<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> Result<(), Error> {
    caller.require_in_person()?;
    if is_fresh(app, caller) {
        Ok(())
    } else {
        // A session that was left open must not change how its owner signs in (OWASP ASVS 7.5.1).
        Err(Denied::SessionNotFresh.into())
    }
}

/// Whether the caller's sign-in is as recent as sensitive calls ask for.
pub fn is_fresh<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> bool {
    let fresh_secs = app.settings.sessions.fresh_secs;
    let age_ms = app.host.now_ms() - caller.session.authenticated_at_ms;
    fresh_secs == 0 || age_ms <= fresh_secs * 1000
}

/// Makes the caller's sign-in fresh by its password, and gives the session new tokens.
///
/// # Errors
/// [`Denied::InvalidPassword`]; [`Denied::TooManyRequests`]; [`Denied::ByActor`];
/// [`Denied::Unauthenticated`] when the session has ended meanwhile.
pub async fn step_up<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    typed: String,
    context: &Context,
) -> Result<Tokens, Error> {
    caller.require_in_person()?;
    let email = caller.user.email.as_str();
    let guess = throttle::open_guess(app, email, Via::Session(&caller.session.id)).await?;
    let credential = app.store.credential_by_email(email).await?;
    let stored = credential
        .filter(|known| known.user.id == caller.user.id)
        .and_then(|known| known.phc);
    let Checked::Match(_) = password::check(app, stored, typed).await? else {
        return Err(refuse(app, caller, context).await?);
    };
    throttle::right_guess(app, &guess).await?;
    let (tokens, mut rotation) = rotate::prepare_rotation(app, caller);
    rotation.authenticated_at_ms = Some(rotation.now_ms);
    // Requests of other tabs that are under way with the old token aren't signed out by this.
    rotation.old_until_ms = rotation.now_ms + app.settings.sessions.grace_secs * 1000;
    rotate::store(app, caller, &rotation, "auth.step-up", context).await?;
    Ok(tokens)
}

/// Records a wrong password.
async fn refuse<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<Error, Error> {
    let mut failure = event(app, context, "auth.step-up", AuditStatus::Fail);
    caller.mark(&mut failure);
    let id = caller.session.id.as_str();
    failure.fields.insert("session".into(), id.into());
    let reason = "wrong_password";
    failure.fields.insert("reason".into(), reason.into());
    app.store.record(&failure).await?;
    Ok(Denied::InvalidPassword.into())
}
