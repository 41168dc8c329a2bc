//! Whose requests are counted.

use std::net::IpAddr;

use portcullis_issue::keyed_hash::keyed_hash;
use portcullis_issue::secret::{Purpose, Secrets};

use super::settings::Rule;
use crate::Context;

/// What a rule counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// An account, by its id.
    Account(&'a str),
    /// The client's address as the host trusts it. Clients without one share a count.
    Address,
    /// An e-mail address, lower-cased.
    Email(&'a str),
}

impl Key<'_> {
    /// A name that no other rule and key has; only for this process's memory.
    pub(crate) fn name(&self, rule: Rule, context: &Context) -> String {
        let rule = rule.as_str();
        match self {
            Self::Account(id) => format!("{rule} account {id}"),
            Self::Address => format!("{rule} address {}", network(&context.ip_address)),
            Self::Email(email) => format!("{rule} email {email}"),
        }
    }
}

/// The key of a row that counts permits.
pub(crate) fn permit_key(secrets: &Secrets, name: &str) -> String {
    keyed_hash(secrets, Purpose::Throttle, &format!("permit {name}"))
}

/// Whose password is guessed at: the keyed hash of an e-mail address, account or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKey(String);

impl AccountKey {
    /// The text that is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key under which guesses at the password of an address are counted; `email` lower-cased.
#[must_use]
pub fn account_key(secrets: &Secrets, email: &str) -> AccountKey {
    let text = format!("account {email}");
    AccountKey(keyed_hash(secrets, Purpose::Throttle, &text))
}

/// What one subscriber has of an address: all of an IPv4 address, the first 64 bits of an IPv6
/// address, or nothing when there is none. Whoever has a /64 would otherwise have 2^64 counts.
pub(crate) fn network(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Err(_) => String::new(),
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_have_one_network() {
        for (address, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            // IPv4 in IPv6 (RFC 4291 section 2.5.5.2) would otherwise be all in one.
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("", ""),
            ("unknown", ""),
        ] {
            assert_eq!(network(address), expected, "{address:?}");
        }
    }

    #[test]
    fn no_two_rules_and_keys_have_the_same_name() {
        let context = Context {
            ip_address: "192.0.2.1".into(),
            ..Context::default()
        };
        let keys = [Key::Account("a"), Key::Address, Key::Email("a")];
        let mut names: Vec<_> = Rule::ALL
            .iter()
            .flat_map(|rule| keys.map(|key| key.name(*rule, &context)))
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len() * keys.len());
    }
}
