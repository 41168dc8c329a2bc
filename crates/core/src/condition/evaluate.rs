//! How a test comes out.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::{Comparison, Datum, Facts, Place, Term, Test, Truth};

/// A value without what owns it; evaluating copies nothing.
#[derive(Clone, Copy)]
enum View<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    List(&'a [Datum]),
}

impl Truth {
    /// Kleene's negation: an error stays one.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::True => Self::False,
            Self::Error => Self::Error,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Test {
    /// How it comes out on these facts; allocates nothing.
    ///
    /// A number beyond the end of `auth`, `record` or `request` is null there.
    #[must_use]
    pub fn evaluate(&self, facts: &Facts<'_>) -> Truth {
        self.evaluate_with(&mut |atom| atom.leaf(facts).unwrap_or(Truth::Error))
    }

    /// How it comes out when `truth` says how its [atoms](Self::atoms) do.
    ///
    /// An atom that decides nothing any more isn't asked for.
    pub fn evaluate_with(&self, truth: &mut dyn FnMut(&Self) -> Truth) -> Truth {
        let (tests, decisive) = match self {
            Self::Constant(constant) => return *constant,
            Self::Not(inner) => return inner.evaluate_with(truth).negated(),
            Self::And(tests) => (tests, Truth::False),
            Self::Or(tests) => (tests, Truth::True),
            _ => return truth(self),
        };
        let mut outcome = decisive.negated();
        for test in tests {
            match test.evaluate_with(truth) {
                Truth::Error => outcome = Truth::Error,
                found if found == decisive => return decisive,
                _ => (),
            }
        }
        outcome
    }

    /// The comparisons and other tests of values in it, each once, in the order of the text.
    ///
    /// They are what is left without `&&`, `||`, `!` and constants.
    #[must_use]
    pub fn atoms(&self) -> Vec<&Self> {
        let mut atoms = Vec::new();
        self.collect_atoms(&mut atoms);
        atoms
    }

    fn collect_atoms<'a>(&'a self, atoms: &mut Vec<&'a Self>) {
        match self {
            Self::Constant(_) => (),
            Self::Not(inner) => inner.collect_atoms(atoms),
            Self::And(tests) | Self::Or(tests) => {
                for test in tests {
                    test.collect_atoms(atoms);
                }
            }
            _ => {
                if !atoms.contains(&self) {
                    atoms.push(self);
                }
            }
        }
    }

    /// An atom on these facts; `None` is the error.
    fn leaf(&self, facts: &Facts<'_>) -> Option<Truth> {
        let outcome = match self {
            Self::Compare(comparison, left, right) => {
                compare(*comparison, left.view(facts)?, right.view(facts)?)?
            }
            Self::In(member, list) => {
                let member = member.view(facts)?;
                match list.view(facts)? {
                    View::List(list) => list.iter().any(|other| member.equals(other.view())),
                    _ => return None,
                }
            }
            Self::StartsWith(text, start) => match (text.view(facts)?, start.view(facts)?) {
                (View::Text(text), View::Text(start)) => text.starts_with(start),
                _ => return None,
            },
            Self::Has(place) => !matches!(place.view(facts)?, View::Null),
            Self::IsTrue(term) => match term.view(facts)? {
                View::Bool(value) => value,
                _ => return None,
            },
            Self::Constant(_) | Self::And(_) | Self::Or(_) | Self::Not(_) => return None,
        };
        Some(outcome.into())
    }
}

impl Term {
    /// Its value; `None` is an error.
    fn view<'a>(&'a self, facts: &Facts<'a>) -> Option<View<'a>> {
        match self {
            Self::Constant(datum) => Some(datum.view()),
            Self::Place(place) => place.view(facts),
            Self::Size(inner) => inner.view(facts)?.size().map(View::Int),
        }
    }
}

impl Place {
    /// The value there; `None` is an error: the record isn't there.
    fn view<'a>(self, facts: &Facts<'a>) -> Option<View<'a>> {
        let (values, number) = match self {
            Self::AuthId => return Some(facts.auth_id.view()),
            Self::Time => {
                let secs = i64::try_from(facts.now.as_secs()).unwrap_or(i64::MAX);
                return Some(View::Int(secs));
            }
            Self::Auth(number) => (facts.auth, number),
            Self::Record(number) => (facts.record?, number),
            Self::Request(number) => (facts.request, number),
        };
        let value = values.get(usize::from(number));
        Some(value.map_or(View::Null, Datum::view))
    }
}

impl Datum {
    /// Characters of a text, or members of a list; `None` is an error.
    pub(super) fn size(&self) -> Option<i64> {
        self.view().size()
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Null => View::Null,
            Self::Bool(value) => View::Bool(*value),
            Self::Int(value) => View::Int(*value),
            Self::Float(value) => View::Float(*value),
            Self::Text(value) => View::Text(value),
            Self::List(value) => View::List(value),
        }
    }
}

impl View<'_> {
    fn size(self) -> Option<i64> {
        let size = match self {
            View::Text(text) => text.chars().count(),
            View::List(list) => list.len(),
            _ => return None,
        };
        i64::try_from(size).ok()
    }

    /// Whether both are the same value; lists never are.
    fn equals(self, other: View<'_>) -> bool {
        match (self, other) {
            (View::Null, View::Null) => true,
            (View::Bool(left), View::Bool(right)) => left == right,
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// How two numbers of one type, or two texts, are ordered; texts by their bytes.
    fn order(self, other: View<'_>) -> Option<Ordering> {
        match (self, other) {
            (View::Int(left), View::Int(right)) => Some(left.cmp(&right)),
            (View::Float(left), View::Float(right)) => left.partial_cmp(&right),
            (View::Text(left), View::Text(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}

fn compare(comparison: Comparison, left: View<'_>, right: View<'_>) -> Option<bool> {
    Some(match comparison {
        Comparison::Equal => left.equals(right),
        Comparison::NotEqual => !left.equals(right),
        Comparison::Less => left.order(right)?.is_lt(),
        Comparison::LessOrEqual => left.order(right)?.is_le(),
        Comparison::Greater => left.order(right)?.is_gt(),
        Comparison::GreaterOrEqual => left.order(right)?.is_ge(),
    })
}
