//! Conditions of rules as SQL: Kleene's error is NULL.

use super::column::{Column, Columns, parameter, set};
use super::fragment::{Fragment, Predicate, sql};
use crate::condition::{Comparison, Datum, Facts, Place, Scalar, Term, Test, Truth, Type};

/// What a condition is translated with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Everything but the record.
    pub(super) facts: Facts<'a>,
    /// The record.
    pub(super) columns: &'a Columns<'a>,
}

/// A value in SQL.
enum Operand<'a> {
    Value(Datum),
    Column(Column<'a>),
    /// A size; NULL is an error.
    Size(Fragment),
}

impl Operand<'_> {
    fn fragment(&self) -> Fragment {
        match self {
            Self::Value(value) => parameter(value),
            Self::Column(column) => column.value(),
            Self::Size(size) => size.clone(),
        }
    }
}

impl<'a> Known<'a> {
    pub(super) fn predicate(&self, test: &Test) -> Predicate {
        match test {
            Test::Constant(truth) => Predicate::Constant(*truth),
            Test::And(tests) => Predicate::all(tests.iter().map(|test| self.predicate(test))),
            Test::Or(tests) => Predicate::any(tests.iter().map(|test| self.predicate(test))),
            Test::Not(test) => self.predicate(test).negated(),
            atom if !mentions_record(atom) => Predicate::Constant(atom.evaluate(&self.facts)),
            atom => self.atom(atom).unwrap_or(Predicate::Constant(Truth::Error)),
        }
    }

    /// `None` is an error whatever the record is.
    fn atom(&self, atom: &Test) -> Option<Predicate> {
        Some(match atom {
            Test::Compare(comparison, left, right) => {
                compare(*comparison, self.operand(left)?, self.operand(right)?)?
            }
            Test::In(member, list) => is_in(self.operand(member)?, self.operand(list)?)?,
            Test::StartsWith(text, start) => {
                let (text, start) = (self.present(text)?, self.present(start)?);
                // As bytes: `substr` and LIKE stop at a NUL, LIKE has wildcards and ignores case.
                let pattern = "(instr(CAST(@0 AS BLOB), CAST(@1 AS BLOB)) = 1)";
                Predicate::nullable(sql(pattern, &[&text.fragment(), &start.fragment()]))
            }
            Test::Has(place) => match self.place(*place)? {
                Operand::Column(column) => Predicate::certain(column.is_known()),
                _ => return None,
            },
            Test::IsTrue(term) => Predicate::nullable(self.present(term)?.fragment()),
            Test::Constant(_) | Test::And(_) | Test::Or(_) | Test::Not(_) => return None,
        })
    }

    fn operand(&self, term: &Term) -> Option<Operand<'a>> {
        match term {
            Term::Constant(value) => Some(Operand::Value(value.clone())),
            Term::Place(place) => self.place(*place),
            Term::Size(inner) => match self.operand(inner)? {
                Operand::Value(value) => size(&value).map(Operand::Value),
                Operand::Column(column) => Some(Operand::Size(column.size())),
                Operand::Size(_) => None,
            },
        }
    }

    /// An operand for which null is an error.
    fn present(&self, term: &Term) -> Option<Operand<'a>> {
        let operand = self.operand(term)?;
        (!matches!(operand, Operand::Value(Datum::Null))).then_some(operand)
    }

    fn place(&self, place: Place) -> Option<Operand<'a>> {
        let facts = &self.facts;
        let value = match place {
            Place::Record(field) => return self.columns.column(field).map(Operand::Column),
            Place::AuthId => Some(facts.auth_id.clone()),
            Place::Time => {
                let secs = i64::try_from(facts.now.as_secs());
                Some(Datum::Int(secs.unwrap_or(i64::MAX)))
            }
            Place::Auth(number) => facts.auth.get(usize::from(number)).cloned(),
            Place::Request(number) => facts.request.get(usize::from(number)).cloned(),
        };
        Some(Operand::Value(value.unwrap_or_default()))
    }
}

fn mentions_record(atom: &Test) -> bool {
    let is_record = |place: &Place| matches!(place, Place::Record(_));
    let in_term = |term: &Term| {
        let mut term = term;
        while let Term::Size(inner) = term {
            term = inner;
        }
        matches!(term, Term::Place(place) if is_record(place))
    };
    match atom {
        Test::Compare(_, left, right) | Test::In(left, right) | Test::StartsWith(left, right) => {
            in_term(left) || in_term(right)
        }
        Test::Has(place) => is_record(place),
        Test::IsTrue(term) => in_term(term),
        Test::Constant(_) | Test::And(_) | Test::Or(_) | Test::Not(_) => false,
    }
}

fn size(value: &Datum) -> Option<Datum> {
    let size = match value {
        Datum::Text(text) => text.chars().count(),
        Datum::List(list) => list.len(),
        _ => return None,
    };
    i64::try_from(size).ok().map(Datum::Int)
}

fn compare(comparison: Comparison, left: Operand<'_>, right: Operand<'_>) -> Option<Predicate> {
    let pattern = match comparison {
        Comparison::Equal => return Some(equal(left, right)),
        Comparison::NotEqual => return Some(equal(left, right).negated()),
        Comparison::Less => "(@0 < @1)",
        Comparison::LessOrEqual => "(@0 <= @1)",
        Comparison::Greater => "(@0 > @1)",
        Comparison::GreaterOrEqual => "(@0 >= @1)",
    };
    let is_null = |side: &Operand<'_>| matches!(side, Operand::Value(Datum::Null));
    if is_null(&left) || is_null(&right) {
        return None;
    }
    let sides = [&left.fragment(), &right.fragment()];
    Some(Predicate::nullable(sql(pattern, &sides)))
}

fn equal(left: Operand<'_>, right: Operand<'_>) -> Predicate {
    match (left, right) {
        (Operand::Value(value), Operand::Column(column))
        | (Operand::Column(column), Operand::Value(value)) => equals_value(column, &value),
        (Operand::Size(left), Operand::Size(right)) => {
            Predicate::nullable(sql("(@0 = @1)", &[&left, &right]))
        }
        (Operand::Size(size), other) | (other, Operand::Size(size)) => {
            let pattern = "CASE WHEN @0 IS NOT NULL THEN @0 IS @1 END";
            Predicate::nullable(sql(pattern, &[&size, &other.fragment()]))
        }
        (left, right) => {
            let sides = [&left.fragment(), &right.fragment()];
            Predicate::certain(sql("(@0 IS @1)", &sides))
        }
    }
}

/// With the bare column in front, where that says the same, so that an index on it serves.
fn equals_value(column: Column<'_>, value: &Datum) -> Predicate {
    let text = column.text;
    Predicate::certain(match (column.kind, value) {
        (_, Datum::Null) => sql("(NOT @0)", &[&column.is_known()]),
        (Type::One(Scalar::Text), Datum::Text(_)) => sql(
            "(@0 IS @1 COLLATE BINARY AND typeof(@0) = 'text')",
            &[text, &parameter(value)],
        ),
        (Type::One(Scalar::Bool), Datum::Bool(_)) => sql(
            "(@0 IS @1 AND typeof(@0) = 'integer')",
            &[text, &parameter(value)],
        ),
        (Type::One(Scalar::Int), Datum::Int(_)) => sql(
            "(@0 IS @1 AND typeof(@0) IN ('integer', 'real'))",
            &[text, &parameter(value)],
        ),
        (Type::One(Scalar::Float), Datum::Float(_)) => {
            sql("(@0 IS @1)", &[&column.value(), &parameter(value)])
        }
        _ => return Predicate::FALSE,
    })
}

fn is_in(member: Operand<'_>, list: Operand<'_>) -> Option<Predicate> {
    match (member, list) {
        (Operand::Column(column), Operand::Value(Datum::List(values))) => {
            Some(in_values(column, &values))
        }
        (Operand::Size(size), Operand::Value(Datum::List(values))) => {
            let pattern =
                "CASE WHEN @0 IS NOT NULL THEN @0 IN (SELECT `value` FROM json_each(@1)) END";
            Some(Predicate::nullable(sql(pattern, &[&size, &set(&values)])))
        }
        (Operand::Value(Datum::Null), Operand::Column(list)) => {
            let pattern = "CASE WHEN @0 IS NOT NULL THEN 0 END";
            Some(Predicate::nullable(sql(pattern, &[&list.value()])))
        }
        (Operand::Size(size), Operand::Column(list)) => {
            let pattern = "CASE WHEN @0 IS NOT NULL AND @1 IS NOT NULL THEN @1 IN (@2) END";
            let parts = [&list.value(), &size, &list.members()];
            Some(Predicate::nullable(sql(pattern, &parts)))
        }
        (member, Operand::Column(list)) => {
            let pattern = "CASE WHEN @0 IS NOT NULL THEN COALESCE(@1 IN (@2), 0) END";
            let parts = [&list.value(), &member.fragment(), &list.members()];
            Some(Predicate::nullable(sql(pattern, &parts)))
        }
        _ => None,
    }
}

fn in_values(column: Column<'_>, values: &[Datum]) -> Predicate {
    if values.is_empty() {
        return Predicate::FALSE;
    }
    let pattern = match column.kind {
        Type::One(Scalar::Text) => {
            "(@0 COLLATE BINARY IN (SELECT `value` FROM json_each(@1)) AND typeof(@0) = 'text')"
        }
        Type::One(Scalar::Bool) => {
            "(@0 IN (SELECT `value` FROM json_each(@1)) AND typeof(@0) = 'integer')"
        }
        Type::One(Scalar::Int) => {
            "(@0 IN (SELECT `value` FROM json_each(@1)) AND typeof(@0) IN ('integer', 'real'))"
        }
        Type::One(Scalar::Float) => {
            let pattern = "COALESCE(@0 IN (SELECT CAST(`value` AS REAL) FROM json_each(@1)), 0)";
            return Predicate::certain(sql(pattern, &[&column.value(), &set(values)]));
        }
        Type::List(_) => return Predicate::FALSE,
    };
    Predicate::certain(sql(pattern, &[column.text, &set(values)]))
}
