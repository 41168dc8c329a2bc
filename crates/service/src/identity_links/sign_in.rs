//! A service signs in on behalf of a linked user.

use portcullis_issue::opaque::SessionToken;
use portcullis_issue::random::random_id;

use super::keys::Service;
use super::ports::{Begun, ServiceSession};
use super::{Identity, Refused};
use crate::audit::event;
use crate::host::HostEntropy;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, SessionRef, Store, token};

/// Five minutes: how long a session of a service lasts without another sign-in.
pub const SERVICE_SESSION_TTL_SECS: i64 = 300;
/// One day: after which a session of a service isn't extended, but another one takes its place.
const SERVICE_SESSION_MAX_SECS: i64 = 86_400;

/// A service that may act for a user now.
#[derive(Debug)]
pub struct SignedIn {
    /// An access token that names both.
    pub token: String,
    /// The user, with the service as actor.
    pub caller: Caller,
}

/// Gives the service an access token for the user whom the identity is linked to. There is a session
/// behind it, one a link, which the user sees and can end as every other; nobody has its token, so it
/// gives no cookie and nothing to refresh.
///
/// # Errors
/// [`Refused`].
pub async fn sign_in<S: Store, H: Host>(
    app: &App<S, H>,
    service: &Service,
    identity: &Identity,
    context: &Context,
) -> Result<SignedIn, Error> {
    service.require(identity.network())?;
    let mut entropy = HostEntropy(&app.host);
    let session_id = random_id(&mut entropy);
    let now_ms = app.host.now_ms();
    let new = ServiceSession {
        identity,
        service: &service.name,
        session_id: &session_id,
        token_hash: &SessionToken::generate(&mut entropy).hash().to_string(),
        at_ms: now_ms,
        expires_at_ms: now_ms + SERVICE_SESSION_TTL_SECS * 1000,
        absolute_expires_at_ms: now_ms + SERVICE_SESSION_MAX_SECS * 1000,
        ip_address: &context.ip_address,
    };
    let mut record = event(app, context, "auth.service", AuditStatus::Ok);
    service.mark(&mut record, identity);
    let id = match app.store.begin_service_session(&new, &record).await? {
        Begun::Session { id } => id,
        refused => {
            let (user_id, reason, refused) = match refused {
                Begun::Disabled { user_id } => {
                    (Some(user_id), "account_disabled", Refused::Disabled)
                }
                _ => (None, "not_linked", Refused::NotLinked),
            };
            record.status = AuditStatus::Fail;
            record.user_id = user_id;
            record.fields.insert("reason".into(), reason.into());
            app.store.record(&record).await?;
            return Err(refused.into());
        }
    };
    let found = app.store.caller(&SessionRef::Id(id), now_ms).await?;
    // Ended in this very moment.
    let mut caller = found.ok_or(Denied::Unauthenticated)?;
    caller.actor = Some(service.actor());
    let token = token::mint(app, &caller).await?;
    Ok(SignedIn { token, caller })
}
