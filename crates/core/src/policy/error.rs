//! What can be wrong with a policy.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Position;
use crate::condition::ConditionError;
use crate::json::excerpt;

/// What a condition belongs to, as errors say it.
pub(super) const RULE: &str = "condition of rule";
/// What a default belongs to, as errors say it.
pub(super) const DEFAULT: &str = "default of field";

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
    /// A condition or a default that isn't one; its place is that of the character it is wrong at,
    /// as far as places are known.
    Condition {
        /// `condition of rule` or `default of field`.
        what: &'static str,
        /// The rule, or `resource.field`.
        name: String,
        /// What is wrong, and at which character.
        error: ConditionError,
    },
    /// Roles that inherit one another in a circle.
    Cycle {
        /// The roles, each inheriting the next and the last the first.
        roles: Vec<String>,
    },
    /// The same name is defined twice.
    Duplicate {
        /// What it names, such as `role` or `scope level`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name has characters or a length that names may not have.
    MalformedName {
        /// What it names, such as `role` or `scope level`.
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
    /// A field that can't hold what it is named for.
    NotText {
        /// The field.
        field: String,
        /// The type it is declared with.
        kind: String,
    },
    /// A name that is always there and so can't be declared.
    Reserved {
        /// The name, as conditions write it.
        path: &'static str,
    },
    /// The same name is listed twice in one list.
    Repeated {
        /// What it names, such as `role`.
        what: &'static str,
        /// The name.
        name: String,
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
    /// A name that isn't defined in this policy, or a word that the language doesn't have.
    UnknownName {
        /// What it would name, such as `role` or `scope level`.
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
            Self::Condition { .. } => "policy_condition",
            Self::Cycle { .. } => "policy_cycle",
            Self::Duplicate { .. } => "policy_duplicate",
            Self::MalformedName { .. } => "policy_malformed_name",
            Self::Missing { .. } => "policy_missing",
            Self::NotText { .. } => "policy_not_text",
            Self::Reserved { .. } => "policy_reserved",
            Self::Repeated { .. } => "policy_repeated",
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
            Self::Condition { what, name, error } => write!(f, "{what} `{name}`, {error}"),
            Self::Cycle { roles } => {
                f.write_str("roles inherit one another in a circle: ")?;
                for role in roles {
                    write!(f, "`{role}` -> ")?;
                }
                write!(f, "`{}`", roles.first().map_or("", String::as_str))
            }
            Self::Duplicate { what, name } => {
                write!(f, "{what} `{}` is defined twice", excerpt(name))
            }
            Self::MalformedName {
                what,
                name,
                expected,
            } => {
                let article = if what.starts_with('a') { "an" } else { "a" };
                write!(
                    f,
                    "`{}` can't be the name of {article} {what}; expected {expected}",
                    excerpt(name)
                )
            }
            Self::Missing { path, because } => write!(f, "`{path}` is missing; {because}"),
            Self::NotText { field, kind } => write!(
                f,
                "field `{field}` is declared as `{kind}`; ids of scopes are `string`"
            ),
            Self::Reserved { path } => {
                write!(f, "`{path}` is always there; it can't be declared")
            }
            Self::Repeated { what, name } => {
                write!(f, "{what} `{}` is listed twice", excerpt(name))
            }
            Self::Syntax { message } => write!(f, "{message}"),
            Self::TooMany { what, max } => write!(f, "more than {max} {what}"),
            Self::UnknownKey {
                key,
                expected,
                nearest,
            } => {
                write!(f, "unknown key `{}`; expected {expected}", excerpt(key))?;
                hint(f, nearest)
            }
            Self::UnknownName {
                what,
                name,
                nearest,
            } => {
                write!(f, "no {what} is named `{}`", excerpt(name))?;
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
