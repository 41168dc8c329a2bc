//! How an account can sign in: the password here, and accounts at providers.

use super::Refused;
use super::ports::LinkedAccount;
use crate::audit::event;
use crate::{App, AuditStatus, Caller, Context, Error, Host, Store, session};

/// The caller's accounts.
///
/// # Errors
/// Only faults.
pub async fn list_accounts<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<Vec<LinkedAccount>, Error> {
    Ok(app.store.linked_accounts(&caller.user.id).await?)
}

/// Gives an account at a provider up.
///
/// The password stays: this server signs nobody in by a provider yet, so it is always the last way
/// in.
///
/// # Errors
/// [`crate::Denied::SessionNotFresh`], [`Refused::AccountNotFound`], [`Refused::LastAccount`].
pub async fn unlink_account<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    context: &Context,
) -> Result<(), Error> {
    caller.require_in_person()?;
    session::require_fresh(app, caller)?;
    let accounts = app.store.linked_accounts(&caller.user.id).await?;
    let Some(account) = accounts.iter().find(|one| one.id == id) else {
        return Err(match accounts.len() {
            1 => Refused::LastAccount.into(),
            _ => Refused::AccountNotFound.into(),
        });
    };
    if account.provider == CREDENTIAL {
        return Err(Refused::LastAccount.into());
    }
    let mut record = event(app, context, "account.unlink", AuditStatus::Ok);
    caller.mark(&mut record);
    let provider = account.provider.as_str();
    record.fields.insert("method".into(), provider.into());
    if app
        .store
        .unlink_account(&caller.user.id, id, &record)
        .await?
    {
        Ok(())
    } else {
        Err(Refused::LastAccount.into())
    }
}

/// What the password is called among the providers.
const CREDENTIAL: &str = "credential";
