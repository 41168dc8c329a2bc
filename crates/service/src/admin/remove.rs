//! Deleting another's account.

use super::manage::{administrators, find, ground, reach, record_of, require_over};
use super::ports::{Change, Effect};
use super::{Refused, apply};
use crate::{App, Caller, Context, Error, Host, Store, guard};

/// Deletes an account that the caller manages, with its sessions, roles and memberships. The audit log
/// keeps what happened.
///
/// # Errors
/// [`Refused::NotAllowed`], [`Refused::OwnRemoval`], [`Refused::NoUser`],
/// [`Refused::LastAdministrator`], [`Refused::Changed`];
/// [`tenants::Refused::LastOwner`](crate::tenants::Refused::LastOwner).
pub async fn remove<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<(), Error> {
    let guard = &guard::DELETE_USER;
    if user_id == caller.user.id {
        reach(app, caller, guard, context).await?;
        return Err(Refused::OwnRemoval.into());
    }
    let account = find(app, caller, user_id, guard, context).await?;
    require_over(app, caller, &account, guard, context).await?;
    let mut record = record_of(app, caller, user_id, "user.delete", context);
    let email = account.user.email.as_str();
    record.fields.insert("email".into(), email.into());
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Remove],
        keeps_one_of: administrators(app, &account),
        now_ms: app.host.now_ms(),
        event: record,
    };
    apply(app, change).await.map(drop)
}
