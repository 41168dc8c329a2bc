//! Confirming addresses.

use super::Refused;
use super::one_time::{Found, draw, find};
use super::ports::{Ask, Audience, EmailChange, Purpose, Whom};
use crate::audit::event;
use crate::mail::{self, MailKind};
use crate::throttle::{self, Key, Rule};
use crate::{
    App, AuditEvent, AuditStatus, Caller, Context, Denied, Email, Error, Host, Store, User,
};

/// What a link did.
#[derive(Debug)]
pub enum Verified {
    /// The account's address is confirmed.
    Address,
    /// The account has another address, which is confirmed.
    Changed(Box<User>),
    /// The old address agrees; a link went to the new one.
    Agreed,
}

/// Sends a link that confirms an address, if there is an account with it that isn't confirmed.
///
/// Without a session nobody learns whether there is: the same statements run either way, and the
/// mail itself leaves later.
///
/// # Errors
/// [`Refused::VerificationOff`], [`Denied::InvalidEmail`], [`Denied::TooManyRequests`]; with a
/// session [`Refused::EmailMismatch`] and [`Refused::EmailAlreadyVerified`].
pub async fn send_verification_email<S: Store, H: Host>(
    app: &App<S, H>,
    caller: Option<&Caller>,
    email: &str,
    callback: Option<String>,
    context: &Context,
) -> Result<(), Error> {
    if !app.settings.mail.is_on() {
        return Err(Refused::VerificationOff.into());
    }
    throttle::guard(app, Rule::SendVerificationEmail, &[Key::Address], context).await?;
    let email = Email::parse(email).ok_or(Denied::InvalidEmail)?;
    if let Some(caller) = caller {
        if caller.user.email != email.as_str() {
            return Err(Refused::EmailMismatch.into());
        }
        if caller.user.email_verified {
            return Err(Refused::EmailAlreadyVerified.into());
        }
    }
    let ttl_secs = app.settings.accounts.verification_ttl_secs;
    let drawn = draw(app, Purpose::VerifyEmail, email.to_string(), ttl_secs);
    let ends_at_ms = drawn.value.expires_at_ms;
    let kind = MailKind::VerifyEmail;
    let mail = mail::letter_to(app, kind, None, &drawn.secret, callback, ends_at_ms)?;
    let mut record = event(app, context, "account.email.verify.ask", AuditStatus::Ok);
    record.fields.insert("email".into(), email.as_str().into());
    app.store
        .ask(&Ask {
            whom: Whom::Email(email.as_str()),
            audience: Audience::Unverified,
            value: drawn.value,
            mail,
            event: record,
        })
        .await?;
    Ok(())
}

/// Opens a link that confirms an address. It works once.
///
/// # Errors
/// [`Refused::InvalidVerification`], [`Refused::VerificationExpired`], and [`Refused::EmailTaken`]
/// when another account got the new address first.
pub async fn verify_email<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
    callback: Option<String>,
    context: &Context,
) -> Result<Verified, Error> {
    let found = find(app, token).await?;
    let found = found.ok_or(Refused::InvalidVerification)?;
    if found.is_over(app) {
        return Err(Refused::VerificationExpired.into());
    }
    match found.value.purpose {
        Purpose::VerifyEmail => confirm(app, &found, context).await,
        Purpose::VerifyNewEmail => change(app, &found, context).await,
        Purpose::ConfirmEmailChange => agree(app, &found, callback, context).await,
        Purpose::DeleteAccount | Purpose::ResetPassword => Err(Refused::InvalidVerification.into()),
    }
}

async fn confirm<S: Store, H: Host>(
    app: &App<S, H>,
    found: &Found,
    context: &Context,
) -> Result<Verified, Error> {
    let record = recorded(app, found, "account.email.verify", context);
    let email = &found.value.payload;
    let by = found.to_use(app);
    if app.store.verify_email(&by, email, &record).await? {
        Ok(Verified::Address)
    } else {
        Err(Refused::InvalidVerification.into())
    }
}

async fn agree<S: Store, H: Host>(
    app: &App<S, H>,
    found: &Found,
    callback: Option<String>,
    context: &Context,
) -> Result<Verified, Error> {
    let (_, to) = addresses(found)?;
    let payload = found.value.payload.clone();
    let ttl_secs = app.settings.accounts.verification_ttl_secs;
    let drawn = draw(app, Purpose::VerifyNewEmail, payload, ttl_secs);
    let ends_at_ms = drawn.value.expires_at_ms;
    let kind = MailKind::VerifyNewEmail;
    let recipient = Some(to.to_owned());
    let mail = mail::letter_to(app, kind, recipient, &drawn.secret, callback, ends_at_ms)?;
    let record = recorded(app, found, "account.email.change.agree", context);
    let by = found.to_use(app);
    let store = &app.store;
    let is_done = store.confirm_email_change(&by, &drawn.value, &mail, &record);
    if is_done.await? {
        Ok(Verified::Agreed)
    } else {
        Err(Refused::InvalidVerification.into())
    }
}

async fn change<S: Store, H: Host>(
    app: &App<S, H>,
    found: &Found,
    context: &Context,
) -> Result<Verified, Error> {
    let (from, to) = addresses(found)?;
    let mut record = recorded(app, found, "account.email.change", context);
    record.fields.insert("email".into(), to.into());
    let notice = mail::notice(app, MailKind::EmailChanged, Some(from.to_owned()))?;
    let by = found.to_use(app);
    let store = &app.store;
    let changed = store.change_email(&by, from, to, notice.as_ref(), &record);
    match changed.await? {
        EmailChange::Done => {}
        EmailChange::Gone => return Err(Refused::InvalidVerification.into()),
        EmailChange::Taken => return Err(Refused::EmailTaken.into()),
    }
    let known = store.credential_by_id(&found.value.user_id).await?;
    let known = known.ok_or(Refused::InvalidVerification)?;
    Ok(Verified::Changed(Box::new(known.user)))
}

/// The old address and the new one.
fn addresses(found: &Found) -> Result<(&str, &str), Error> {
    let pair = found.value.payload.split_once(' ');
    Ok(pair.ok_or(Refused::InvalidVerification)?)
}

fn recorded<S, H: Host>(
    app: &App<S, H>,
    found: &Found,
    action: &str,
    context: &Context,
) -> AuditEvent {
    let mut record = event(app, context, action, AuditStatus::Ok);
    record.user_id = Some(found.value.user_id.clone());
    record
}
