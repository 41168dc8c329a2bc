//! Changing the address of an account.

use super::Refused;
use super::one_time::draw;
use super::ports::{Ask, Audience, Purpose, Whom};
use crate::audit::event;
use crate::mail::{self, MailKind};
use crate::throttle::{self, Key, Rule};
use crate::{App, AuditStatus, Caller, Context, Denied, Email, Error, Host, Store, session};

/// Asks for another address: the account has it once its owner has opened a link that was sent there.
///
/// Whoever has confirmed the old address is asked there first, so that a session that fell into
/// other hands isn't enough. The answer is the same for an address that has an account; then no mail
/// goes there.
///
/// # Errors
/// [`Refused::ChangeEmailOff`], [`Refused::MailOff`], [`Refused::SameEmail`],
/// [`Denied::InvalidEmail`], [`Denied::SessionNotFresh`], [`Denied::TooManyRequests`].
pub async fn change_email<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    new_email: &str,
    callback: Option<String>,
    context: &Context,
) -> Result<(), Error> {
    caller.require_in_person()?;
    if !app.settings.accounts.change_email {
        return Err(Refused::ChangeEmailOff.into());
    }
    throttle::guard(app, Rule::ChangeEmail, &[Key::Address], context).await?;
    session::require_fresh(app, caller)?;
    let new = Email::parse_new(new_email).ok_or(Denied::InvalidEmail)?;
    let old = caller.user.email.as_str();
    if new.as_str() == old {
        return Err(Refused::SameEmail.into());
    }
    if !app.settings.mail.is_on() {
        return Err(Refused::MailOff.into());
    }
    let payload = format!("{old} {new}");
    let (purpose, kind, recipient) = if caller.user.email_verified {
        let kind = MailKind::ConfirmEmailChange;
        (Purpose::ConfirmEmailChange, kind, None)
    } else {
        let kind = MailKind::VerifyNewEmail;
        (Purpose::VerifyNewEmail, kind, Some(new.to_string()))
    };
    let ttl_secs = app.settings.accounts.verification_ttl_secs;
    let drawn = draw(app, purpose, payload, ttl_secs);
    let ends_at_ms = drawn.value.expires_at_ms;
    let mail = mail::letter_to(app, kind, recipient, &drawn.secret, callback, ends_at_ms)?;
    let mut record = event(app, context, "account.email.change.ask", AuditStatus::Ok);
    caller.mark(&mut record);
    record.fields.insert("email".into(), new.as_str().into());
    app.store
        .ask(&Ask {
            whom: Whom::Id(&caller.user.id),
            audience: Audience::Anybody,
            value: drawn.value,
            mail,
            event: record,
        })
        .await?;
    Ok(())
}
