//! Putting in what is known of a principal.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Comparison, Datum, Facts, Place, Term, Test, Truth};
use crate::time::UnixSecs;

/// What is known of a principal.
#[derive(Clone, Copy)]
struct Known<'a> {
    auth_id: &'a Datum,
    auth: &'a [Datum],
}

impl Test {
    /// The same test with a principal's id and attributes put in, and simplified by Kleene's logic.
    ///
    /// It comes out as this one does for that principal, whatever the record, the request and the
    /// time are. Nothing in it is about principals any more, and a [`Test::Constant`] in it is the
    /// whole of it, or one [`Truth::Error`] at the end of an [`And`](Self::And) or [`Or`](Self::Or).
    #[must_use]
    pub fn for_principal(&self, auth_id: &Datum, auth: &[Datum]) -> Self {
        self.with(Known { auth_id, auth })
    }

    fn with(&self, known: Known<'_>) -> Self {
        match self {
            Self::Constant(truth) => Self::Constant(*truth),
            Self::Not(inner) => match inner.with(known) {
                Self::Constant(truth) => Self::Constant(truth.negated()),
                Self::Not(inner) => *inner,
                inner => Self::Not(Box::new(inner)),
            },
            Self::And(tests) => Self::join(tests, known, true),
            Self::Or(tests) => Self::join(tests, known, false),
            _ => match self.atom_with(known) {
                None => Self::Constant(Truth::Error),
                Some(atom) if atom.is_known() => Self::Constant(atom.evaluate(&NO_FACTS)),
                Some(atom) => atom,
            },
        }
    }

    /// All of them, or any of them.
    fn join(tests: &[Self], known: Known<'_>, all: bool) -> Self {
        let decisive = Truth::from(!all);
        let mut kept = Vec::new();
        for test in tests {
            match (test.with(known), all) {
                (Self::Constant(truth), _) if truth == decisive => return Self::Constant(truth),
                (Self::And(inner), true) | (Self::Or(inner), false) => kept.extend(inner),
                (test, _) => kept.push(test),
            }
        }
        // What is left of constants is neutral, or an error, which is one however often it occurs.
        let error = Self::Constant(Truth::Error);
        let has_error = kept.contains(&error);
        kept.retain(|test| !matches!(test, Self::Constant(_)));
        if has_error {
            kept.push(error);
        }
        match kept.len() {
            0 => Self::Constant(decisive.negated()),
            1 => kept.remove(0),
            _ if all => Self::And(kept),
            _ => Self::Or(kept),
        }
    }

    /// An atom with constants for what is known; `None` when it is always an error.
    fn atom_with(&self, known: Known<'_>) -> Option<Self> {
        let put = |term: &Term, nullable: bool| {
            let term = term.with(known)?;
            (nullable || term != Term::Constant(Datum::Null)).then_some(term)
        };
        Some(match self {
            Self::Compare(comparison, left, right) => {
                let nullable = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
                Self::Compare(*comparison, put(left, nullable)?, put(right, nullable)?)
            }
            Self::In(member, list) => Self::In(put(member, true)?, put(list, false)?),
            Self::StartsWith(text, start) => {
                Self::StartsWith(put(text, false)?, put(start, false)?)
            }
            Self::IsTrue(term) => Self::IsTrue(put(term, false)?),
            Self::Has(place) => match known.get(*place) {
                Some(value) => Self::Constant((*value != Datum::Null).into()),
                None => Self::Has(*place),
            },
            other => other.clone(),
        })
    }

    /// Whether it is an atom of constants alone.
    const fn is_known(&self) -> bool {
        matches!(
            self,
            Self::Compare(_, Term::Constant(_), Term::Constant(_))
                | Self::In(Term::Constant(_), Term::Constant(_))
                | Self::StartsWith(Term::Constant(_), Term::Constant(_))
                | Self::IsTrue(Term::Constant(_))
        )
    }
}

/// Enough to evaluate constants.
const NO_FACTS: Facts<'static> = Facts {
    auth_id: &Datum::Null,
    auth: &[],
    record: None,
    request: &[],
    now: UnixSecs::new(0),
};

impl Term {
    /// The term with constants for what is known; `None` when it is always an error.
    fn with(&self, known: Known<'_>) -> Option<Self> {
        Some(match self {
            Self::Constant(value) => Self::Constant(value.clone()),
            Self::Place(place) => match known.get(*place) {
                Some(value) => Self::Constant(value.clone()),
                None => Self::Place(*place),
            },
            Self::Size(inner) => match inner.with(known)? {
                Self::Constant(value) => Self::Constant(Datum::Int(value.size()?)),
                inner => Self::Size(Box::new(inner)),
            },
        })
    }
}

impl<'a> Known<'a> {
    /// The value at a place of the principal; `None` for other places.
    fn get(self, place: Place) -> Option<&'a Datum> {
        match place {
            Place::AuthId => Some(self.auth_id),
            Place::Auth(number) => Some(self.auth.get(usize::from(number)).unwrap_or(&Datum::Null)),
            Place::Record(_) | Place::Time | Place::Request(_) => None,
        }
    }
}
