//! Mail: what is written, where it waits, and how it leaves.
//!
//! A mail is a row of an outbox that is written in the same transaction as the link it carries, so
//! neither is there without the other. The link is sealed under the server's secret until the mail
//! is delivered, and gone then. It leaves through a signed webhook, behind which the operator sends
//! it, or in development through the log.

mod content;
mod deliver;
mod letter;
mod settings;

pub(crate) use content::{Content, letter_to, notice};
pub use deliver::deliver;
pub use letter::{Letter, MailKind};
pub use settings::{MailPort, MailSettings};

/// Longest URL to go on to that a link carries, in bytes.
pub const MAX_CALLBACK_BYTES: usize = 1800;

/// A mail to write.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Row id.
    pub id: String,
    /// What it says.
    pub kind: MailKind,
    /// Where to, unless it is the account's own address.
    pub recipient: Option<String>,
    /// What it carries, sealed.
    pub sealed: String,
    /// When it was written, Unix milliseconds.
    pub created_at_ms: i64,
    /// From when on it isn't sent any more, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// A mail that was taken to be delivered.
#[derive(Debug, Clone)]
pub struct TakenMail {
    /// Row id.
    pub id: String,
    /// What it says.
    pub kind: MailKind,
    /// Where to.
    pub recipient: String,
    /// Whose account it is about.
    pub user_id: String,
    /// The account's name.
    pub user_name: String,
    /// The account's address.
    pub user_email: String,
    /// What it carries, sealed.
    pub sealed: String,
    /// From when on it isn't sent any more, Unix milliseconds.
    pub expires_at_ms: i64,
    /// How often it was tried, with this time.
    pub attempts: u32,
}

/// What came of a mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettledMail {
    /// It was delivered: its row goes.
    Done {
        /// Row id.
        id: String,
    },
    /// It wasn't, and will be tried again.
    Later {
        /// Row id.
        id: String,
        /// When, Unix milliseconds.
        next_at_ms: i64,
        /// Why it wasn't.
        problem: String,
    },
    /// Nobody tries any more. Its row stays for a while; what it carries goes once its link is over.
    Dead {
        /// Row id.
        id: String,
        /// Since when, Unix milliseconds.
        at_ms: i64,
        /// Why.
        problem: String,
    },
}
