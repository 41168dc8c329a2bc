//! Why something about keys was refused.

use crate::{Denied, Error};

/// Why something about keys was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The account whose key it is is disabled or banned.
    Banned,
    /// The key is disabled.
    Disabled,
    /// The key's end has come.
    Expired,
    /// The end that is asked for is too near.
    ExpiresTooSoon,
    /// The end that is asked for is too far.
    ExpiresTooLate,
    /// What is asked for takes the user in person, not a key.
    InPerson,
    /// The caller may not do this with keys of the tenant.
    Insufficient,
    /// The key isn't known, or has a mistake in it: which of them is not said.
    Invalid,
    /// There are as many keys as there may be.
    Limit,
    /// Keys carry no metadata here.
    MetadataOff,
    /// The metadata is no JSON object.
    MetadataType,
    /// A name has 1 to 32 characters.
    NameLength,
    /// Nobody is signed in who could make a key.
    NoSession,
    /// Nothing to change.
    NoValues,
    /// The key doesn't reach a permission that was asked of it.
    NotFor,
    /// There is no such key, to this caller.
    NotFound,
    /// The caller, or the key's owner, doesn't hold this permission anywhere.
    NotHeld(String),
    /// The caller isn't in the tenant.
    NotMember,
    /// Keys aren't served, or made by managers alone.
    Off,
    /// A prefix has 1 to 32 characters of `[A-Za-z0-9_-]`.
    Prefix,
    /// Used more often than may be; there is room after this many milliseconds.
    RateLimited {
        /// Milliseconds.
        try_again_ms: i64,
    },
    /// An amount without an interval.
    RefillInterval,
    /// An interval without an amount.
    RefillAmount,
    /// A member that only those who manage keys may set.
    ServerOnly,
    /// What this was decided on has changed meanwhile.
    Stale,
    /// Shorter than any key.
    TooShort,
    /// The policy has no such permission.
    UnknownPermission(String),
    /// No use is left; there are more after this many milliseconds, if ever.
    UsedUp {
        /// Milliseconds.
        try_again_ms: Option<i64>,
    },
    /// A member isn't what it should be: its name, and what is expected.
    Value(&'static str, String),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Denied::ApiKeys(refused).into()
    }
}
