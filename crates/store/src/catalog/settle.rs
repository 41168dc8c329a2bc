//! Conditions with everything put in that is known before the database is asked.

use portcullis_core::condition::{Datum, Facts, Place, Term, Test, Truth};

/// What stays open in a condition: a place of it, and the number of the column that stands for it.
pub(super) type Open = fn(Place, u16) -> Option<u16>;

/// A record's fields stay open, each at its number.
pub(super) fn record_is_open(place: Place, _: u16) -> Option<u16> {
    match place {
        Place::Record(field) => Some(field),
        _ => None,
    }
}

/// The principal stays open: each attribute at its number, the id behind them.
pub(super) fn principal_is_open(place: Place, attributes: u16) -> Option<u16> {
    match place {
        Place::Auth(number) => Some(number),
        Place::AuthId => Some(attributes),
        _ => None,
    }
}

/// What a condition is settled with.
pub(super) struct Settling<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) open: Open,
    /// How many attributes principals have.
    pub(super) attributes: u16,
}

impl Settling<'_> {
    /// The condition with open places as fields of a record, and nothing else but constants.
    pub(super) fn settle(&self, test: &Test) -> Test {
        match test {
            Test::And(tests) => self.all(tests, Truth::False, Test::And),
            Test::Or(tests) => self.all(tests, Truth::True, Test::Or),
            Test::Not(inner) => match self.settle(inner) {
                Test::Constant(truth) => Test::Constant(truth.negated()),
                inner => Test::Not(Box::new(inner)),
            },
            atom if !self.is_open(atom) => Test::Constant(atom.evaluate(&self.facts)),
            // A record that the request doesn't have is an error in every place.
            atom if self.facts.record.is_none() && self.misses_record(atom) => {
                Test::Constant(Truth::Error)
            }
            Test::Compare(comparison, left, right) => {
                Test::Compare(*comparison, self.term(left), self.term(right))
            }
            Test::In(member, list) => Test::In(self.term(member), self.term(list)),
            Test::StartsWith(whole, start) => Test::StartsWith(self.term(whole), self.term(start)),
            Test::Has(place) => Test::Has(self.column(*place).unwrap_or(*place)),
            Test::IsTrue(term) => Test::IsTrue(self.term(term)),
            Test::Constant(truth) => Test::Constant(*truth),
        }
    }

    fn all(&self, tests: &[Test], decisive: Truth, join: fn(Vec<Test>) -> Test) -> Test {
        let mut left = Vec::new();
        for test in tests {
            match self.settle(test) {
                Test::Constant(truth) if truth == decisive => return Test::Constant(truth),
                Test::Constant(truth) if truth == decisive.negated() => (),
                test => left.push(test),
            }
        }
        if left.is_empty() {
            Test::Constant(decisive.negated())
        } else {
            join(left)
        }
    }

    fn column(&self, place: Place) -> Option<Place> {
        (self.open)(place, self.attributes).map(Place::Record)
    }

    fn term(&self, term: &Term) -> Term {
        match term {
            Term::Constant(value) => Term::Constant(value.clone()),
            Term::Size(inner) => Term::Size(Box::new(self.term(inner))),
            Term::Place(place) => match self.column(*place) {
                Some(column) => Term::Place(column),
                None => Term::Constant(self.value(*place)),
            },
        }
    }

    fn value(&self, place: Place) -> Datum {
        let facts = &self.facts;
        let at = |values: &[Datum], number: u16| values.get(usize::from(number)).cloned();
        let value = match place {
            Place::AuthId => Some(facts.auth_id.clone()),
            Place::Auth(number) => at(facts.auth, number),
            Place::Record(field) => facts.record.and_then(|record| at(record, field)),
            Place::Request(number) => at(facts.request, number),
            Place::Time => i64::try_from(facts.now.as_secs()).ok().map(Datum::Int),
        };
        value.unwrap_or_default()
    }

    fn is_open(&self, atom: &Test) -> bool {
        places(atom).any(|place| self.column(place).is_some())
    }

    fn misses_record(&self, atom: &Test) -> bool {
        places(atom).any(|place| matches!(place, Place::Record(_)) && self.column(place).is_none())
    }
}

/// The places of an atom.
fn places(atom: &Test) -> impl Iterator<Item = Place> {
    let of_term = |term: &Term| {
        let mut term = term;
        while let Term::Size(inner) = term {
            term = inner;
        }
        match term {
            Term::Place(place) => Some(*place),
            _ => None,
        }
    };
    let pair = match atom {
        Test::Compare(_, left, right) | Test::In(left, right) | Test::StartsWith(left, right) => {
            [of_term(left), of_term(right)]
        }
        Test::Has(place) => [Some(*place), None],
        Test::IsTrue(term) => [of_term(term), None],
        Test::Constant(_) | Test::And(_) | Test::Or(_) | Test::Not(_) => [None, None],
    };
    pair.into_iter().flatten()
}
