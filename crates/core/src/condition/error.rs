//! What can be wrong with a condition.

use alloc::boxed::Box;
use core::fmt;

/// Why a condition was refused, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// How many characters stand before the place.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ConditionErrorKind,
}

/// What is wrong with a condition.
///
/// Texts of the condition that errors repeat are shortened and without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConditionErrorKind {
    /// A number that isn't written as the language writes numbers.
    MalformedNumber {
        /// As it was written.
        found: Box<str>,
    },
    /// A number beyond 64 bits, or beyond the range of a double.
    NumberOutOfRange {
        /// As it was written.
        found: Box<str>,
    },
    /// More of something than a condition may have.
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        max: usize,
    },
    /// A text that is opened and never closed on its line.
    UnclosedText,
    /// Something that can't stand here.
    Unexpected {
        /// What stands here, in backticks, or `the end`.
        found: Box<str>,
        /// What could.
        expected: &'static str,
    },
    /// A backslash in a text with something behind it that isn't an escape.
    UnknownEscape {
        /// The backslash and what is behind it.
        found: Box<str>,
    },
    /// A name that isn't declared.
    UnknownName {
        /// What it would be the name of.
        what: &'static str,
        /// The name as it was written.
        name: Box<str>,
        /// The declared name that it is nearest to.
        nearest: Option<Box<str>>,
    },
    /// Values of types that don't fit the operator, or each other.
    WrongType {
        /// What the operator takes, as a sentence.
        rule: &'static str,
        /// The types that were found.
        found: Box<str>,
    },
}

impl ConditionErrorKind {
    /// The stable name of this kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedNumber { .. } => "condition_malformed_number",
            Self::NumberOutOfRange { .. } => "condition_number_out_of_range",
            Self::TooLarge { .. } => "condition_too_large",
            Self::UnclosedText => "condition_unclosed_text",
            Self::Unexpected { .. } => "condition_syntax",
            Self::UnknownEscape { .. } => "condition_unknown_escape",
            Self::UnknownName { .. } => "condition_unknown_name",
            Self::WrongType { .. } => "condition_wrong_type",
        }
    }
}

impl fmt::Display for ConditionErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedNumber { found } => write!(
                f,
                "`{found}` isn't a number; expected one such as `7`, `-7`, `0.5` or `1.5e-3`"
            ),
            Self::NumberOutOfRange { found } => write!(
                f,
                "`{found}` is out of range; an `int` has 64 bits, a `float` is a finite double"
            ),
            Self::TooLarge { what, max } => write!(f, "more than {max} {what}"),
            Self::UnclosedText => {
                f.write_str("a text that isn't closed; expected its quote on the same line")
            }
            Self::Unexpected { found, expected } => write!(f, "found {found}; expected {expected}"),
            Self::UnknownEscape { found } => write!(
                f,
                "`{found}` isn't an escape; expected `\\\\`, `\\'`, `\\\"`, `\\n`, `\\r` or `\\t`"
            ),
            Self::UnknownName {
                what,
                name,
                nearest,
            } => {
                write!(f, "no {what} is named `{name}`")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => Ok(()),
                }
            }
            Self::WrongType { rule, found } => write!(f, "{rule}; found {found}"),
        }
    }
}

impl ConditionError {
    /// The stable name of this kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.offset + 1, self.kind)
    }
}

impl core::error::Error for ConditionError {}
