//! Another's password.

use super::apply_to;
use super::holding::require_all;
use super::manage::{find_managed, ground, record_of};
use super::ports::{Change, Effect};
use crate::{App, Caller, Context, Error, Host, Store, guard, password, throttle};

/// Gives an account that the caller manages, and of which it holds all, another password, also one that had none. Its sessions end,
/// links that were given out for it open nothing any more, and wrong guesses are forgotten.
///
/// # Errors
/// [`Refused::NotAllowed`](super::Refused::NotAllowed), [`Refused::NotHeld`](super::Refused::NotHeld),
/// [`Refused::TierNotHeld`](super::Refused::TierNotHeld), [`Refused::NoUser`](super::Refused::NoUser),
/// [`Refused::Changed`](super::Refused::Changed); what [`password::hash_new_for`] refuses;
/// [`Denied::ByActor`](crate::Denied::ByActor).
pub async fn set_password<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    typed: &str,
    context: &Context,
) -> Result<(), Error> {
    caller.require_in_person()?;
    let guard = &guard::SET_PASSWORD;
    let account = find_managed(app, caller, user_id, guard, context).await?;
    // Privilege escalation (CWE-269): whoever sets a password may sign in with it.
    require_all(app, caller, &account, guard, context).await?;
    let about = [account.user.email.as_str(), &account.user.name];
    let phc = password::hash_new_for(app, typed, false, &about).await?;
    let guesses = throttle::account_key(&app.settings.secrets, &account.user.email);
    let change = Change {
        ground: ground(caller, &account),
        effects: vec![Effect::Password { phc, guesses }],
        keeps_one_of: Vec::new(),
        now_ms: app.host.now_ms(),
        event: record_of(app, caller, user_id, "user.set_password", context),
    };
    apply_to(app, change).await.map(drop)
}
