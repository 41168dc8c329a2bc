//! Deleting one's own account.

use super::Refused;
use super::change_password::prove;
use super::one_time::{Found, draw, find};
use super::ports::{Ask, Audience, Purpose, Whom};
use crate::admin::{self, manage};
use crate::audit::event;
use crate::mail::{self, MailKind};
use crate::throttle::{self, Key, Rule};
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store, session, tenants};

/// How deleting an account came out in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone, with everything that was its own.
    Done,
    /// There is no such account, or the link was used up.
    Gone,
    /// Nobody of its level would be left who administers accounts.
    LastAdministrator,
    /// It is the last owner of a tenant.
    LastOwner,
}

/// What a caller deletes its account with; without either a link is sent, or the session has to be
/// fresh.
#[derive(Clone, Default)]
pub struct Deletion {
    /// The password.
    pub password: Option<String>,
    /// What a link carried.
    pub token: Option<String>,
    /// Where the link that is sent goes on to.
    pub callback: Option<String>,
}

impl core::fmt::Debug for Deletion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Deletion(hidden)")
    }
}

/// Deletes the caller's account with its sessions, roles and memberships; `false` when a link was
/// sent instead. The audit log keeps what happened.
///
/// # Errors
/// [`Refused::DeletionOff`], [`Denied::InvalidPassword`], [`Refused::NoCredential`],
/// [`Refused::InvalidDeletionToken`], [`Refused::SessionStale`], [`admin::Refused::LastAdministrator`],
/// [`tenants::Refused::LastOwner`], [`Denied::TooManyRequests`].
pub async fn delete_user<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: Deletion,
    context: &Context,
) -> Result<bool, Error> {
    if !app.settings.accounts.delete_user {
        return Err(Refused::DeletionOff.into());
    }
    caller.require_in_person()?;
    throttle::guard(app, Rule::DeleteUser, &[Key::Address], context).await?;
    let action = "account.delete";
    if let Some(token) = &asked.token {
        let found = find(app, token).await?.filter(|found| {
            found.value.purpose == Purpose::DeleteAccount
                && found.value.user_id == caller.user.id
                && !found.is_over(app)
        });
        let found = found.ok_or(Refused::InvalidDeletionToken)?;
        delete(app, caller, Some(&found), context).await?;
        return Ok(true);
    }
    if let Some(password) = &asked.password {
        prove(app, caller, password, action, context).await?;
    } else if app.settings.mail.is_on() {
        send_link(app, caller, asked.callback, context).await?;
        return Ok(false);
    } else {
        match session::require_fresh(app, caller) {
            Err(Error::Denied(Denied::SessionNotFresh)) => {
                return Err(Refused::SessionStale.into());
            }
            other => other?,
        }
    }
    delete(app, caller, None, context).await?;
    Ok(true)
}

async fn delete<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    found: Option<&Found>,
    context: &Context,
) -> Result<(), Error> {
    let mut record = event(app, context, "account.delete", AuditStatus::Ok);
    caller.mark(&mut record);
    let email = caller.user.email.as_str();
    record.fields.insert("email".into(), email.into());
    let by = found.map(|found| found.to_use(app));
    let user_id = &caller.user.id;
    let administrating = manage::administrating(&app.settings.policy);
    let deleted = app
        .store
        .delete_user(user_id, by.as_ref(), &administrating, &record);
    match deleted.await? {
        Deleted::Done => Ok(()),
        Deleted::Gone if by.is_some() => Err(Refused::InvalidDeletionToken.into()),
        Deleted::Gone => Err(Denied::Unauthenticated.into()),
        Deleted::LastAdministrator => Err(Denied::Admin(admin::Refused::LastAdministrator).into()),
        Deleted::LastOwner => Err(Denied::Tenants(tenants::Refused::LastOwner).into()),
    }
}

async fn send_link<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    callback: Option<String>,
    context: &Context,
) -> Result<(), Error> {
    let ttl_secs = app.settings.accounts.deletion_ttl_secs;
    let drawn = draw(app, Purpose::DeleteAccount, String::new(), ttl_secs);
    let ends_at_ms = drawn.value.expires_at_ms;
    let kind = MailKind::DeleteAccount;
    let mail = mail::letter_to(app, kind, None, &drawn.secret, callback, ends_at_ms)?;
    let mut record = event(app, context, "account.delete.ask", AuditStatus::Ok);
    caller.mark(&mut record);
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
