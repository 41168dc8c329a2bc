//! Pieces of SQL and their parameters, put together in the order of the text.

use alloc::string::String;
use alloc::vec::Vec;

use crate::condition::{Datum, Truth};

/// SQL text with a `?` for every parameter, in their order.
///
/// A value is never in the text, only in the parameters: [`Datum::Text`], [`Datum::Int`] within
/// ±2^53 and [`Datum::Float`], to be bound as text and numbers. A larger `int` is bound as text and
/// cast, a `bool` is 0 or 1, a set of values is one text that SQLite's `json_each` reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fragment {
    /// The text.
    pub sql: String,
    /// The value of each `?`.
    pub params: Vec<Datum>,
}

impl Fragment {
    /// Text of the program without parameters.
    pub(super) fn text(sql: &str) -> Self {
        Self {
            sql: sql.into(),
            params: Vec::new(),
        }
    }

    /// A parameter.
    pub(super) fn param(value: Datum) -> Self {
        Self {
            sql: "?".into(),
            params: alloc::vec![value],
        }
    }

    /// A name of a column or table.
    ///
    /// In grave accents: a name in double quotes that isn't there is a string to SQLite, and the
    /// predicate would compare that.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self::text(&alloc::format!("`{}`", name.replace('`', "``")))
    }

    /// Whether it is the predicate that no row fulfils, `0`.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.sql == "0"
    }

    /// Whether it is the predicate that every row fulfils, `1`.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.sql == "1"
    }

    /// Adds another one at the end.
    pub fn push(&mut self, other: &Self) {
        self.sql.push_str(&other.sql);
        self.params.extend_from_slice(&other.params);
    }
}

/// Puts parts into a text of the program: `@0` is the first part, as often as it occurs.
#[must_use]
pub fn sql(pattern: &str, parts: &[&Fragment]) -> Fragment {
    let mut out = Fragment::default();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('@') {
        out.sql.push_str(before);
        let (digit, tail) = after.split_at_checked(1).unwrap_or((after, ""));
        if let Some(part) = digit.parse().ok().and_then(|index: usize| parts.get(index)) {
            out.push(part);
        }
        rest = tail;
    }
    out.sql.push_str(rest);
    out
}

/// A predicate in the making: known already, or SQL that gives 1, 0 or, for an error, NULL.
#[derive(Debug, Clone)]
pub(super) enum Predicate {
    Constant(Truth),
    Sql { text: Fragment, nullable: bool },
}

impl Predicate {
    pub(super) const TRUE: Self = Self::Constant(Truth::True);
    pub(super) const FALSE: Self = Self::Constant(Truth::False);

    /// SQL that gives 1 or 0.
    pub(super) const fn certain(text: Fragment) -> Self {
        let nullable = false;
        Self::Sql { text, nullable }
    }

    /// SQL that gives NULL, too.
    pub(super) const fn nullable(text: Fragment) -> Self {
        let nullable = true;
        Self::Sql { text, nullable }
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Constant(truth) => Self::Constant(truth.negated()),
            Self::Sql { text, nullable } => Self::Sql {
                text: sql("(NOT @0)", &[&text]),
                nullable,
            },
        }
    }

    /// The same, with `error` in place of an error.
    pub(super) fn or_if_error(self, error: bool) -> Self {
        match self {
            Self::Constant(Truth::Error) => Self::Constant(error.into()),
            Self::Sql {
                text,
                nullable: true,
            } => {
                let pattern = if error {
                    "COALESCE(@0, 1)"
                } else {
                    "COALESCE(@0, 0)"
                };
                Self::certain(sql(pattern, &[&text]))
            }
            certain => certain,
        }
    }

    /// All of them, by Kleene's logic.
    pub(super) fn all(predicates: impl IntoIterator<Item = Self>) -> Self {
        Self::join(predicates, Truth::False, " AND ")
    }

    /// At least one of them, by Kleene's logic.
    pub(super) fn any(predicates: impl IntoIterator<Item = Self>) -> Self {
        Self::join(predicates, Truth::True, " OR ")
    }

    fn join(predicates: impl IntoIterator<Item = Self>, decisive: Truth, operator: &str) -> Self {
        let mut texts = Vec::new();
        let mut is_nullable = false;
        let mut has_error = false;
        for predicate in predicates {
            match predicate {
                Self::Constant(truth) if truth == decisive => return Self::Constant(truth),
                Self::Constant(truth) => has_error |= truth == Truth::Error,
                Self::Sql { text, nullable } => {
                    is_nullable |= nullable;
                    if !texts.contains(&text) {
                        texts.push(text);
                    }
                }
            }
        }
        if texts.is_empty() {
            return Self::Constant(if has_error {
                Truth::Error
            } else {
                decisive.negated()
            });
        }
        if has_error {
            texts.push(Fragment::text("NULL"));
        }
        Self::Sql {
            text: joined(texts, operator),
            nullable: is_nullable || has_error,
        }
    }

    /// The finished predicate; what is an error must have been decided.
    pub(super) fn into_fragment(self) -> Fragment {
        match self.or_if_error(false) {
            Self::Sql { text, .. } => text,
            Self::Constant(Truth::True) => Fragment::text("1"),
            Self::Constant(_) => Fragment::text("0"),
        }
    }
}

/// How many operands stand beside each other in one pair of parentheses.
const OPERANDS: usize = 8;

/// In groups of groups: a chain of a hundred is deeper than D1 lets an expression be.
pub(super) fn joined(mut texts: Vec<Fragment>, operator: &str) -> Fragment {
    while texts.len() > 1 {
        texts = texts
            .chunks(OPERANDS)
            .map(|group| match group {
                [one] => one.clone(),
                group => parenthesised(group, operator),
            })
            .collect();
    }
    texts.pop().unwrap_or_default()
}

fn parenthesised(group: &[Fragment], operator: &str) -> Fragment {
    let mut out = Fragment::text("(");
    for (index, text) in group.iter().enumerate() {
        if index > 0 {
            out.sql.push_str(operator);
        }
        out.push(text);
    }
    out.sql.push(')');
    out
}
