//! What mails say.

use core::fmt::Write;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// Somebody signed up with an address that has an account.
    AccountExists,
    /// Asks the owner of the old address to agree to a new one.
    ConfirmEmailChange,
    /// Asks whether the account is to be deleted.
    DeleteAccount,
    /// Says that the account has another address now; to the old one.
    EmailChanged,
    /// Says that the account has another password now.
    PasswordChanged,
    /// A link for a new password.
    ResetPassword,
    /// Asks whether the address is right.
    VerifyEmail,
    /// Asks the owner of a new address to confirm it.
    VerifyNewEmail,
}

/// Every kind of mail.
const KINDS: [MailKind; 8] = [
    MailKind::AccountExists,
    MailKind::ConfirmEmailChange,
    MailKind::DeleteAccount,
    MailKind::EmailChanged,
    MailKind::PasswordChanged,
    MailKind::ResetPassword,
    MailKind::VerifyEmail,
    MailKind::VerifyNewEmail,
];

impl MailKind {
    /// How it is stored, and what a webhook is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountExists => "account-exists",
            Self::ConfirmEmailChange => "confirm-email-change",
            Self::DeleteAccount => "delete-account",
            Self::EmailChanged => "email-changed",
            Self::PasswordChanged => "password-changed",
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
            Self::VerifyNewEmail => "verify-new-email",
        }
    }

    /// Reads what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        KINDS.into_iter().find(|one| one.as_str() == text)
    }

    /// Where its link leads on this server; `None` for mail without one.
    fn path(self) -> Option<&'static str> {
        match self {
            Self::AccountExists | Self::EmailChanged | Self::PasswordChanged => None,
            Self::ConfirmEmailChange | Self::VerifyEmail | Self::VerifyNewEmail => {
                Some("verify-email?token={token}")
            }
            Self::DeleteAccount => Some("delete-user/callback?token={token}"),
            Self::ResetPassword => Some("reset-password/{token}?"),
        }
    }

    /// The subject and the text, in which `{site}` and `{link}` stand for what they say. Nothing in
    /// them was chosen by whoever caused the mail: it can't be used to send somebody a message.
    const fn template(self) -> (&'static str, &'static str) {
        match self {
            Self::AccountExists => (
                "You have an account already",
                "Somebody signed up at {site} with this address, which has an account there \
                 already. Nothing was changed.\n\nIf it was you, sign in instead, or ask for a new \
                 password. If it wasn't, there is nothing to do.\n",
            ),
            Self::ConfirmEmailChange => (
                "Your address is to be changed",
                "Somebody who is signed in to your account at {site} asked to change its address. \
                 To agree, open this link; a second one then goes to the new address:\n\n\
                 {link}\n\nIf it wasn't you, don't open it, and change your password.\n",
            ),
            Self::DeleteAccount => (
                "Your account is to be deleted",
                "Somebody who is signed in to your account at {site} asked to delete it. To delete \
                 it for good, open this link where you are signed in:\n\n{link}\n\nIf it wasn't you, \
                 don't open it, and change your password.\n",
            ),
            Self::EmailChanged => (
                "Your address was changed",
                "Your account at {site} has another address now, and this one signs in no more.\n\n\
                 If it wasn't you, write to whoever runs {site} at once.\n",
            ),
            Self::PasswordChanged => (
                "Your password was changed",
                "Your account at {site} has a new password.\n\nIf it wasn't you, ask for a new one \
                 at once.\n",
            ),
            Self::ResetPassword => (
                "A new password",
                "Somebody asked for a new password for your account at {site}. To choose one, open \
                 this link; it works once:\n\n{link}\n\nIf it wasn't you, there is nothing to do.\n",
            ),
            Self::VerifyEmail => (
                "Confirm your address",
                "To confirm that this is the address of your account at {site}, open this link; it \
                 works once:\n\n{link}\n\nIf you have no account there, there is nothing to do.\n",
            ),
            Self::VerifyNewEmail => (
                "Confirm your new address",
                "To make this the address of your account at {site}, open this link; it works \
                 once:\n\n{link}\n\nIf you didn't ask for that, don't open it.\n",
            ),
        }
    }
}

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: &'static str,
    /// The text, plain.
    pub text: String,
    /// The link in it.
    pub url: Option<String>,
}

impl core::fmt::Debug for Letter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Letter")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl Letter {
    /// Writes a mail: `origin` is the server's, `callback` where its link goes on to.
    #[must_use]
    pub fn write(kind: MailKind, origin: &str, token: &str, callback: Option<&str>) -> Self {
        let url = kind.path().map(|path| {
            let mut url = format!("{origin}/api/auth/{}", path.replace("{token}", token));
            if let Some(callback) = callback {
                let separator = if url.ends_with('?') { "" } else { "&" };
                url.push_str(separator);
                url.push_str("callbackURL=");
                push_encoded(&mut url, callback);
            }
            url
        });
        let (subject, text) = kind.template();
        let text = text
            .replace("{site}", origin)
            .replace("{link}", url.as_deref().unwrap_or_default());
        Self { subject, text, url }
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3).
fn push_encoded(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_endpoints_and_carry_where_to_go_on() {
        let link = |kind, callback| {
            let letter = Letter::write(kind, "https://a.example", "T0ken", callback);
            letter.url.unwrap()
        };
        assert_eq!(
            link(MailKind::ResetPassword, Some("/reset?a=b&c=d é")),
            "https://a.example/api/auth/reset-password/T0ken?callbackURL=%2Freset%3Fa%3Db%26c%3Dd%20%C3%A9"
        );
        assert_eq!(
            link(MailKind::VerifyEmail, None),
            "https://a.example/api/auth/verify-email?token=T0ken"
        );
        assert_eq!(
            link(MailKind::DeleteAccount, Some("/bye")),
            "https://a.example/api/auth/delete-user/callback?token=T0ken&callbackURL=%2Fbye"
        );
    }

    #[test]
    fn every_text_is_filled_in_and_has_a_link_exactly_when_there_is_one() {
        for kind in KINDS {
            let letter = Letter::write(kind, "https://a.example", "T0ken", None);
            assert!(!letter.text.contains('{'), "{}", letter.text);
            assert!(letter.text.contains("https://a.example"));
            assert_eq!(
                letter.text.contains("T0ken"),
                letter.url.is_some(),
                "{kind:?}"
            );
            assert_eq!(MailKind::parse(kind.as_str()), Some(kind));
            assert_eq!(letter.subject.lines().count(), 1);
        }
    }
}
