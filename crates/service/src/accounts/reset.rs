//! Passwords that were forgotten.

use super::Refused;
use super::one_time::{Found, draw, find};
use super::ports::{Ask, Audience, NewHash, Purpose, Whom};
use crate::audit::event;
use crate::mail::{self, MailKind};
use crate::throttle::{self, Key, Rule};
use crate::{App, AuditStatus, Context, Denied, Email, Error, Host, Store, password};

/// Sends a link for a new password, if there is an account with this address.
///
/// Nobody learns whether there is: the same statements run either way, and the mail itself leaves
/// later (OWASP ASVS 6.3.8).
///
/// # Errors
/// [`Refused::ResetOff`], [`Denied::InvalidEmail`], [`Denied::TooManyRequests`].
pub async fn request_password_reset<S: Store, H: Host>(
    app: &App<S, H>,
    email: &str,
    callback: Option<String>,
    context: &Context,
) -> Result<(), Error> {
    if !app.settings.mail.is_on() {
        return Err(Refused::ResetOff.into());
    }
    throttle::guard(app, Rule::RequestPasswordReset, &[Key::Address], context).await?;
    let email = Email::parse(email).ok_or(Denied::InvalidEmail)?;
    let ttl_secs = app.settings.accounts.reset_ttl_secs;
    let drawn = draw(app, Purpose::ResetPassword, String::new(), ttl_secs);
    let ends_at_ms = drawn.value.expires_at_ms;
    let kind = MailKind::ResetPassword;
    let mail = mail::letter_to(app, kind, None, &drawn.secret, callback, ends_at_ms)?;
    let mut record = event(app, context, "account.password.reset.ask", AuditStatus::Ok);
    record.fields.insert("email".into(), email.as_str().into());
    app.store
        .ask(&Ask {
            whom: Whom::Email(email.as_str()),
            audience: Audience::Anybody,
            value: drawn.value,
            mail,
            event: record,
        })
        .await?;
    Ok(())
}

/// Whether a link or code opens a new password now. It isn't used up.
///
/// # Errors
/// Only faults.
pub async fn can_reset<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<bool, Error> {
    Ok(usable(app, token).await?.is_some())
}

/// Sets a new password with a link's token or an operator's code, which is used up, and ends every
/// session of the account.
///
/// # Errors
/// [`Refused::InvalidResetToken`] before any hash is computed, what [`password::hash_new_for`]
/// refuses (then the token isn't used up), [`Denied::TooManyRequests`].
pub async fn reset_password<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
    new: &str,
    context: &Context,
) -> Result<(), Error> {
    throttle::guard(app, Rule::ResetPassword, &[Key::Address], context).await?;
    let Some(found) = usable(app, token).await? else {
        return refuse(app, context).await;
    };
    let known = app.store.credential_by_id(&found.value.user_id).await?;
    let Some(known) = known else {
        return refuse(app, context).await;
    };
    let about = [known.user.email.as_str(), &known.user.name];
    let phc = password::hash_new_for(app, new, false, &about).await?;
    let mut record = event(app, context, "account.password.reset", AuditStatus::Ok);
    record.user_id = Some(known.user.id.clone());
    let by = if found.value.payload.is_empty() {
        "mail"
    } else {
        "code"
    };
    record.fields.insert("by".into(), by.into());
    let notice = mail::notice(app, MailKind::PasswordChanged, None)?;
    let attempt = found.to_use(app);
    let store = &app.store;
    let guesses = throttle::account_key(&app.settings.secrets, &known.user.email);
    let new = NewHash { phc, guesses };
    if store
        .reset_password(&attempt, &new, notice.as_ref(), &record)
        .await?
    {
        Ok(())
    } else {
        refuse(app, context).await
    }
}

async fn usable<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Option<Found>, Error> {
    let found = find(app, token).await?;
    Ok(found.filter(|one| one.value.purpose == Purpose::ResetPassword && !one.is_over(app)))
}

async fn refuse<S: Store, H: Host>(app: &App<S, H>, context: &Context) -> Result<(), Error> {
    let mut record = event(app, context, "account.password.reset", AuditStatus::Fail);
    record
        .fields
        .insert("reason".into(), "invalid_token".into());
    app.store.record(&record).await?;
    Err(Refused::InvalidResetToken.into())
}
