//! What a new session is made of.

use portcullis_issue::opaque::SessionToken;
use portcullis_issue::random::random_id;
use portcullis_issue::refresh::RefreshToken;

use super::device::Device;
use super::ports::NewRefresh;
use crate::host::HostEntropy;
use crate::ports::{NewSession, Rehash};
use crate::records::Refreshable;
use crate::{App, Context, Host, Session, Store, User};

/// How a session begins.
#[derive(Debug, Clone, Default)]
pub struct Begin {
    /// Whether it outlives the browser and is extended by use.
    pub remember_me: bool,
    /// The session token that the caller came with, which the new session ends.
    pub replaces: Option<String>,
    /// A new password hash, when the stored one is weaker than it should be.
    pub rehash: Option<Rehash>,
    /// How its owner has proved who it is, in the values of RFC 8176 section 2.
    pub methods: &'static [&'static str],
    /// The device that it is on.
    pub device: Device,
    /// Whether it gets refresh tokens.
    pub wants_refresh: bool,
}

/// What the owner of a session is given, once; stored nowhere.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Signs its requests.
    pub session: SessionToken,
    /// Gets the next pair, for a session that was begun with refresh tokens.
    pub refresh: Option<RefreshToken>,
}

/// Makes a session with everything but its row in the store.
pub fn new_session<S: Store, H: Host>(
    app: &App<S, H>,
    user: &User,
    how: Begin,
    context: &Context,
) -> (Tokens, NewSession) {
    let mut entropy = HostEntropy(&app.host);
    let settings = &app.settings.sessions;
    let now_ms = app.host.now_ms();
    let (ttl_secs, absolute_secs) = if how.remember_me {
        (settings.idle_secs, settings.absolute_secs)
    } else {
        (settings.short_secs, settings.short_secs)
    };
    let id = random_id(&mut entropy);
    let tokens = Tokens {
        session: SessionToken::generate(&mut entropy),
        refresh: how
            .wants_refresh
            .then(|| RefreshToken::generate(&app.settings.secrets, &id, 0, &mut entropy)),
    };
    let expires_at_ms = now_ms + ttl_secs * 1000;
    let token_ends_ms = if how.wants_refresh {
        expires_at_ms.min(now_ms + settings.token_secs * 1000)
    } else {
        expires_at_ms
    };
    let session = Session {
        id,
        user_id: user.id.clone(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        expires_at_ms,
        ip_address: context.ip_address.clone(),
        user_agent: context.user_agent.clone(),
        remember_me: how.remember_me,
        absolute_expires_at_ms: now_ms + absolute_secs * 1000,
        last_active_at_ms: now_ms,
        authenticated_at_ms: now_ms,
        methods: how.methods.iter().map(|one| (*one).to_owned()).collect(),
        device_id: how.device.id,
        device_name: how.device.name,
        user_epoch: user.epoch,
        refreshable: how.wants_refresh.then_some(Refreshable {
            generation: 0,
            token_expires_at_ms: token_ends_ms,
        }),
        superseded_by: None,
        token_ends_ms,
        impersonated_by: None,
    };
    let replaces = how
        .replaces
        .and_then(|old| SessionToken::parse(&old).ok())
        .map(|old| old.hash().to_string());
    let refresh = tokens.refresh.as_ref().map(|token| NewRefresh {
        hash: token.hash().to_string(),
        generation: 0,
        token_expires_at_ms: token_ends_ms,
    });
    let new = NewSession {
        session,
        token_hash: tokens.session.hash().to_string(),
        replaces_token_hash: replaces,
        rehash: how.rehash,
        refresh,
    };
    (tokens, new)
}
