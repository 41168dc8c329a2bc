//! The administration of other people's accounts: lists, roles, bans, sessions, passwords, tiers.
//!
//! Every call is guarded twice: by the permission of its [`Guard`](crate::guard::Guard), and by who may
//! manage whom ([`manage`]). Every change is one batch that begins with what it was decided on and ends
//! with its audit record, whose `user_id` is whose account it is and whose `by` is who changed it.

mod ban;
mod check;
mod create;
mod fold;
mod holding;
mod list;
pub mod manage;
mod password;
mod ports;
mod query;
mod read;
mod refused;
mod remove;
mod roles;
mod sessions;
mod tier;
mod time;
mod update;

pub use ban::{ban, unban};
pub use check::{Connector, has_permission};
pub(crate) use create::prepare;
pub use create::{Creation, create};
pub use fold::fold;
pub(crate) use holding::require_all;
pub use list::{List, MAX_PAGE, Page, list};
pub use password::set_password;
pub use ports::{
    Account, AdminStore, Asked, Ban, Change, Changed, Effect, Ground, HeldGrant, Key, Listed,
    NewAccount, Place, ProfileEffect,
};
pub use query::{Comparand, Field, Filter, Kind, Match, Operator, Search, SearchField, Sort};
pub use read::get;
pub use refused::Refused;
pub use remove::remove;
pub use roles::{grant, revoke, set_roles};
pub use sessions::{list_sessions, revoke_session, revoke_sessions};
pub use tier::{set_tier, tier_of};
pub use time::parse_time;
pub use update::{Update, update};

use crate::{App, Denied, Error, Host, Store, tenants};

/// Makes a change, and gives the account as it is now; `None` when it was deleted.
async fn apply<S: Store, H: Host>(
    app: &App<S, H>,
    change: Change,
) -> Result<Option<Account>, Error> {
    outcome(app.store.change_account(&change).await?)
}

fn outcome(changed: Changed) -> Result<Option<Account>, Error> {
    Err(match changed {
        Changed::Done(account) => return Ok(account.map(|account| *account)),
        Changed::Stale => Refused::Changed.into(),
        Changed::EmailTaken => Refused::EmailTaken.into(),
        Changed::LastAdministrator => Refused::LastAdministrator.into(),
        Changed::LastOwner => Denied::Tenants(tenants::Refused::LastOwner).into(),
    })
}

/// As [`apply`], for a change that leaves the account there.
async fn apply_to<S: Store, H: Host>(app: &App<S, H>, change: Change) -> Result<Account, Error> {
    let account = apply(app, change).await?;
    Ok(account.ok_or(Refused::NoUser)?)
}
