//! Sessions: who is calling, for how long, and how that ends.
//!
//! | file | what |
//! |---|---|
//! | [`settings`] | how long they last |
//! | [`begin`] | what a new one is made of |
//! | [`device`] | what its device is called |
//! | [`rotate`] | new tokens for one that goes on |
//! | [`refresh`] | refresh tokens |
//! | [`fresh`] | proving again who one is |
//! | [`revoke`] | the list, and ending them |

pub mod begin;
pub mod device;
pub mod fresh;
pub mod ports;
pub mod refresh;
pub mod revoke;
pub mod rotate;
pub mod settings;

use portcullis_issue::opaque::SessionToken;

pub use begin::{Begin, Tokens, new_session};
pub use device::Device;
pub use fresh::require_fresh;
pub use ports::{
    Extension, MAX_LISTED, NewRefresh, Refresh, Refreshed, Rotation, SessionStore, Touch, Touched,
    Which,
};
pub use revoke::Listed;
pub use rotate::{prepare_rotation, rotate};
pub use settings::SessionSettings;

use crate::{App, Caller, Context, Denied, Error, Host, SessionRef, Store, feed};

/// How long the row of a session that is over is kept: a day.
const KEPT_AFTER_END_MS: i64 = 86_400_000;

/// How a session token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// In the `Authorization` header: the client keeps it itself.
    Bearer,
    /// In a cookie, which an answer can replace.
    Cookie,
}

/// A session that holds, and what to tell its client.
#[derive(Debug)]
pub struct Current {
    /// Who is calling.
    pub caller: Caller,
    /// The token for a new cookie: the end was moved, or another token has taken its place.
    pub cookie: Option<SessionToken>,
}

/// Looks a session up by its token, without writing anything.
///
/// # Errors
/// [`Denied::Unauthenticated`] for a token that is malformed, unknown or over.
pub async fn by_token<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Caller, Error> {
    let token = SessionToken::parse(token).map_err(|_| Denied::Unauthenticated)?;
    let session = SessionRef::TokenHash(token.hash().to_string());
    by_ref(app, &session).await
}

/// Looks a session up.
///
/// # Errors
/// [`Denied::Unauthenticated`] when it is unknown or over.
pub async fn by_ref<S: Store, H: Host>(
    app: &App<S, H>,
    session: &SessionRef,
) -> Result<Caller, Error> {
    let caller = app.store.caller(session, app.host.now_ms()).await?;
    Ok(caller.ok_or(Denied::Unauthenticated)?)
}

/// Looks a session up by its token; use extends it when it is remembered, is written down, and gives a
/// cookie a new token when its user may do something else than when the token was issued. In steady
/// state nothing of that is due, and this is one look-up.
///
/// # Errors
/// As [`by_token`].
pub async fn current<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
    carrier: Carrier,
    may_write: bool,
    context: &Context,
) -> Result<Current, Error> {
    let mut caller = feed::by_token(app, token).await?;
    let mut cookie = None;
    if may_write {
        let presented = SessionToken::parse(token).map_err(|_| Denied::Unauthenticated)?;
        if carrier == Carrier::Cookie {
            cookie = rotate::follow(app, &mut caller, &presented, context).await?;
        }
        let end_ms = caller.session.expires_at_ms;
        let is_due = due(app, &caller).is_some();
        let touched = touch(app, &mut caller).await?;
        if touched && cookie.is_none() {
            feed::remember(app, token, &caller);
        } else if is_due || cookie.is_some() {
            // Changed by this, or by another request that was first.
            feed::forget(app, token);
        }
        let is_extended = touched && caller.session.expires_at_ms != end_ms;
        // Never an old token in place of the new one that another tab was given.
        let is_newest = caller.session.superseded_by.is_none();
        if is_extended && is_newest && carrier == Carrier::Cookie {
            cookie = cookie.or(Some(presented));
        }
    }
    Ok(Current { caller, cookie })
}

/// Clears away sessions that have been over for a day, at most 1,000 at a time. Nothing depends on it
/// but the size of the table.
///
/// # Errors
/// Only faults.
pub async fn prune<S: Store, H: Host>(app: &App<S, H>) -> Result<usize, Error> {
    let before_ms = app.host.now_ms() - KEPT_AFTER_END_MS;
    Ok(app.store.clear_sessions(before_ms).await?)
}

/// Writes down that a session was used, at most once in a while, and moves its end when that is due;
/// whether anything was written.
///
/// # Errors
/// Only faults.
pub async fn touch<S: Store, H: Host>(app: &App<S, H>, caller: &mut Caller) -> Result<bool, Error> {
    let Some(touch) = due(app, caller) else {
        return Ok(false);
    };
    let Some(touched) = app.store.touch_session(&touch).await? else {
        return Ok(false);
    };
    let session = &mut caller.session;
    if session.superseded_by.is_none() && session.refreshable.is_none() {
        session.token_ends_ms = touched.expires_at_ms;
    }
    session.last_active_at_ms = touch.now_ms;
    session.expires_at_ms = touched.expires_at_ms;
    session.updated_at_ms = touched.updated_at_ms;
    Ok(true)
}

fn due<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> Option<Touch> {
    let settings = &app.settings.sessions;
    let session = &caller.session;
    let now_ms = app.host.now_ms();
    let if_ends_by_ms = now_ms + (settings.idle_secs - settings.extension_step_secs()) * 1000;
    let expires_at_ms = (now_ms + settings.idle_secs * 1000).min(session.absolute_expires_at_ms);
    // A session with refresh tokens is extended by those alone.
    let is_extended = session.remember_me
        && session.refreshable.is_none()
        && session.expires_at_ms <= if_ends_by_ms
        && session.expires_at_ms < expires_at_ms;
    let active_before_ms = now_ms - settings.activity_secs * 1000;
    let is_due = is_extended || session.last_active_at_ms <= active_before_ms;
    is_due.then(|| Touch {
        session_id: session.id.clone(),
        now_ms,
        active_before_ms,
        extension: is_extended.then_some(Extension {
            if_ends_by_ms,
            expires_at_ms,
        }),
    })
}
