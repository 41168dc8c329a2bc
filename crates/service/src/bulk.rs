//! The same done to many accounts, so much at a time that a client can show how far it is.

use std::collections::BTreeSet;

use crate::admin::{self, Asked, Field, Filter, Key, Place, Refused, Search, Sort, manage};
use crate::guard::{self, Guard};
use crate::{App, Caller, Context, Denied, Error, Host, Store};

/// Most accounts of a call.
pub const MAX_ACCOUNTS: u32 = 1000;
/// Most accounts that a call names.
pub const MAX_IDS: usize = 1000;

/// What is done to each account.
#[derive(Debug, Clone)]
pub enum Action {
    /// Bans it.
    Ban {
        /// Why.
        reason: Option<String>,
        /// For how many seconds; `None` is for good.
        secs: Option<i64>,
    },
    /// Deletes it.
    Delete,
    /// Ends its sessions.
    RevokeSessions,
    /// Gives it these roles everywhere, in place of those that it held everywhere.
    SetRoles(Vec<String>),
    /// Gives it this tier; `None` is the policy's default.
    SetTier(Option<String>),
    /// Takes its ban back.
    Unban,
}

impl Action {
    const fn guard(&self) -> &'static Guard {
        match self {
            Self::Ban { .. } | Self::Unban => &guard::BAN_USER,
            Self::Delete => &guard::DELETE_USER,
            Self::RevokeSessions => &guard::REVOKE_SESSIONS,
            Self::SetRoles(_) => &guard::SET_ROLE,
            Self::SetTier(_) => &guard::SET_TIER,
        }
    }
}

/// To whom it is done.
#[derive(Debug, Clone)]
pub enum Whom {
    /// To those with these ids, each once.
    Ids(Vec<String>),
    /// To all whom the caller may list and for whom this is so.
    Like {
        /// Those whose address or name is like this.
        search: Option<Search>,
        /// And those of whom this is so.
        filter: Option<Filter>,
    },
}

/// What a caller asks for.
#[derive(Debug, Clone)]
pub struct Bulk {
    /// What is done.
    pub action: Action,
    /// To whom.
    pub whom: Whom,
    /// To how many in this call, from 1 to [`MAX_ACCOUNTS`].
    pub limit: u32,
    /// The [`Done::next`] of the call before, asked with the same action and accounts.
    pub cursor: Option<String>,
}

/// How far it is.
#[derive(Debug, Default)]
pub struct Done {
    /// The ids of those to whom it was done.
    pub done: Vec<String>,
    /// The ids of those to whom it wasn't, and why.
    pub failed: Vec<(String, Denied)>,
    /// Where the next call goes on, if there is more to do.
    pub next: Option<String>,
}

/// Does the same to many accounts, one after the other: each is a batch of its own with its own audit
/// record, guarded as if it were asked for alone. One that is refused stops none of the others. What was
/// done already is done once more as nothing, so a call whose answer was lost is sent again.
///
/// # Errors
/// [`Refused::NotAllowed`] for one who may do this to nobody; [`Refused::Cursor`].
pub async fn bulk<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    asked: &Bulk,
    context: &Context,
) -> Result<Done, Error> {
    manage::reach(app, caller, asked.action.guard(), context).await?;
    let limit = asked.limit.clamp(1, MAX_ACCOUNTS);
    let (ids, next) = match &asked.whom {
        Whom::Ids(ids) => named(ids, asked.cursor.as_deref(), limit)?,
        Whom::Like { search, filter } => {
            let mut like = Asked {
                search: search.clone(),
                filter: filter.clone(),
                sort: BY_ID,
                limit: limit + 1,
                offset: 0,
                after: None,
                within: None,
                now_ms: app.host.now_ms(),
            };
            like.after = asked.cursor.as_ref().map(|id| Place {
                key: Key::Text(id.clone()),
                id: id.clone(),
            });
            found(app, caller, like, context).await?
        }
    };
    let mut done = Done {
        next,
        ..Done::default()
    };
    for id in ids {
        match one(app, caller, &asked.action, &id, context).await {
            Ok(()) => done.done.push(id),
            Err(Error::Denied(denied)) => done.failed.push((id, denied)),
            Err(fault) => return Err(fault),
        }
    }
    Ok(done)
}

/// An order in which a change moves nobody.
const BY_ID: Sort = Sort {
    field: Field::Id,
    descending: false,
};

/// Those named that are due, and where to go on.
fn named(
    ids: &[String],
    cursor: Option<&str>,
    limit: u32,
) -> Result<(Vec<String>, Option<String>), Error> {
    let from: usize = match cursor {
        None => 0,
        Some(text) => text.parse().map_err(|_| Refused::Cursor)?,
    };
    let mut seen = BTreeSet::new();
    let once: Vec<&String> = ids.iter().filter(|id| seen.insert(id.as_str())).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let due: Vec<String> = once
        .iter()
        .skip(from)
        .take(limit)
        .map(|id| (*id).clone())
        .collect();
    let to = from.saturating_add(due.len());
    Ok((due, (to < once.len()).then(|| to.to_string())))
}

/// Those found that are due, and where to go on.
async fn found<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    mut like: Asked,
    context: &Context,
) -> Result<(Vec<String>, Option<String>), Error> {
    // Enumeration: by what is done to them nobody finds accounts that it may not list.
    like.within = match manage::reach(app, caller, &guard::LIST_USERS, context).await? {
        manage::Reach::Everything => None,
        manage::Reach::Scopes(scopes) => Some(scopes),
    };
    let limit = usize::try_from(like.limit.saturating_sub(1)).unwrap_or(usize::MAX);
    let listed = app.store.list_accounts(&like).await?;
    let mut ids: Vec<String> = listed
        .accounts
        .into_iter()
        .map(|(one, _)| one.user.id)
        .collect();
    let has_more = ids.len() > limit;
    ids.truncate(limit);
    let next = ids.last().cloned().filter(|_| has_more);
    Ok((ids, next))
}

async fn one<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    action: &Action,
    id: &str,
    context: &Context,
) -> Result<(), Error> {
    match action {
        Action::Ban { reason, secs } => {
            let ban = admin::ban(app, caller, id, reason.clone(), *secs, context);
            ban.await.map(drop)
        }
        Action::Delete => admin::remove(app, caller, id, context).await,
        Action::RevokeSessions => admin::revoke_sessions(app, caller, id, context).await,
        Action::SetRoles(roles) => {
            let roles = admin::set_roles(app, caller, id, roles, context);
            roles.await.map(drop)
        }
        Action::SetTier(tier) => {
            let tier = admin::set_tier(app, caller, id, tier.clone(), None, context);
            tier.await.map(drop)
        }
        Action::Unban => admin::unban(app, caller, id, context).await.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_accounts_are_each_due_once_and_the_last_call_has_no_next() {
        let ids: Vec<String> = ["a", "b", "a", "c", "b"].map(str::to_owned).to_vec();
        let due = |cursor: Option<&str>, limit| named(&ids, cursor, limit).unwrap();
        let texts = |names: &[&str]| names.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(due(None, 2), (texts(&["a", "b"]), Some("2".to_owned())));
        assert_eq!(due(Some("2"), 2), (texts(&["c"]), None));
        assert_eq!(due(None, 3), (texts(&["a", "b", "c"]), None));
        assert_eq!(due(Some("7"), 3), (Vec::new(), None));
        for cursor in ["", "-1", "x", "99999999999999999999999"] {
            assert!(named(&ids, Some(cursor), 1).is_err(), "{cursor}");
        }
    }
}
