//! Links from identities in chat networks to accounts, and services that act by them.
//!
//! A user who is signed in makes a one-time code and gives it to a service, such as a bot, in the chat.
//! The service hands the code in with the identity that it came from, and the two are linked. From
//! then on the service gets access tokens for that user, which name both: `sub` is the user, `act` the
//! service (RFC 8693 section 4.1). A service signs in with its key, and only for the networks that its
//! key is for.

mod code;
mod keys;
mod ports;
mod redeem;
mod sign_in;
mod text;
mod unlink;

pub use code::{CODE_TTL_SECS, LinkCode, new_code};
pub use keys::{MAX_KEYS, Service, ServiceKeys, authenticate};
pub use ports::{
    Begun, IdentityLink, IdentityLinkStore, NewCode, NewLink, Redeemed, ServiceSession,
};
pub use redeem::{Asked, redeem};
pub use sign_in::{SERVICE_SESSION_TTL_SECS, SignedIn, sign_in};
pub use text::{Identity, MAX_DISPLAY_NAME_CHARS, MAX_EXTERNAL_ID_BYTES, is_network};
pub use unlink::{list, unlink};

use crate::{Denied, Error};

/// Most identities that are linked to one account.
pub const MAX_LINKS: u32 = 32;

/// Why something about links and services was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The linked account is disabled.
    Disabled,
    /// The code is unknown, expired or used: which of them is not said.
    InvalidCode,
    /// What was sent can't be an identity; the text says where and why.
    Invalid(String),
    /// The key isn't known.
    InvalidKey,
    /// There are as many links as there may be.
    Limit,
    /// The key has a mistake in it: the text is one that no key can have.
    MistypedKey,
    /// There is no key.
    NoKey,
    /// The caller has no such link.
    NoLink,
    /// The service isn't for this network.
    Network,
    /// The identity is linked to nobody.
    NotLinked,
    /// The identity is linked to another account.
    Taken,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Denied::IdentityLinks(refused).into()
    }
}
