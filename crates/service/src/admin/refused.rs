//! What a caller may hear when the administration of accounts refuses.

use portcullis_core::decide::Explanation;

use crate::guard::Guard;
use crate::{Denied, Error};

/// Why something about another's account was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// The caller or the account has changed in this moment.
    Changed,
    /// A place to go on from that isn't of this list.
    Cursor,
    /// Another account has the address.
    EmailTaken,
    /// Members that callers don't set.
    Field(String),
    /// Nobody would be left who administers accounts.
    LastAdministrator,
    /// The account isn't as the caller saw it last.
    NotAsSeen,
    /// The caller may not do this, to this account.
    NotAllowed {
        /// What.
        guard: Guard,
        /// Why.
        explanation: Box<Explanation>,
    },
    /// The caller doesn't hold everything that the role gives there, which it would hand out or get at.
    NotHeld {
        /// The role.
        role: String,
        /// The first of what is missing, for people.
        lacking: String,
    },
    /// There is no such grant.
    NoGrant,
    /// There is no such account, or none that the caller may know of.
    NoUser,
    /// Nothing that could be changed was named.
    NothingToUpdate,
    /// A role or scope that the policy doesn't have, or a role that isn't granted there; for people.
    NotGrantable(String),
    /// The caller's own account isn't banned.
    OwnBan,
    /// The caller's own account isn't deleted.
    OwnRemoval,
    /// The caller's own tier is lower than this one, which it would hand out or get at.
    TierNotHeld {
        /// The tier.
        tier: String,
    },
    /// The policy has no tier of this name; it has these.
    UnknownTier(Vec<String>),
    /// The policy has no role of this name.
    UnknownRole,
    /// Values that aren't as they should be: the member of the body, and what it should be.
    Value(&'static str, &'static str),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Denied(Denied::Admin(refused))
    }
}
