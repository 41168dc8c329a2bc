//! Where changes are told, and under which signature.

use core::fmt;

use portcullis_issue::webhook_signature::{WebhookSecret, sign};

use crate::OutgoingRequest;
use crate::tenants::Change;

/// The settings of the receiver of changes.
const NAMES: (&str, &str) = ("PORTCULLIS_WEBHOOK_URL", "PORTCULLIS_WEBHOOK_SECRET");

/// A receiver of what is told.
#[derive(Clone)]
pub struct Webhook {
    url: String,
    secret: WebhookSecret,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook { .. }")
    }
}

impl Webhook {
    /// A receiver at `url`, `http` or `https`, with the secret that signs what is sent to it.
    ///
    /// # Errors
    /// A sentence for a URL that isn't one, and for a secret that is malformed or too short.
    pub fn new(url: &str, secret: &str) -> Result<Self, String> {
        Self::read(url, secret, NAMES)
    }

    fn read(url: &str, secret: &str, names: (&str, &str)) -> Result<Self, String> {
        let url = url.trim();
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let is_url = host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
            && url.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_url {
            return Err(format!("{} isn't an http or https URL", names.0));
        }
        let secret =
            WebhookSecret::parse(secret).map_err(|error| format!("{}: {error}", names.1))?;
        Ok(Self {
            url: url.to_owned(),
            secret,
        })
    }

    /// Reads both settings, of which neither may be there without the other.
    ///
    /// # Errors
    /// As [`Self::new`], and when only one is there.
    pub fn from_settings(url: Option<&str>, secret: Option<&str>) -> Result<Option<Self>, String> {
        Self::from_named(url, secret, NAMES)
    }

    /// As [`Self::from_settings`], for settings of these names.
    ///
    /// # Errors
    /// As [`Self::from_settings`].
    pub fn from_named(
        url: Option<&str>,
        secret: Option<&str>,
        names: (&str, &str),
    ) -> Result<Option<Self>, String> {
        match (url.unwrap_or_default(), secret.unwrap_or_default()) {
            ("", "") => Ok(None),
            ("", _) => Err(format!("{} is set, {} isn't", names.1, names.0)),
            (_, "") => Err(format!(
                "{} is set, {} isn't; make one with `openssl rand -base64 32`",
                names.0, names.1
            )),
            (url, secret) => Self::read(url, secret, names).map(Some),
        }
    }

    /// The request that tells a change, signed at a time. A second one for the same change has the
    /// same id and body, and another time.
    #[must_use]
    pub fn request(&self, change: &Change, now_secs: i64) -> OutgoingRequest {
        self.signed(&change.id, change.to_json().to_string(), now_secs)
    }

    /// A request with a body, signed at a time; `id` names what is told.
    #[must_use]
    pub fn signed(&self, id: &str, body: String, now_secs: i64) -> OutgoingRequest {
        self.signed_as(id, body, now_secs, "application/json")
    }

    /// As [`Self::signed`], for a body of another type.
    #[must_use]
    pub fn signed_as(&self, id: &str, body: String, now_secs: i64, kind: &str) -> OutgoingRequest {
        let signature = sign(&self.secret, id, now_secs, &body);
        OutgoingRequest {
            url: self.url.clone(),
            headers: vec![
                ("content-type", kind.to_owned()),
                ("user-agent", "portcullis".to_owned()),
                ("webhook-id", id.to_owned()),
                ("webhook-timestamp", now_secs.to_string()),
                ("webhook-signature", signature),
            ],
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of at least thirty-two bytes";

    #[test]
    fn neither_setting_may_be_there_without_the_other() {
        assert!(Webhook::from_settings(None, None).unwrap().is_none());
        assert!(
            Webhook::from_settings(Some(""), Some(""))
                .unwrap()
                .is_none()
        );
        let url = "http://127.0.0.1:9/hook";
        assert!(
            Webhook::from_settings(Some(url), Some(SECRET))
                .unwrap()
                .is_some()
        );
        for (url, secret) in [(Some(url), None), (None, Some(SECRET))] {
            assert!(Webhook::from_settings(url, secret).is_err());
        }
    }

    #[test]
    fn what_is_no_url_and_what_is_no_secret_is_refused() {
        for url in [
            "ftp://a",
            "https://",
            "http:///x",
            "a.example",
            "http://a b",
            "http://a\n",
        ] {
            assert!(
                Webhook::new(url, SECRET).is_err() || url.trim() != url,
                "{url:?}"
            );
        }
        assert!(Webhook::new("https://a.example/hook", "short").is_err());
    }
}
