//! What a mail carries, sealed while it waits.

use portcullis_issue::one_time::OneTimeSecret;
use portcullis_issue::random::random_id;
use portcullis_issue::sealed;
use portcullis_issue::secret::{Purpose, Secrets};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{MailKind, NewMail};
use crate::host::HostEntropy;
use crate::{App, Error, Fault, Host};

/// How long the news of a change is worth sending: a week.
const NOTICE_TTL_MS: i64 = 7 * 86_400_000;

/// What is sealed.
#[derive(Clone, Default)]
pub(crate) struct Content {
    /// The secret of the link; empty for mail without one.
    pub(crate) token: Zeroizing<String>,
    /// Where the link goes on to.
    pub(crate) callback: Option<String>,
}

impl core::fmt::Debug for Content {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Content(hidden)")
    }
}

impl Content {
    /// Opens what a mail with this id carries.
    pub(crate) fn open(secrets: &Secrets, id: &str, text: &str) -> Result<Self, String> {
        let plain =
            sealed::open(secrets, Purpose::Mail, id, text).map_err(|error| error.to_string())?;
        let read: Option<Value> = serde_json::from_slice(&plain).ok();
        let member = |name: &str| Some(read.as_ref()?.get(name)?.as_str()?.to_owned());
        Ok(Self {
            token: Zeroizing::new(member("token").ok_or("what was sealed isn't a mail's")?),
            callback: member("callback"),
        })
    }

    fn seal<S, H: Host>(&self, app: &App<S, H>, id: &str) -> Result<String, Error> {
        let plain = json!({ "token": *self.token, "callback": self.callback }).to_string();
        let plain = Zeroizing::new(plain);
        let mut entropy = HostEntropy(&app.host);
        let secrets = &app.settings.secrets;
        sealed::seal(secrets, Purpose::Mail, id, plain.as_bytes(), &mut entropy)
            .map_err(|error| Fault::Keys(error.to_string()).into())
    }
}

/// A mail that carries a link, worth sending as long as the link opens something.
///
/// # Errors
/// Only faults.
pub(crate) fn letter_to<S, H: Host>(
    app: &App<S, H>,
    kind: MailKind,
    recipient: Option<String>,
    secret: &OneTimeSecret,
    callback: Option<String>,
    expires_at_ms: i64,
) -> Result<NewMail, Error> {
    let content = Content {
        token: secret.expose(),
        callback,
    };
    new(app, kind, recipient, &content, expires_at_ms)
}

/// A mail that tells of a change; `None` when mail goes nowhere.
///
/// # Errors
/// Only faults.
pub(crate) fn notice<S, H: Host>(
    app: &App<S, H>,
    kind: MailKind,
    recipient: Option<String>,
) -> Result<Option<NewMail>, Error> {
    if !app.settings.mail.is_on() {
        return Ok(None);
    }
    let expires_at_ms = app.host.now_ms() + NOTICE_TTL_MS;
    new(app, kind, recipient, &Content::default(), expires_at_ms).map(Some)
}

fn new<S, H: Host>(
    app: &App<S, H>,
    kind: MailKind,
    recipient: Option<String>,
    content: &Content,
    expires_at_ms: i64,
) -> Result<NewMail, Error> {
    let id = random_id(&mut HostEntropy(&app.host));
    Ok(NewMail {
        sealed: content.seal(app, &id)?,
        id,
        kind,
        recipient,
        created_at_ms: app.host.now_ms(),
        expires_at_ms,
    })
}
