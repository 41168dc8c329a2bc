//! Codes that a user gives to a service.

use portcullis_issue::one_time::OneTimeSecret;

use super::ports::NewCode;
use crate::audit::event;
use crate::host::HostEntropy;
use crate::session::require_fresh;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// Ten minutes: how long a code counts (OWASP ASVS 6.5.5).
pub const CODE_TTL_SECS: i64 = 600;

/// A code to show once.
#[derive(Debug, Clone)]
pub struct LinkCode {
    /// The code; 140 random bits.
    pub code: OneTimeSecret,
    /// From when on it doesn't count, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// Makes a code; the caller's last one doesn't count any more. Who holds the code gets lasting access to
/// the account, through a service: so it takes the user in person.
///
/// # Errors
/// [`Denied::ByActor`], [`Denied::SessionNotFresh`].
pub async fn new_code<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<LinkCode, Error> {
    require_fresh(app, caller)?;
    let code = OneTimeSecret::code(&mut HostEntropy(&app.host));
    let now_ms = app.host.now_ms();
    let expires_at_ms = now_ms + CODE_TTL_SECS * 1000;
    let mut record = event(app, context, "identity.code", AuditStatus::Ok);
    caller.mark(&mut record);
    let new = NewCode {
        user_id: &caller.user.id,
        code_hash: &code.hash(),
        created_at_ms: now_ms,
        expires_at_ms,
    };
    if app.store.put_link_code(&new, &record).await? {
        Ok(LinkCode {
            code,
            expires_at_ms,
        })
    } else {
        Err(Denied::Unauthenticated.into())
    }
}
