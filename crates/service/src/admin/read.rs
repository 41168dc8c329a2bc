//! One account.

use super::Account;
use super::manage::find;
use crate::{App, Caller, Context, Error, Host, Store, guard};

/// An account that the caller knows of.
///
/// # Errors
/// [`Refused::NotAllowed`](super::Refused::NotAllowed), [`Refused::NoUser`](super::Refused::NoUser).
pub async fn get<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<Account, Error> {
    find(app, caller, user_id, &guard::GET_USER, context).await
}
