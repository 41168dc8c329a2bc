//! Who calls, known without asking the store for every request, and never older than a stated bound.
//!
//! The store numbers every change of what somebody may do. A server keeps the callers that it has
//! looked up, each with the number of the newest change that the look-up saw, and asks at most once in
//! the bound what has changed since. A kept caller stands while nothing that is newer is about its
//! session, its account, its tenants or the permissions made at run time. What an access token says
//! stands by the same rule.
//!
//! Why a change that was committed at T is seen by every decision that begins at T + bound or later: a
//! decision that begins at t is made only on a [`State`] that was asked for after t - bound, and the
//! answer to a question holds everything that was committed before it was asked. Both times are read
//! from the clock of the host that decides; no two clocks are compared. When the question fails, so does
//! the request.
//!
//! Nothing here is a pending load: a request that is cancelled takes no other with it.

mod kept;
mod ports;
mod scopes;
mod settings;
mod state;

use core::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_issue::opaque::SessionToken;

pub(crate) use kept::{Key, Made};
pub use ports::{AccessChanges, Change, ChangeKind, Changes, MAX_CHANGES};
pub(crate) use scopes::scopes_within;
pub use settings::FeedSettings;

use self::kept::{Kept, MAX_AGE_MS};
use self::scopes::Scopes;
use self::state::{Applied, Ask, State};
use crate::{App, Caller, Denied, Error, Host, SessionRef, Store, request};

/// How long access changes are kept in the store: ten minutes, twice as long as anybody needs them.
pub const RETENTION_MS: i64 = 600_000;

/// What a server knows of callers and of changes between requests.
#[derive(Debug, Default)]
pub struct Feed {
    inner: Mutex<Inner>,
    written: Arc<AtomicI64>,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    kept: Kept,
    scopes: Scopes,
}

impl Feed {
    /// Where a driver notes the newest access change that its own writes came to, so that the next
    /// request of this server sees it; a number beyond all others when that isn't known.
    #[must_use]
    pub fn written(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.written)
    }

    /// When what is known of access changes was last as new as the store, Unix milliseconds; `None`
    /// until somebody asked.
    #[must_use]
    pub fn as_of_ms(&self) -> Option<i64> {
        self.lock().state.as_of_ms()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rev(&self, key: &Key, now_ms: i64) -> Option<i64> {
        self.lock().kept.rev(key, now_ms)
    }

    /// A kept caller who stands for a decision that began at `begun_ms`.
    fn standing(&self, key: &Key, begun_ms: i64, bound_ms: i64) -> Option<Caller> {
        let mut inner = self.lock();
        let Inner { state, kept, .. } = &mut *inner;
        if !state.serves(begun_ms, bound_ms) {
            return None;
        }
        let (caller, rev) = kept.standing(key, state, begun_ms)?;
        drop(inner);
        let mut caller = Caller::clone(&caller);
        caller.rev = rev;
        Some(caller)
    }

    /// Whether what a token says of its bearer stands for a decision that began at `begun_ms`; gives it
    /// the number up to which it does.
    pub(crate) fn confirm(&self, caller: &mut Caller, begun_ms: i64, bound_ms: i64) -> bool {
        let state = &self.lock().state;
        let stands = state.serves(begun_ms, bound_ms)
            && caller.rev <= state.seq()
            && state.is_unchanged(caller, caller.rev);
        if stands {
            caller.rev = state.seq();
        }
        stands
    }

    pub(crate) fn keep(&self, key: Key, caller: &Caller, now_ms: i64) {
        self.keep_until(key, caller, now_ms, caller.session.token_ends_ms);
    }

    /// Keeps a caller until what it came with is over at `ends_ms`, five minutes at most.
    pub(crate) fn keep_until(&self, key: Key, caller: &Caller, now_ms: i64, ends_ms: i64) {
        let until_ms = (now_ms + MAX_AGE_MS)
            .min(caller.session.expires_at_ms)
            .min(ends_ms);
        if now_ms < until_ms {
            self.lock().kept.keep(key, caller.clone(), until_ms);
        }
    }

    /// The access token that was made for this caller within the last minute, if this key signed it.
    pub(crate) fn token(&self, key: &Key, kid: &str, now_ms: i64) -> Option<Arc<str>> {
        self.lock().kept.token(key, kid, now_ms)
    }

    pub(crate) fn put_token(&self, key: &Key, rev: i64, made: Made) {
        self.lock().kept.put_token(key, rev, made);
    }

    fn due(&self, now_ms: i64, bound_ms: i64, at_least: i64, from: Option<i64>) -> Option<Ask> {
        let state = &mut self.lock().state;
        state.due(now_ms, bound_ms, at_least, from)
    }

    fn apply(&self, changes: &Changes, after: Option<i64>, asked_ms: i64) -> Applied {
        let mut inner = self.lock();
        let applied = inner.state.apply(changes, after, asked_ms);
        if applied.dropped {
            inner.kept.clear();
            inner.scopes = Scopes::default();
        } else if applied.keys {
            inner.kept.clear_access_tokens();
        }
        applied
    }
}

/// The caller with this session token: kept, or looked up and kept.
///
/// # Errors
/// [`Denied::Unauthenticated`] for a token that is malformed, unknown or over.
pub async fn by_token<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Caller, Error> {
    let token = SessionToken::parse(token).map_err(|_| Denied::Unauthenticated)?;
    let hash = token.hash();
    let key = Key::of_session(*hash.as_bytes());
    if let Some(caller) = kept(app, &key).await? {
        return Ok(caller);
    }
    let caller = look_up(app, &SessionRef::TokenHash(hash.to_string())).await?;
    app.feed.keep(key, &caller, app.host.now_ms());
    Ok(caller)
}

/// The caller with this session token as the store knows it now, whatever was kept: for what must not
/// rest on anything a moment old.
///
/// # Errors
/// As [`by_token`].
pub async fn current_by_token<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
) -> Result<Caller, Error> {
    let token = SessionToken::parse(token).map_err(|_| Denied::Unauthenticated)?;
    let hash = token.hash();
    let caller = current(app, &SessionRef::TokenHash(hash.to_string())).await?;
    let key = Key::of_session(*hash.as_bytes());
    app.feed.keep(key, &caller, app.host.now_ms());
    Ok(caller)
}

/// Keeps what a writer made of a caller, so that it isn't read again: a session whose end was moved.
pub fn remember<S, H: Host>(app: &App<S, H>, token: &str, caller: &Caller) {
    if let Ok(token) = SessionToken::parse(token) {
        let key = Key::of_session(*token.hash().as_bytes());
        app.feed.keep(key, caller, app.host.now_ms());
    }
}

/// Forgets what is kept of a caller: the next request looks it up.
pub fn forget<S, H>(app: &App<S, H>, token: &str) {
    if let Ok(token) = SessionToken::parse(token) {
        let key = Key::of_session(*token.hash().as_bytes());
        app.feed.lock().kept.forget(&key);
    }
}

/// Forgets access changes that nobody needs any more.
///
/// # Errors
/// Only faults.
pub async fn prune<S: Store, H: Host>(app: &App<S, H>) -> Result<(), Error> {
    let before_ms = app.host.now_ms() - RETENTION_MS;
    Ok(app.store.prune_changes(before_ms).await?)
}

/// A kept caller who stands.
///
/// # Errors
/// Only faults: that what is new can't be read is one.
pub(crate) async fn kept<S: Store, H: Host>(
    app: &App<S, H>,
    key: &Key,
) -> Result<Option<Caller>, Error> {
    let begun_ms = app.host.now_ms();
    let Some(rev) = app.feed.rev(key, begun_ms) else {
        return Ok(None);
    };
    refresh(app, rev, None).await?;
    let caller = app.feed.standing(key, begun_ms, bound_ms(app));
    if let Some(caller) = &caller {
        request::note_acting(caller);
    }
    Ok(caller)
}

/// Asks what is new when what is known is too old, or older than the access change `at_least`, or than
/// what this server wrote, or than what the caller's login has seen; and what there was from `from` on,
/// if it isn't known that far back.
///
/// # Errors
/// Only faults.
pub(crate) async fn refresh<S: Store, H: Host>(
    app: &App<S, H>,
    at_least: i64,
    from: Option<i64>,
) -> Result<(), Error> {
    let asked_ms = app.host.now_ms();
    let written = written(app);
    let at_least = at_least.max(written).max(seen());
    let Some(Ask { after }) = app.feed.due(asked_ms, bound_ms(app), at_least, from) else {
        return Ok(());
    };
    let changes = app.store.changes_since(after).await?;
    let applied = app.feed.apply(&changes, after, asked_ms);
    if applied.keys {
        app.rings.forget();
    }
    if written > changes.latest {
        // Whether something was written wasn't known, and is known now; or the database was put back to
        // an earlier state, and what was written is no longer in it.
        let _ = app.feed.written.compare_exchange(
            written,
            changes.latest,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }
    Ok(())
}

/// Looks a caller up, at a copy that lags if what it says can be told to be new enough.
///
/// # Errors
/// [`Denied::Unauthenticated`] when there is no such session, or it is over.
pub(crate) async fn look_up<S: Store, H: Host>(
    app: &App<S, H>,
    session: &SessionRef,
) -> Result<Caller, Error> {
    let now_ms = app.host.now_ms();
    let at_least = seen().max(written(app));
    let is_fresh = |inner: &Inner| inner.state.is_fresh(now_ms, bound_ms(app), at_least);
    if app.store.has_replicas() && is_fresh(&app.feed.lock()) {
        // One that isn't there may be one that hasn't come there yet.
        if let Some(caller) = app.store.caller_at_replica(session, now_ms).await?
            && app.feed.lock().state.is_unchanged(&caller, caller.rev)
        {
            request::note_acting(&caller);
            return Ok(caller);
        }
    }
    current(app, session).await
}

/// Looks a caller up where nothing lags.
///
/// # Errors
/// As [`look_up`].
pub(crate) async fn current<S: Store, H: Host>(
    app: &App<S, H>,
    session: &SessionRef,
) -> Result<Caller, Error> {
    let asked_ms = app.host.now_ms();
    let caller = app.store.caller(session, asked_ms).await?;
    let caller = caller.ok_or(Denied::Unauthenticated)?;
    has_looked_up(app, caller.rev, asked_ms);
    request::note_acting(&caller);
    Ok(caller)
}

/// Takes a caller that was looked up in another way, where nothing lags, as news of the feed: it saw all
/// changes up to `rev`.
pub(crate) fn has_looked_up<S, H>(app: &App<S, H>, rev: i64, asked_ms: i64) {
    let is_first = app.feed.lock().state.seed(rev, asked_ms);
    if is_first {
        // Keys that were loaded before it may have changed before it.
        app.rings.forget();
    }
}

pub(crate) fn bound_ms<S, H>(app: &App<S, H>) -> i64 {
    app.settings.feed.revocation_bound_ms
}

/// The newest access change that this server's own writes came to.
fn written<S, H>(app: &App<S, H>) -> i64 {
    app.feed.written.load(Ordering::Relaxed)
}

/// The newest access change that the login of this request has seen.
fn seen() -> i64 {
    request::current().map_or(0, |request| request.seen_seq())
}
