//! Devices that an account was signed in to on before (OWASP, device cookies).

use portcullis_issue::keyed_hash::{keyed_hash, keyed_hashes};
use portcullis_issue::random::random_id;
use portcullis_issue::secret::{Purpose, Secrets};
use portcullis_issue::{Entropy, cookie_signature};

/// What the signed text begins with, so that no other signed text can be taken for it.
const PREFIX: &str = "device";
/// Accounts that one device remembers, the newest first: a tablet that a whole watch shares.
const MAX_ACCOUNTS: usize = 32;

/// A device with the accounts that were signed in to on it.
///
/// It opens nothing: it has a budget for guesses of its own at the passwords of these accounts, so
/// that strangers who guess wrong don't keep the owner out. The text that a client keeps is signed,
/// and names accounts by keyed hashes alone.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownDevice {
    id: String,
    accounts: Vec<String>,
}

impl core::fmt::Debug for KnownDevice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KnownDevice").finish_non_exhaustive()
    }
}

impl KnownDevice {
    /// A device that knows nobody yet.
    #[must_use]
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Self {
        Self {
            id: random_id(entropy),
            accounts: Vec::new(),
        }
    }

    /// Reads what a client sent; `None` unless one of the secrets signed it.
    #[must_use]
    pub fn read(secrets: &Secrets, text: &str) -> Option<Self> {
        let value = cookie_signature::verify(secrets, text).ok()?;
        let mut parts = value.split('!');
        if parts.next() != Some(PREFIX) {
            return None;
        }
        let id = parts.next().filter(|id| !id.is_empty())?.to_owned();
        Some(Self {
            id,
            accounts: parts.take(MAX_ACCOUNTS).map(str::to_owned).collect(),
        })
    }

    /// The text for a client to keep, as a cookie has it.
    #[must_use]
    pub fn to_text(&self, secrets: &Secrets) -> String {
        let mut value = format!("{PREFIX}!{}", self.id);
        for account in &self.accounts {
            value.push('!');
            value.push_str(account);
        }
        cookie_signature::sign(secrets, &value)
    }

    /// Its id; 32 letters and digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the account of an address was signed in to on it; `email` lower-cased.
    #[must_use]
    pub fn knows(&self, secrets: &Secrets, email: &str) -> bool {
        keyed_hashes(secrets, Purpose::Throttle, &owner(email))
            .any(|hash| self.accounts.contains(&hash))
    }

    /// The device after a sign-in to the account of an address.
    #[must_use]
    pub fn remember(mut self, secrets: &Secrets, email: &str) -> Self {
        let old: Vec<_> = keyed_hashes(secrets, Purpose::Throttle, &owner(email)).collect();
        self.accounts.retain(|account| !old.contains(account));
        let newest = keyed_hash(secrets, Purpose::Throttle, &owner(email));
        self.accounts.insert(0, newest);
        self.accounts.truncate(MAX_ACCOUNTS);
        self
    }
}

fn owner(email: &str) -> String {
    format!("owner {email}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    struct Zero;

    impl Entropy for Zero {
        fn fill(&mut self, out: &mut [u8]) {
            out.fill(0);
        }
    }

    fn secrets(text: &str) -> Secrets {
        Secrets::parse(text).unwrap()
    }

    #[test]
    fn a_device_knows_the_accounts_that_were_signed_in_to_on_it_and_no_other() {
        let secrets = secrets(OLD);
        let device = KnownDevice::generate(&mut Zero).remember(&secrets, "ann@example.org");
        let read = KnownDevice::read(&secrets, &device.to_text(&secrets)).unwrap();
        assert_eq!(read, device);
        assert!(read.knows(&secrets, "ann@example.org"));
        assert!(!read.knows(&secrets, "bob@example.org"));
    }

    #[test]
    fn a_text_that_is_changed_or_signed_as_something_else_is_no_device() {
        let secrets = secrets(OLD);
        let text = KnownDevice::generate(&mut Zero).to_text(&secrets);
        assert!(KnownDevice::read(&secrets, &text.replacen('A', "B", 1)).is_none());
        assert!(KnownDevice::read(&secrets, "").is_none());
        for other in [
            "true",
            "0QvRPQFsabcdefghijklmnopqrstCcwr",
            "device",
            "device!",
        ] {
            let text = cookie_signature::sign(&secrets, other);
            assert!(KnownDevice::read(&secrets, &text).is_none(), "{other}");
        }
    }

    #[test]
    fn a_device_is_known_on_after_the_secret_was_rotated() {
        let before = secrets(OLD);
        let device = KnownDevice::generate(&mut Zero).remember(&before, "ann@example.org");
        let text = device.to_text(&before);
        let rotated = secrets(&format!("2:{NEW},1:{OLD}"));
        let read = KnownDevice::read(&rotated, &text).unwrap();
        assert!(read.knows(&rotated, "ann@example.org"));
        let renewed = read.remember(&rotated, "ann@example.org");
        assert_eq!(renewed.accounts.len(), 1);
        let after = secrets(&format!("2:{NEW}"));
        assert!(KnownDevice::read(&after, &text).is_none());
        let read = KnownDevice::read(&after, &renewed.to_text(&rotated)).unwrap();
        assert!(read.knows(&after, "ann@example.org"));
    }

    #[test]
    fn the_accounts_signed_in_to_longest_ago_are_forgotten_first_and_the_cookie_stays_small() {
        let secrets = secrets(OLD);
        let mut device = KnownDevice::generate(&mut Zero);
        for index in 0..=MAX_ACCOUNTS {
            device = device.remember(&secrets, &format!("user{index}@example.org"));
        }
        assert!(!device.knows(&secrets, "user0@example.org"));
        assert!(device.knows(&secrets, "user1@example.org"));
        assert!(device.knows(&secrets, &format!("user{MAX_ACCOUNTS}@example.org")));
        assert!(device.to_text(&secrets).len() < 1000);
    }
}
