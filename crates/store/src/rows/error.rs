//! Why rows were neither read nor written.

use core::fmt;

use portcullis_core::decide::Code;
use portcullis_service::StoreError;

use super::MAX_STATEMENT_BYTES;

/// A call on [`Rows`](super::Rows) that wasn't carried out.
///
/// That rows lie outside the policy is no error: they aren't there.
#[derive(Debug, Clone, PartialEq)]
pub enum RowsError {
    /// The policy has no such resource or action, or can't decide about it as it was asked.
    Refused(Code),
    /// The resource has no such field.
    UnknownField {
        /// The resource.
        resource: String,
        /// What was asked for.
        field: String,
    },
    /// The principal may use the field in no row.
    FieldForbidden {
        /// The field.
        field: String,
        /// What was to be done: `read`, `create` or `update`.
        action: &'static str,
    },
    /// A value isn't of the field's type.
    WrongType {
        /// The field.
        field: String,
        /// Its type as policies write it.
        expected: String,
    },
    /// Lists have no order.
    NoOrder {
        /// The field.
        field: String,
    },
    /// The cursor isn't from a page in this order.
    WrongCursor,
    /// An update or insert of nothing.
    NothingToWrite,
    /// A field is given twice.
    GivenTwice {
        /// The field.
        field: String,
    },
    /// The policy's rules and the search make a statement longer than
    /// [`MAX_STATEMENT_BYTES`](super::MAX_STATEMENT_BYTES).
    TooLong {
        /// How long it would be.
        bytes: usize,
    },
    /// The database failed.
    Store(StoreError),
}

impl RowsError {
    /// The stable name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(code) => code.as_str(),
            Self::UnknownField { .. } => "unknown_field",
            Self::FieldForbidden { .. } => "field_denied",
            Self::WrongType { .. } => "wrong_type",
            Self::NoOrder { .. } => "no_order",
            Self::WrongCursor => "wrong_cursor",
            Self::NothingToWrite => "nothing_to_write",
            Self::GivenTwice { .. } => "given_twice",
            Self::TooLong { .. } => "statement_too_long",
            Self::Store(_) => "store_failed",
        }
    }
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "the policy can't say which rows: {code}"),
            Self::UnknownField { resource, field } => {
                write!(f, "`{resource}` has no field `{}`", excerpt(field))
            }
            Self::FieldForbidden { field, action } => {
                write!(f, "field `{field}` is not allowed for `{action}`")
            }
            Self::WrongType { field, expected } => {
                write!(f, "field `{field}` takes a value of type {expected}")
            }
            Self::NoOrder { field } => write!(f, "field `{field}` is a list and has no order"),
            Self::WrongCursor => f.write_str("the cursor is not from a page in this order"),
            Self::NothingToWrite => f.write_str("no field is given"),
            Self::GivenTwice { field } => write!(f, "field `{field}` is given twice"),
            Self::TooLong { bytes } => write!(
                f,
                "the statement would have {bytes} bytes, and a database takes {MAX_STATEMENT_BYTES}"
            ),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RowsError {}

impl From<StoreError> for RowsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn excerpt(text: &str) -> String {
    portcullis_core::json::excerpt(text)
}
