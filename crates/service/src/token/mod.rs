//! Access tokens: what a page or another service verifies without asking, and this server without
//! reading its database.

mod claims;
pub(crate) mod time;

use portcullis_core::jose::{Algorithm, KeySet};
use portcullis_core::time::UnixSecs;
use portcullis_core::token::{Claims as Verified, Rules, verify};
use portcullis_issue::keyring::{MAX_TOKEN_BYTES, Signer};
use portcullis_issue::opaque::SessionToken;

use self::claims::{Bearer, Claims};
use crate::feed::{self, Key, Made};
use crate::{App, Caller, Denied, Error, Fault, Host, Store, keys, request};

/// Value of `typ` in the header of access tokens (RFC 9068 section 2.1).
pub const ACCESS_TOKEN_TYP: &str = "at+jwt";

/// Most bytes of a token that says what its bearer holds: with a session cookie beside it a request's
/// headers stay below 8 KB, which is what servers commonly take. One that would be longer says nothing
/// of it.
pub const MAX_WHOLE_TOKEN_BYTES: usize = 4096;

/// Header, signature and dots of a token, in bytes.
const AROUND_PAYLOAD_BYTES: usize = 240;

/// Signs what is known of the caller, for five minutes or until its session ends.
///
/// # Errors
/// Only faults.
pub async fn mint<S: Store, H: Host>(app: &App<S, H>, caller: &Caller) -> Result<String, Error> {
    let ring = keys::signing(app).await?;
    sign(app, ring.active()?, caller).await
}

async fn sign<S, H: Host>(
    app: &App<S, H>,
    signer: &Signer,
    caller: &Caller,
) -> Result<String, Error> {
    let fault = |error: &dyn core::fmt::Display| Fault::Keys(error.to_string());
    let mut claims = Claims::new(app, caller);
    let payload = serde_json::to_vec(&claims).map_err(|error| fault(&error))?;
    if payload.len().div_ceil(3) * 4 + AROUND_PAYLOAD_BYTES > MAX_WHOLE_TOKEN_BYTES {
        claims.leave_out_what_is_held();
    }
    let unsigned = signer
        .unsigned(ACCESS_TOKEN_TYP, &claims, MAX_TOKEN_BYTES)
        .map_err(|error| fault(&error))?;
    Ok(keys::sign(&app.host, signer, unsigned).await?)
}

/// The access token of a caller who came with this session token, made within the last minute or now.
///
/// # Errors
/// Only faults.
pub async fn recent<S: Store, H: Host>(
    app: &App<S, H>,
    session_token: &str,
    caller: &Caller,
) -> Result<String, Error> {
    let Ok(session_token) = SessionToken::parse(session_token) else {
        return mint(app, caller).await;
    };
    let key = Key::of_session(*session_token.hash().as_bytes());
    let ring = keys::signing(app).await?;
    let signer = ring.active()?;
    let at_ms = app.host.now_ms();
    // A key that was retired at once may be known to others: what it signed is given to nobody any more.
    if let Some(token) = app.feed.token(&key, signer.kid(), at_ms) {
        return Ok(token.to_string());
    }
    let token = sign(app, signer, caller).await?;
    let made = Made {
        at_ms,
        kid: signer.kid().to_owned(),
        token: token.as_str().into(),
    };
    app.feed.put_token(&key, caller.rev, made);
    Ok(token)
}

/// Who calls with an access token. The signature is checked here. What the token says stands while no
/// access change after it is about its session, its account or its tenants; otherwise the session that
/// it names is looked up, so that signing out ends its tokens as well.
///
/// # Errors
/// [`Denied::Unauthenticated`] for any token that doesn't verify or whose session is over.
pub async fn caller<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Caller, Error> {
    let key = Key::of_access_token(token);
    if let Some(caller) = feed::kept(app, &key).await? {
        return Ok(caller);
    }
    let begun_ms = app.host.now_ms();
    let bearer = verified(app, token).await?;
    let mut caller = None;
    if let Some(mut claimed) = bearer.caller {
        feed::refresh(app, claimed.rev, Some(claimed.rev)).await?;
        if app
            .feed
            .confirm(&mut claimed, begun_ms, feed::bound_ms(app))
        {
            caller = Some(claimed);
        }
    }
    let caller = if let Some(caller) = caller {
        caller
    } else {
        let mut found = feed::look_up(app, &bearer.session).await?;
        // Confused deputy (CWE-441): who acts for a user doesn't become the user by a look-up.
        found.actor = bearer.actor.or(found.actor);
        found
    };
    request::note_acting(&caller);
    app.feed.keep_until(key, &caller, begun_ms, bearer.ends_ms);
    Ok(caller)
}

/// Who calls with an access token, as the store knows it now.
///
/// # Errors
/// As [`caller`].
pub async fn current_caller<S: Store, H: Host>(
    app: &App<S, H>,
    token: &str,
) -> Result<Caller, Error> {
    let bearer = verified(app, token).await?;
    let actor = bearer.actor;
    let mut caller = feed::current(app, &bearer.session).await?;
    caller.actor = actor.or(caller.actor);
    request::note_acting(&caller);
    Ok(caller)
}

async fn verified<S: Store, H: Host>(app: &App<S, H>, token: &str) -> Result<Bearer, Error> {
    let ring = keys::published(app).await?;
    let claims = verified_claims(app, &ring.verifying, token).ok_or(Denied::Unauthenticated)?;
    Ok(Bearer::read(&claims).ok_or(Denied::Unauthenticated)?)
}

fn verified_claims<S, H: Host>(app: &App<S, H>, keys: &KeySet, token: &str) -> Option<Verified> {
    let rules = Rules::new([Algorithm::Es256])
        .ok()?
        .issuer(&app.settings.origin)
        .audience(&app.settings.origin)
        .typ(ACCESS_TOKEN_TYP);
    let now = UnixSecs::from_millis(u64::try_from(app.host.now_ms()).ok()?);
    Some(verify(token, keys, &rules, now).ok()?.claims().clone())
}
