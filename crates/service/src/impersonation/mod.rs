//! An administrator acts as somebody else for a while, to see what they see.
//!
//! What it does is done by both: the session, its access tokens (`act`, RFC 8693 section 4.1), every
//! audit record and every line of the log name the user and the administrator. It lasts an hour at most,
//! never longer than the administrator's own session, and ends in the moment in which what it rests on
//! changes: the administrator's session, account or roles, or the roles of the user
//! (`0018_impersonation.sql`). What touches the account itself, and all administration, is refused
//! meanwhile: [`Caller::require_in_person`](crate::Caller::require_in_person).
//!
//! | file | what |
//! |---|---|
//! | [`begin`] | who may act as whom |
//! | [`stop`] | the way back |

mod begin;
mod ports;
mod stop;

pub use begin::{Begun, MAX_SECS, begin};
pub use ports::{ImpersonationStore, NewImpersonation};
pub use stop::{Stopped, resume, stop};

use portcullis_core::decide::Explanation;

use crate::{Denied, Error};

/// Why somebody may not act as somebody else.
#[derive(Debug, PartialEq)]
pub enum Refused {
    /// The user isn't below the caller.
    Above(Box<Explanation>),
    /// What this was decided on has changed in this moment.
    Changed,
    /// The user's account is disabled or banned.
    NotActive,
    /// The caller isn't allowed to act as anybody.
    NotAllowed(Box<Explanation>),
    /// The caller acts as nobody.
    NotImpersonating,
    /// The administrator's session isn't the one that this was begun from, or is over.
    NoAdminSession,
    /// The user is the caller.
    OneSelf,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Denied::Impersonation(refused).into()
    }
}
