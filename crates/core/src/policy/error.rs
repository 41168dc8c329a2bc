//! What can be wrong with a policy.

use alloc::string::String;
use core::fmt;

use super::Position;

/// Why a policy was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Where in the file, when the policy came from one.
    pub position: Option<Position>,
    /// What is wrong.
    pub kind: PolicyErrorKind,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// The same name is defined twice.
    Duplicate {
        /// `role`, `permission`, `tier`, `app` or `scope level`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name has characters or a length that names may not have.
    MalformedName {
        /// `role`, `permission`, `tier`, `app` or `scope level`.
        what: &'static str,
        /// The name as it was written.
        name: String,
        /// What a name of this kind looks like.
        expected: &'static str,
    },
    /// A required entry is absent.
    Missing {
        /// The entry, as a path such as `roles`.
        path: String,
        /// Why it is needed.
        because: &'static str,
    },
    /// The text isn't TOML, or isn't JSON.
    Syntax {
        /// What the reader said.
        message: String,
    },
    /// More of something than a policy may hold.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        max: usize,
    },
    /// A key that policies don't have.
    UnknownKey {
        /// The key as it was written.
        key: String,
        /// The keys that are allowed in its place.
        expected: &'static str,
        /// The known key that it is nearest to.
        nearest: Option<String>,
    },
    /// A name that isn't defined in this policy.
    UnknownName {
        /// `role`, `tier` or `scope level`.
        what: &'static str,
        /// The name as it was written.
        name: String,
        /// The defined name that it is nearest to.
        nearest: Option<String>,
    },
    /// A value of another type than the key takes.
    WrongType {
        /// The key, as a path.
        path: String,
        /// What the key takes.
        expected: &'static str,
    },
}

impl PolicyErrorKind {
    /// The stable name of this kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "policy_duplicate",
            Self::MalformedName { .. } => "policy_malformed_name",
            Self::Missing { .. } => "policy_missing",
            Self::Syntax { .. } => "policy_syntax",
            Self::TooMany { .. } => "policy_too_many",
            Self::UnknownKey { .. } => "policy_unknown_key",
            Self::UnknownName { .. } => "policy_unknown_name",
            Self::WrongType { .. } => "policy_wrong_type",
        }
    }

    pub(crate) const fn at(self, position: Option<Position>) -> PolicyError {
        PolicyError {
            position,
            kind: self,
        }
    }
}

impl fmt::Display for PolicyErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hint = |f: &mut fmt::Formatter<'_>, nearest: &Option<String>| match nearest {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        };
        match self {
            Self::Duplicate { what, name } => write!(f, "{what} `{name}` is defined twice"),
            Self::MalformedName {
                what,
                name,
                expected,
            } => write!(
                f,
                "`{name}` can't be the name of a {what}; expected {expected}"
            ),
            Self::Missing { path, because } => write!(f, "`{path}` is missing; {because}"),
            Self::Syntax { message } => write!(f, "{message}"),
            Self::TooMany { what, max } => write!(f, "more than {max} {what}"),
            Self::UnknownKey {
                key,
                expected,
                nearest,
            } => {
                write!(f, "unknown key `{key}`; expected {expected}")?;
                hint(f, nearest)
            }
            Self::UnknownName {
                what,
                name,
                nearest,
            } => {
                write!(f, "no {what} is named `{name}`")?;
                hint(f, nearest)
            }
            Self::WrongType { path, expected } => write!(f, "`{path}` must be {expected}"),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position}: ")?;
        }
        write!(f, "{}", self.kind)
    }
}

impl core::error::Error for PolicyError {}
