//! Who may act as whom.

use portcullis_core::decide::Explanation;
use portcullis_issue::opaque::SessionToken;
use portcullis_issue::random::random_id;

use super::Refused;
use super::ports::NewImpersonation;
use crate::admin::{self, Account, manage};
use crate::audit::event;
use crate::host::HostEntropy;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store, guard};

/// One hour: how long it lasts at most, whatever the settings of sessions say.
pub const MAX_SECS: i64 = 3600;

/// A session that has just begun.
#[derive(Debug)]
pub struct Begun {
    /// Signs its requests; shown once, stored nowhere.
    pub token: SessionToken,
    /// Who calls by it: the user, with the administrator who acts.
    pub caller: Caller,
}

/// Gives the caller a session as the user with this id. The caller's own session goes on.
///
/// Never upwards: the user has to be below the caller as for every other administration, and to hold
/// nothing that the caller lacks. Never from
/// within such a session, so that it is always known who acts. Never as oneself, or as somebody who may
/// not sign in. That the caller and the user are still what this was decided on is a condition of the
/// statement that begins the session.
///
/// # Errors
/// [`Denied::ByActor`]; [`Refused`] and, for one of whom the caller doesn't know,
/// [`admin::Refused::NoUser`]; [`admin::Refused::NotHeld`], [`admin::Refused::TierNotHeld`]. Who wanted to be whom in vain is recorded.
pub async fn begin<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    user_id: &str,
    context: &Context,
) -> Result<Begun, Error> {
    caller.require_in_person()?;
    let guard = &guard::IMPERSONATE;
    let target = manage::find(app, caller, user_id, guard, context).await;
    let target = target.map_err(|error| refused(error, Refused::NotAllowed))?;
    let now_ms = app.host.now_ms();
    let active = target.user.disabled_at_ms.is_none() && target.ban_at(now_ms).is_none();
    if target.user.id == caller.user.id {
        return refuse(app, caller, &target, Refused::OneSelf, context).await;
    }
    // Privilege escalation (CWE-269): every role of the user has to be below one of the caller's.
    let over = manage::require_over(app, caller, &target, guard, context).await;
    over.map_err(|error| refused(error, Refused::Above))?;
    admin::require_all(app, caller, &target, guard, context).await?;
    if !active {
        return refuse(app, caller, &target, Refused::NotActive, context).await;
    }
    let mut entropy = HostEntropy(&app.host);
    let session_id = random_id(&mut entropy);
    let token = SessionToken::generate(&mut entropy);
    let new = NewImpersonation {
        session_id: &session_id,
        token_hash: &token.hash().to_string(),
        admin: caller,
        target: &target.user,
        now_ms,
        expires_at_ms: now_ms + MAX_SECS * 1000,
        ip_address: &context.ip_address,
        user_agent: &context.user_agent,
    };
    let mut record = event(app, context, ACTION, AuditStatus::Ok);
    describe(&mut record, caller, &target);
    let id = session_id.as_str();
    record.fields.insert("session".into(), id.into());
    match app.store.begin_impersonation(&new, &record).await? {
        Some(caller) => Ok(Begun { token, caller }),
        None => refuse(app, caller, &target, Refused::Changed, context).await,
    }
}

const ACTION: &str = "user.impersonate";

/// A refusal of administration as one of this.
fn refused(error: Error, by: impl FnOnce(Box<Explanation>) -> Refused) -> Error {
    match error {
        Error::Denied(Denied::Admin(admin::Refused::NotAllowed { explanation, .. })) => {
            by(explanation).into()
        }
        error => error,
    }
}

/// Records who wanted to be whom, and refuses.
async fn refuse<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    target: &Account,
    why: Refused,
    context: &Context,
) -> Result<Begun, Error> {
    let reason = match why {
        Refused::NotActive => "not_active",
        Refused::OneSelf => "oneself",
        _ => "changed",
    };
    let mut record = event(app, context, ACTION, AuditStatus::Fail);
    describe(&mut record, caller, target);
    record.fields.insert("reason".into(), reason.into());
    app.store.record(&record).await?;
    Err(why.into())
}

/// The record is about the user, and by the administrator.
fn describe(record: &mut crate::AuditEvent, caller: &Caller, target: &Account) {
    record.user_id = Some(target.user.id.clone());
    let admin = caller.user.id.as_str();
    record.fields.insert("by".into(), admin.into());
}
