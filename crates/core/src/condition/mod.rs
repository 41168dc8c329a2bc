//! Conditions of rules: a small, typed subset of CEL. LANGUAGE.md section 4 says what they mean.
//!
//! A condition is read and its types checked when the policy is compiled ([`parse`]); evaluating
//! ([`Test::evaluate`]) then never fails, it comes out [`Truth::Error`]. What is known of the
//! principal can be put in beforehand ([`Test::for_principal`]), which leaves a test of the record
//! alone: that is what becomes SQL, and what a page evaluates.

mod error;
mod evaluate;
mod fold;
mod lexer;
mod parse;
mod test;
mod text;
mod types;

pub use error::{ConditionError, ConditionErrorKind};
pub use parse::{Vocabulary, parse, parse_default};
pub use test::{Comparison, Facts, Place, Term, Test, Truth};
pub use types::{Attribute, Datum, Scalar, Type};

/// The longest condition accepted, in bytes.
pub const MAX_CONDITION_BYTES: usize = 2_048;

/// The deepest nesting accepted: how many `!`, `(` and `[` may surround one place, those of calls included.
pub const MAX_CONDITION_DEPTH: usize = 32;

/// The most operators and operands in one condition.
///
/// Counted are `||`, `&&`, `!`, comparisons, `in`, `startsWith`, `has`, `size`, literals and paths; a
/// list is one literal whatever it holds.
pub const MAX_CONDITION_TERMS: usize = 256;

/// The most members of a list that is written in a condition.
pub const MAX_LIST_MEMBERS: usize = 1_000;
