//! A code handed in by a service.

use portcullis_issue::one_time::OneTimeSecret;
use portcullis_issue::random::random_id;

use super::keys::Service;
use super::ports::{IdentityLink, NewLink, Redeemed};
use super::text::display_name;
use super::{Identity, MAX_LINKS, Refused};
use crate::audit::event;
use crate::host::HostEntropy;
use crate::{App, AuditEvent, AuditStatus, Context, Error, Host, Store};

/// What a service asks for.
#[derive(Clone)]
pub struct Asked {
    /// The code as it was typed.
    pub code: String,
    /// The identity that it came from.
    pub identity: Identity,
    /// What that is called in its network; may be empty.
    pub display_name: String,
}

impl core::fmt::Debug for Asked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Asked")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

/// Links the identity to the account whose code it is; whether the link is new. Asked again with the
/// same code and identity, it gives the same link.
///
/// # Errors
/// [`Refused`].
pub async fn redeem<S: Store, H: Host>(
    app: &App<S, H>,
    service: &Service,
    asked: &Asked,
    context: &Context,
) -> Result<(IdentityLink, bool), Error> {
    service.require(asked.identity.network())?;
    let name = display_name(&asked.display_name)?;
    let Some(code) = OneTimeSecret::parse(&asked.code) else {
        return refuse(app, service, asked, context, Refused::InvalidCode).await;
    };
    let id = random_id(&mut HostEntropy(&app.host));
    let new = NewLink {
        id: &id,
        code_hash: &code.hash(),
        identity: &asked.identity,
        display_name: name.as_deref(),
        service: &service.name,
        at_ms: app.host.now_ms(),
        max_links: MAX_LINKS,
    };
    let mut record = record(app, service, asked, context, AuditStatus::Ok);
    record.fields.insert("link".into(), id.as_str().into());
    let refused = match app.store.redeem_link_code(&new, &record).await? {
        Redeemed::Linked { link, is_new } => return Ok((link, is_new)),
        Redeemed::InvalidCode => Refused::InvalidCode,
        Redeemed::Limit => Refused::Limit,
        Redeemed::Taken => Refused::Taken,
    };
    refuse(app, service, asked, context, refused).await
}

/// Records an attempt that failed.
async fn refuse<S: Store, H: Host, T>(
    app: &App<S, H>,
    service: &Service,
    asked: &Asked,
    context: &Context,
    refused: Refused,
) -> Result<T, Error> {
    let reason = match refused {
        Refused::Limit => "limit",
        Refused::Taken => "taken",
        _ => "invalid_code",
    };
    let mut record = record(app, service, asked, context, AuditStatus::Fail);
    record.fields.insert("reason".into(), reason.into());
    app.store.record(&record).await?;
    Err(refused.into())
}

fn record<S, H: Host>(
    app: &App<S, H>,
    service: &Service,
    asked: &Asked,
    context: &Context,
    status: AuditStatus,
) -> AuditEvent {
    let mut record = event(app, context, "identity.link", status);
    service.mark(&mut record, &asked.identity);
    record
}
