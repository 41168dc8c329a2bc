//! New tokens for a session that goes on.

use portcullis_issue::opaque::SessionToken;
use portcullis_issue::refresh::{self, RefreshToken};

use super::begin::Tokens;
use super::ports::{NewRefresh, Rotation};
use crate::audit::event;
use crate::host::HostEntropy;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// Prepares new tokens for the caller's session; the old ones end with the rotation.
///
/// For changes that are stored in one batch with others, such as a new password. Whoever is signed in
/// by a copy of the old token isn't any more (OWASP ASVS 7.2.4).
pub fn prepare_rotation<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> (Tokens, Rotation) {
    let mut entropy = HostEntropy(&app.host);
    let session = &caller.session;
    let now_ms = app.host.now_ms();
    let token_ends_ms = now_ms + app.settings.sessions.token_secs * 1000;
    let refresh = session.refreshable.map(|state| {
        let generation = state.generation + 1;
        let secrets = &app.settings.secrets;
        RefreshToken::generate(secrets, &session.id, generation, &mut entropy)
    });
    let tokens = Tokens {
        session: SessionToken::generate(&mut entropy),
        refresh,
    };
    let rotation = Rotation {
        session_id: session.id.clone(),
        from_hash: None,
        token_hash: tokens.session.hash().to_string(),
        now_ms,
        old_until_ms: now_ms,
        authenticated_at_ms: None,
        refresh: tokens.refresh.as_ref().map(|token| NewRefresh {
            hash: token.hash().to_string(),
            generation: token.generation(),
            token_expires_at_ms: token_ends_ms.min(session.absolute_expires_at_ms),
        }),
    };
    (tokens, rotation)
}

/// Gives the caller's session new tokens; the old ones end at once.
///
/// # Errors
/// [`Denied::Unauthenticated`] when the session has ended meanwhile.
pub async fn rotate<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    context: &Context,
) -> Result<Tokens, Error> {
    let (tokens, rotation) = prepare_rotation(app, caller);
    store(app, caller, &rotation, "session.rotate", context).await?;
    Ok(tokens)
}

/// Stores a rotation with its record.
pub(super) async fn store<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &Caller,
    rotation: &Rotation,
    action: &str,
    context: &Context,
) -> Result<(), Error> {
    let mut done = event(app, context, action, AuditStatus::Ok);
    caller.mark(&mut done);
    let id = caller.session.id.as_str();
    done.fields.insert("session".into(), id.into());
    if app.store.rotate_session(rotation, &done).await? {
        Ok(())
    } else {
        Err(Denied::Unauthenticated.into())
    }
}

/// What to tell a page whose cookie isn't the session's newest, or is of a time when its user could do
/// something else: the token that follows, for a cookie in place of the old one.
///
/// The new token follows from the old one, so that two tabs at once, and one whose answer was lost,
/// get the same.
pub(super) async fn follow<S: Store, H: Host>(
    app: &App<S, H>,
    caller: &mut Caller,
    presented: &SessionToken,
    context: &Context,
) -> Result<Option<SessionToken>, Error> {
    let epoch = caller.user.epoch;
    let session = &caller.session;
    let reason = format!("epoch {epoch}");
    let mut next =
        refresh::session_successors(&app.settings.secrets, presented, &session.id, &reason);
    if let Some(current) = &session.superseded_by {
        return Ok(next.find(|token| token.hash().to_string() == *current));
    }
    if session.user_epoch == epoch {
        return Ok(None);
    }
    let Some(token) = next.next() else {
        return Ok(None);
    };
    let now_ms = app.host.now_ms();
    let rotation = Rotation {
        session_id: session.id.clone(),
        from_hash: Some(presented.hash().to_string()),
        token_hash: token.hash().to_string(),
        now_ms,
        old_until_ms: now_ms + app.settings.sessions.grace_secs * 1000,
        authenticated_at_ms: None,
        refresh: None,
    };
    match store(app, caller, &rotation, "session.rotate", context).await {
        Ok(()) => {
            caller.session.user_epoch = epoch;
            caller.session.updated_at_ms = now_ms;
            Ok(Some(token))
        }
        // Another tab was first, and sets the cookie that they share.
        Err(Error::Denied(Denied::Unauthenticated)) => Ok(None),
        Err(error) => Err(error),
    }
}
