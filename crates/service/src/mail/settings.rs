//! Where mail goes.

use crate::Webhook;

/// Where mail goes, as the operator chose it.
#[derive(Debug, Clone, Default)]
pub enum MailPort {
    /// Nowhere: what needs mail is switched off.
    #[default]
    Off,
    /// Into the log with its links, for development: who reads the log can take every account over.
    Log,
    /// To a receiver that sends it.
    Webhook(Webhook),
}

/// Settings of mail: `PORTCULLIS_MAIL`, and for a webhook `PORTCULLIS_MAIL_WEBHOOK_URL` and
/// `PORTCULLIS_MAIL_WEBHOOK_SECRET`.
#[derive(Debug, Clone, Default)]
pub struct MailSettings {
    /// Where it goes.
    pub port: MailPort,
}

impl MailSettings {
    /// Reads the settings; `value` gives one that is set.
    ///
    /// # Errors
    /// A sentence that begins with the name of the first that is wrong.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let names = (
            "PORTCULLIS_MAIL_WEBHOOK_URL",
            "PORTCULLIS_MAIL_WEBHOOK_SECRET",
        );
        let webhook =
            Webhook::from_named(value(names.0).as_deref(), value(names.1).as_deref(), names)?;
        let chosen = value("PORTCULLIS_MAIL").unwrap_or_default();
        let port = match (chosen.trim(), webhook) {
            ("" | "off", _) => MailPort::Off,
            ("log", _) => MailPort::Log,
            ("webhook", Some(webhook)) => MailPort::Webhook(webhook),
            ("webhook", None) => {
                return Err(format!(
                    "PORTCULLIS_MAIL is `webhook`, but {} isn't set",
                    names.0
                ));
            }
            (other, _) => {
                return Err(format!(
                    "PORTCULLIS_MAIL: `{other}` is neither `off`, `log` nor `webhook`"
                ));
            }
        };
        Ok(Self { port })
    }

    /// Whether mail goes anywhere.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !matches!(self.port, MailPort::Off)
    }

    /// Whether links end up in the log.
    #[must_use]
    pub const fn is_logged(&self) -> bool {
        matches!(self.port, MailPort::Log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &'static [(&'static str, &'static str)]) -> Result<MailSettings, String> {
        MailSettings::read(&|name| {
            let found = pairs.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn mail_is_off_unless_it_is_chosen() {
        assert!(!read(&[]).unwrap().is_on());
        assert!(!read(&[("PORTCULLIS_MAIL", "off")]).unwrap().is_on());
        let log = read(&[("PORTCULLIS_MAIL", "log")]).unwrap();
        assert!(log.is_on() && log.is_logged());
        assert_eq!(
            read(&[("PORTCULLIS_MAIL", "smtp")]).unwrap_err(),
            "PORTCULLIS_MAIL: `smtp` is neither `off`, `log` nor `webhook`"
        );
    }

    #[test]
    fn a_webhook_needs_a_url_and_a_secret() {
        const URL: (&str, &str) = ("PORTCULLIS_MAIL_WEBHOOK_URL", "https://mail.example/send");
        const SECRET: (&str, &str) = (
            "PORTCULLIS_MAIL_WEBHOOK_SECRET",
            "a secret of at least thirty-two bytes",
        );
        const ON: (&str, &str) = ("PORTCULLIS_MAIL", "webhook");
        assert_eq!(
            read(&[ON]).unwrap_err(),
            "PORTCULLIS_MAIL is `webhook`, but PORTCULLIS_MAIL_WEBHOOK_URL isn't set"
        );
        let half = read(&[ON, URL]).unwrap_err();
        assert!(
            half.starts_with(
                "PORTCULLIS_MAIL_WEBHOOK_URL is set, PORTCULLIS_MAIL_WEBHOOK_SECRET isn't"
            ),
            "{half}"
        );
        assert!(read(&[ON, URL, SECRET]).unwrap().is_on());
    }
}
