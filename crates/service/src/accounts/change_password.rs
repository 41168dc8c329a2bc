//! Changing a password, and proving that one knows it.

use super::Refused;
use super::ports::PasswordChange;
use crate::audit::event;
use crate::mail::{self, MailKind};
use crate::password::{self, Checked};
use crate::session::{self, Tokens};
use crate::throttle::{self, Guess, Key, Rule, Via};
use crate::{App, AuditEvent, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// How often a change is tried when the stored hash changes in between, as when a sign-in at the
/// same moment brings it up to date.
const ATTEMPTS: usize = 2;

/// A password to change.
#[derive(Clone)]
pub struct NewPassword {
    /// The password that the account has.
    pub current: String,
    /// The one that it is to have.
    pub new: String,
    /// Whether the account's other sessions end.
    pub revoke_other_sessions: bool,
}

impl core::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NewPassword(hidden)")
    }
}

/// A password that was changed.
#[derive(Debug)]
pub struct PasswordChanged {
    /// The session's new token; the old one opens nothing any more.
    pub tokens: Tokens,
}

/// Changes the caller's password, which takes the old one, and gives its session a new token
/// (OWASP ASVS 7.2.4). Links that were given out for the account open nothing any more.
///
/// # Errors
/// [`Refused::NoCredential`], [`Denied::InvalidPassword`], what [`password::hash_new_for`]
/// refuses, [`Denied::TooManyRequests`]; [`Denied::Unauthenticated`] when the session has ended
/// meanwhile.
pub async fn change_password<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: &NewPassword,
    context: &Context,
) -> Result<PasswordChanged, Error> {
    caller.require_in_person()?;
    throttle::guard(app, Rule::ChangePassword, &[Key::Address], context).await?;
    let action = "account.password.change";
    let mut known = require_password(app, caller, &asked.current, action, context).await?;
    let about = [caller.user.email.as_str(), &caller.user.name];
    let to = password::hash_new_for(app, &asked.new, false, &about).await?;
    for _ in 0..ATTEMPTS {
        let (tokens, rotation) = session::prepare_rotation(app, caller);
        let mut record = event(app, context, action, AuditStatus::Ok);
        caller.mark(&mut record);
        let session_id = caller.session.id.clone();
        record
            .fields
            .insert("session".into(), session_id.as_str().into());
        let change = PasswordChange {
            user_id: caller.user.id.clone(),
            from: known.phc,
            to: to.clone(),
            session_id,
            rotation,
            ends_others: asked.revoke_other_sessions,
            guess: known.guess,
            notice: mail::notice(app, MailKind::PasswordChanged, None)?,
            now_ms: app.host.now_ms(),
            event: record,
        };
        if app.store.change_password(&change).await? {
            return Ok(PasswordChanged { tokens });
        }
        known = require_password(app, caller, &asked.current, action, context).await?;
    }
    // The password is still the one, so it is the session that isn't there any more.
    Err(Denied::Unauthenticated.into())
}

/// Proves that the caller knows its password.
///
/// # Errors
/// [`Denied::InvalidPassword`], also for an account without a password;
/// [`Denied::TooManyRequests`].
pub async fn verify_password<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    typed: &str,
    context: &Context,
) -> Result<(), Error> {
    caller.require_in_person()?;
    throttle::guard(app, Rule::VerifyPassword, &[Key::Address], context).await?;
    let action = "account.password.verify";
    match prove(app, caller, typed, action, context).await {
        Ok(()) => {
            let mut record = event(app, context, action, AuditStatus::Ok);
            caller.mark(&mut record);
            Ok(app.store.record(&record).await?)
        }
        Err(Error::Denied(Denied::Account(Refused::NoCredential))) => {
            Err(Denied::InvalidPassword.into())
        }
        Err(error) => Err(error),
    }
}

/// A password that somebody has proved to know.
struct Known {
    phc: String,
    guess: Guess,
}

/// Compares a typed password with the caller's. Every guess counts against the session until
/// [`throttle::right_guess`] or a new password, and a wrong one is recorded.
async fn require_password<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    typed: &str,
    action: &str,
    context: &Context,
) -> Result<Known, Error> {
    // Guessing (CWE-307): whoever finds a screen unlocked must not find the password out as well.
    let via = Via::Session(&caller.session.id);
    let guess = throttle::open_guess(app, &caller.user.email, via).await?;
    let known = app.store.credential_by_id(&caller.user.id).await?;
    let Some(phc) = known.and_then(|known| known.phc) else {
        return Err(Refused::NoCredential.into());
    };
    match password::check(app, Some(phc.clone()), typed.to_owned()).await? {
        Checked::Match(_) => Ok(Known { phc, guess }),
        Checked::Mismatch | Checked::Unusable => {
            app.store
                .record(&wrong(app, caller, action, context))
                .await?;
            Err(Denied::InvalidPassword.into())
        }
    }
}

/// As [`require_password`], for what changes no password.
pub(super) async fn prove<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    typed: &str,
    action: &str,
    context: &Context,
) -> Result<(), Error> {
    let known = require_password(app, caller, typed, action, context).await?;
    throttle::right_guess(app, &known.guess).await
}

fn wrong<S, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    action: &str,
    context: &Context,
) -> AuditEvent {
    let mut record = event(app, context, action, AuditStatus::Fail);
    caller.mark(&mut record);
    record
        .fields
        .insert("reason".into(), "wrong_password".into());
    record
}
