//! Using a refresh token.

use portcullis_issue::refresh::RefreshToken;

use super::begin::Tokens;
use super::ports::{NewRefresh, Refresh, Refreshed};
use crate::audit::event;
use crate::{App, AuditStatus, Caller, Context, Denied, Error, Host, Store};

/// Exchanges a refresh token for the next pair of tokens; it is good for one exchange.
///
/// Within the grace window after it, it gets the same pair again, so that tabs that refresh at once and
/// clients whose answer was lost go on; there is never a second branch. One that comes back later was
/// copied: its session ends with all its tokens, and so do the thief's (RFC 9700 section 4.14.2).
///
/// # Errors
/// [`Denied::RefreshToken`] for a token that is malformed, unknown, over or used before: which of them
/// is not said.
pub async fn refresh<S: Store, H: Host>(
    app: &App<S, H>,
    presented: &str,
    context: &Context,
) -> Result<(Tokens, Caller), Error> {
    let presented = RefreshToken::parse(presented).map_err(|_| Denied::RefreshToken)?;
    let candidates: Vec<_> = presented.successors(&app.settings.secrets).collect();
    let (next, session) = candidates.first().ok_or(Denied::RefreshToken)?;
    let settings = &app.settings.sessions;
    let now_ms = app.host.now_ms();
    let asked = Refresh {
        session_id: presented.session_id().to_owned(),
        hash: presented.hash().to_string(),
        generation: presented.generation(),
        is_ours: presented.is_ours(&app.settings.secrets),
        next_token_hash: session.hash().to_string(),
        next: NewRefresh {
            hash: next.hash().to_string(),
            generation: next.generation(),
            token_expires_at_ms: now_ms + settings.token_secs * 1000,
        },
        now_ms,
        grace_ms: settings.grace_secs * 1000,
        expires_at_ms: now_ms + settings.idle_secs * 1000,
    };
    let mut reuse = event(app, context, "session.refresh.reuse", AuditStatus::Fail);
    let id = asked.session_id.as_str();
    reuse.fields.insert("session".into(), id.into());
    match app.store.refresh_session(&asked, &reuse).await? {
        Refreshed::Reused | Refreshed::Unknown => Err(Denied::RefreshToken.into()),
        Refreshed::Current { hash, caller } => {
            // Under an older secret when the secrets changed within the window.
            let (next, session) = candidates
                .into_iter()
                .find(|(next, _)| next.hash().to_string() == hash)
                .ok_or(Denied::RefreshToken)?;
            let tokens = Tokens {
                session,
                refresh: Some(next),
            };
            Ok((tokens, *caller))
        }
    }
}
