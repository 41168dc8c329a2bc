//! Making and reading one-time values.

use portcullis_issue::Entropy;
use portcullis_issue::one_time::OneTimeSecret;
use portcullis_issue::random::random_id;

use super::ports::{NewOneTime, OneTime, Purpose, Use};
use crate::host::HostEntropy;
use crate::{App, Error, Host, Store};

/// Shortest time that an operator's code lasts, in seconds.
const MIN_CODE_TTL_SECS: i64 = 60;
/// Longest time that an operator's code lasts, in seconds: a week.
const MAX_CODE_TTL_SECS: i64 = 7 * 86_400;

/// A value that was just drawn, with its secret.
pub(super) struct Drawn {
    pub(super) secret: OneTimeSecret,
    pub(super) value: NewOneTime,
}

/// Draws what a link carries.
pub(super) fn draw<S, H: Host>(
    app: &App<S, H>,
    purpose: Purpose,
    payload: String,
    ttl_secs: i64,
) -> Drawn {
    let mut entropy = HostEntropy(&app.host);
    let now_ms = app.host.now_ms();
    let secret = OneTimeSecret::link(&mut entropy);
    let value = NewOneTime {
        id: random_id(&mut entropy),
        secret_hash: secret.hash(),
        purpose,
        payload,
        created_at_ms: now_ms,
        expires_at_ms: now_ms + ttl_secs * 1000,
    };
    Drawn { secret, value }
}

/// A value that somebody came with, with its hash.
pub(super) struct Found {
    pub(super) hash: String,
    pub(super) value: OneTime,
}

impl Found {
    /// An attempt to use it up, now.
    pub(super) fn to_use<S, H: Host>(&self, app: &App<S, H>) -> Use {
        Use {
            secret_hash: self.hash.clone(),
            purpose: self.value.purpose,
            user_id: self.value.user_id.clone(),
            use_id: random_id(&mut HostEntropy(&app.host)),
            now_ms: app.host.now_ms(),
        }
    }

    /// Whether it is over.
    pub(super) fn is_over<S, H: Host>(&self, app: &App<S, H>) -> bool {
        self.value.expires_at_ms <= app.host.now_ms()
    }
}

/// Looks a value up that wasn't used; it may be over.
pub(super) async fn find<S: Store, H: Host>(
    app: &App<S, H>,
    typed: &str,
) -> Result<Option<Found>, Error> {
    let Some(secret) = OneTimeSecret::parse(typed) else {
        return Ok(None);
    };
    let hash = secret.hash();
    let found = app.store.one_time(&hash).await?;
    Ok(found.map(|value| Found { hash, value }))
}

/// A code with which a person sets a new password, made by an operator where there is no mail.
#[derive(Debug)]
pub struct ResetCode {
    /// What the person types, in groups of four.
    pub secret: OneTimeSecret,
    /// What is stored.
    pub value: NewOneTime,
}

impl ResetCode {
    /// Draws a code that lasts `ttl_secs`, 60 seconds to a week.
    ///
    /// # Errors
    /// A sentence for a time outside these bounds.
    pub fn draw(entropy: &mut impl Entropy, ttl_secs: i64, now_ms: i64) -> Result<Self, String> {
        if !(MIN_CODE_TTL_SECS..=MAX_CODE_TTL_SECS).contains(&ttl_secs) {
            return Err(format!(
                "a code lasts {MIN_CODE_TTL_SECS} to {MAX_CODE_TTL_SECS} seconds, not {ttl_secs}"
            ));
        }
        let secret = OneTimeSecret::code(entropy);
        let value = NewOneTime {
            id: random_id(entropy),
            secret_hash: secret.hash(),
            purpose: Purpose::ResetPassword,
            payload: "operator".to_owned(),
            created_at_ms: now_ms,
            expires_at_ms: now_ms + ttl_secs * 1000,
        };
        Ok(Self { secret, value })
    }
}
