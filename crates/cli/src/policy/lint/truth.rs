//! How a condition can come out at all.

use portcullis_core::condition::{Comparison, Datum, Facts, Term, Test, Truth};
use portcullis_core::time::UnixSecs;

/// Beyond this many different comparisons, everything is taken as possible.
const MAX_ATOMS: usize = 8;

const TRUTHS: [Truth; 3] = [Truth::False, Truth::True, Truth::Error];

/// The ways in which a condition can come out, whatever the facts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outcomes {
    pub(super) can_be_true: bool,
    pub(super) can_be_false: bool,
    pub(super) can_be_error: bool,
}

/// The condition with the outcome of some comparisons put in; `fixed` gives `None` where it isn't
/// known.
pub(super) fn replaced(test: &Test, fixed: &dyn Fn(&Test) -> Option<Truth>) -> Test {
    let all = |parts: &[Test]| parts.iter().map(|part| replaced(part, fixed)).collect();
    match test {
        Test::Constant(truth) => Test::Constant(*truth),
        Test::And(parts) => Test::And(all(parts)),
        Test::Or(parts) => Test::Or(all(parts)),
        Test::Not(inner) => Test::Not(Box::new(replaced(inner, fixed))),
        atom => fixed(atom).map_or_else(|| atom.clone(), Test::Constant),
    }
}

/// Tries every outcome of every comparison, each as independent of the others, except that one place
/// doesn't equal two constants at once.
pub(super) fn of(test: &Test) -> Outcomes {
    let mut atoms = Vec::new();
    collect(test, &mut atoms);
    if atoms.len() > MAX_ATOMS {
        return Outcomes {
            can_be_true: true,
            can_be_false: true,
            can_be_error: true,
        };
    }
    let mut outcomes = Outcomes::default();
    let mut known = Vec::with_capacity(atoms.len());
    try_all(test, &atoms, &mut known, &mut outcomes);
    outcomes
}

fn try_all(test: &Test, atoms: &[&Test], known: &mut Vec<Truth>, outcomes: &mut Outcomes) {
    if known.len() == atoms.len() {
        match value(test, atoms, known) {
            Truth::True => outcomes.can_be_true = true,
            Truth::False => outcomes.can_be_false = true,
            Truth::Error => outcomes.can_be_error = true,
        }
        return;
    }
    for truth in TRUTHS {
        known.push(truth);
        if is_consistent(atoms, known) {
            try_all(test, atoms, known, outcomes);
        }
        known.pop();
    }
}

fn collect<'t>(test: &'t Test, atoms: &mut Vec<&'t Test>) {
    match test {
        Test::Constant(_) => {}
        Test::And(parts) | Test::Or(parts) => {
            for part in parts {
                collect(part, atoms);
            }
        }
        Test::Not(inner) => collect(inner, atoms),
        atom => {
            if !is_constant(atom) && !atoms.contains(&atom) {
                atoms.push(atom);
            }
        }
    }
}

fn value(test: &Test, atoms: &[&Test], known: &[Truth]) -> Truth {
    let all = |parts: &[Test], decisive: Truth, otherwise: Truth| {
        let mut result = otherwise;
        for part in parts {
            match value(part, atoms, known) {
                truth if truth == decisive => return decisive,
                Truth::Error => result = Truth::Error,
                _ => {}
            }
        }
        result
    };
    match test {
        Test::Constant(truth) => *truth,
        Test::And(parts) => all(parts, Truth::False, Truth::True),
        Test::Or(parts) => all(parts, Truth::True, Truth::False),
        Test::Not(inner) => match value(inner, atoms, known) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Error => Truth::Error,
        },
        atom if is_constant(atom) => atom.evaluate(&NO_FACTS),
        atom => {
            let index = atoms.iter().position(|one| *one == atom);
            index
                .and_then(|index| known.get(index).copied())
                .unwrap_or(Truth::Error)
        }
    }
}

const NO_FACTS: Facts<'static> = Facts {
    auth_id: &Datum::Null,
    auth: &[],
    record: None,
    request: &[],
    now: UnixSecs::new(0),
};

/// Whether a comparison looks at nothing but what is written in the policy.
fn is_constant(atom: &Test) -> bool {
    match atom {
        Test::Compare(_, a, b) | Test::In(a, b) | Test::StartsWith(a, b) => {
            is_written(a) && is_written(b)
        }
        Test::IsTrue(a) => is_written(a),
        _ => false,
    }
}

fn is_written(term: &Term) -> bool {
    match term {
        Term::Constant(_) => true,
        Term::Place(_) => false,
        Term::Size(inner) => is_written(inner),
    }
}

/// Whether the newest assumption agrees with the older ones.
fn is_consistent(atoms: &[&Test], known: &[Truth]) -> bool {
    let equals = |index: usize| match (atoms.get(index), known.get(index)) {
        (Some(Test::Compare(Comparison::Equal, a, b)), Some(Truth::True)) => constant_of(a, b),
        _ => None,
    };
    let Some(newest) = known.len().checked_sub(1).and_then(equals) else {
        return true;
    };
    (0..known.len().saturating_sub(1))
        .filter_map(equals)
        .all(|(place, constant)| place != newest.0 || constant == newest.1)
}

/// The place and the constant of `place == constant`, in either order.
fn constant_of<'t>(a: &'t Term, b: &'t Term) -> Option<(&'t Term, &'t Term)> {
    match (a, b) {
        (Term::Place(_), Term::Constant(_)) => Some((a, b)),
        (Term::Constant(_), Term::Place(_)) => Some((b, a)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::condition::Place;

    use super::*;

    fn flag(field: u16) -> Test {
        Test::IsTrue(Term::Place(Place::Record(field)))
    }

    fn is(text: &str) -> Test {
        let constant = Term::Constant(Datum::Text(text.to_owned()));
        Test::Compare(Comparison::Equal, Term::Place(Place::Record(0)), constant)
    }

    #[test]
    fn a_thing_and_its_opposite_are_never_true_together() {
        let outcomes = of(&Test::And(vec![flag(0), Test::Not(Box::new(flag(0)))]));
        assert!(!outcomes.can_be_true);
        assert!(outcomes.can_be_false && outcomes.can_be_error);
        assert!(of(&Test::And(vec![flag(0), Test::Not(Box::new(flag(1)))])).can_be_true);
    }

    #[test]
    fn one_place_cannot_equal_two_texts_but_may_equal_either() {
        assert!(!of(&Test::And(vec![is("a"), is("b")])).can_be_true);
        assert!(of(&Test::Or(vec![is("a"), is("b")])).can_be_true);
        assert!(of(&Test::And(vec![is("a"), is("a")])).can_be_true);
    }

    #[test]
    fn more_comparisons_than_can_be_tried_are_taken_as_undecided() {
        let mut parts: Vec<_> = (0..8).map(flag).collect();
        parts.push(Test::Not(Box::new(flag(0))));
        assert!(!of(&Test::And(parts.clone())).can_be_true);
        parts.push(flag(8));
        assert!(of(&Test::And(parts)).can_be_true);
    }
}
