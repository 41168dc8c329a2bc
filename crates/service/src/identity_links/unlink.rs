//! What users see of their links, and how they end them.

use super::Refused;
use super::ports::IdentityLink;
use crate::audit::event;
use crate::{App, AuditStatus, Caller, Context, Error, Host, Store};

/// The caller's links, oldest first.
///
/// # Errors
/// Only faults.
pub async fn list<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
) -> Result<Vec<IdentityLink>, Error> {
    Ok(app.store.identity_links(&caller.user.id).await?)
}

/// Ends a link; what services got by it ends with it. The link as it was.
///
/// # Errors
/// [`Refused::NoLink`], [`crate::Denied::ByActor`].
pub async fn unlink<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    id: &str,
    context: &Context,
) -> Result<IdentityLink, Error> {
    caller.require_in_person()?;
    let mut record = event(app, context, "identity.unlink", AuditStatus::Ok);
    caller.mark(&mut record);
    record.fields.insert("link".into(), id.into());
    let removed = app
        .store
        .remove_identity_link(&caller.user.id, id, &record)
        .await?;
    removed.ok_or_else(|| Refused::NoLink.into())
}
