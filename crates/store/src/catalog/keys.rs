//! Values that a record must have for a condition to be true, so that an index finds it.

use portcullis_core::condition::{Comparison, Datum, Place, Scalar, Term, Test, Truth, Type};
use serde_json::Value;

/// Longest text that is indexed, in bytes.
const MAX_KEY_BYTES: usize = 256;
/// Most values looked up for one condition.
const MAX_KEYS: usize = 2_000;
/// Up to here every whole number is a double of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A field's number, and a value in the form of the index.
pub(super) type Key = (u16, String);

/// Keys of which a record has at least one when a settled condition is true; `None` when the
/// condition may be true of a record with none.
pub(super) fn keys(test: &Test) -> Option<Vec<Key>> {
    let found = match test {
        Test::Constant(truth) => (*truth != Truth::True).then(Vec::new),
        // Each of them must be true: the one with the fewest keys will do.
        Test::And(tests) => tests.iter().filter_map(keys).min_by_key(Vec::len),
        Test::Or(tests) => {
            let all: Option<Vec<_>> = tests.iter().map(keys).collect();
            all.map(|all| all.concat())
        }
        Test::Compare(Comparison::Equal, left, right) => match (left, right) {
            (Term::Place(Place::Record(field)), Term::Constant(value))
            | (Term::Constant(value), Term::Place(Place::Record(field))) => one(*field, value),
            _ => None,
        },
        Test::In(Term::Place(Place::Record(field)), Term::Constant(Datum::List(values))) => {
            let all: Option<Vec<_>> = values.iter().map(|value| one(*field, value)).collect();
            all.map(|all| all.concat())
        }
        // A member of a list has a key of its own.
        Test::In(Term::Constant(value), Term::Place(Place::Record(field))) => one(*field, value),
        Test::IsTrue(Term::Place(Place::Record(field))) => one(*field, &Datum::Bool(true)),
        _ => None,
    };
    found.filter(|keys| keys.len() <= MAX_KEYS)
}

fn one(field: u16, value: &Datum) -> Option<Vec<Key>> {
    Some(vec![(field, key(value)?)])
}

/// A value in the form of the index; `None` for one that isn't indexed. Null has none.
fn key(value: &Datum) -> Option<String> {
    match value {
        Datum::Text(text) => (text.len() <= MAX_KEY_BYTES).then(|| text.clone()),
        Datum::Int(number) => Some(number.to_string()),
        Datum::Bool(flag) => Some(u8::from(*flag).to_string()),
        Datum::Float(number) if number.abs() < EXACT => {
            let whole = Datum::conform(&Value::from(*number), Type::One(Scalar::Int));
            // A stored fraction has no key, and a constant one can't be looked up.
            key(&whole)
        }
        Datum::Float(_) | Datum::Null | Datum::List(_) => None,
    }
}

/// The keys of a stored value, whatever type its field has by now: several for a list.
pub(super) fn keys_of(value: &Value) -> Vec<String> {
    let single = |value: &Value| match value {
        Value::String(text) => key(&Datum::Text(text.clone())),
        Value::Bool(flag) => key(&Datum::Bool(*flag)),
        Value::Number(_) => key(&Datum::conform(value, Type::One(Scalar::Int))),
        _ => None,
    };
    match value {
        Value::Array(members) => members.iter().filter_map(single).collect(),
        value => single(value).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(field: u16, value: Datum) -> Test {
        let place = Term::Place(Place::Record(field));
        Test::Compare(Comparison::Equal, place, Term::Constant(value))
    }

    #[test]
    fn a_conjunction_is_found_by_its_rarest_part_and_a_disjunction_by_all() {
        let text = |text: &str| Datum::Text(text.into());
        let list = Datum::List(vec![text("a"), text("b")]);
        let member = Test::In(Term::Place(Place::Record(1)), Term::Constant(list));
        let owner = is(0, text("u1"));
        let both = Test::And(vec![member.clone(), owner.clone()]);
        assert_eq!(keys(&both), Some(vec![(0, "u1".into())]));
        let either = Test::Or(vec![owner.clone(), member]);
        let expected = vec![(0, "u1".into()), (1, "a".into()), (1, "b".into())];
        assert_eq!(keys(&either), Some(expected));
        let open = Test::Or(vec![owner, Test::Has(Place::Record(1))]);
        assert_eq!(keys(&open), None);
    }

    #[test]
    fn what_is_never_true_needs_no_record_and_what_always_is_needs_all() {
        assert_eq!(keys(&Test::Constant(Truth::False)), Some(Vec::new()));
        assert_eq!(keys(&Test::Constant(Truth::Error)), Some(Vec::new()));
        assert_eq!(keys(&Test::Constant(Truth::True)), None);
    }

    #[test]
    fn values_that_have_no_key_are_not_looked_up() {
        assert_eq!(keys(&is(0, Datum::Null)), None);
        assert_eq!(keys(&is(0, Datum::Float(0.5))), None);
        assert_eq!(keys(&is(0, Datum::Float(1e300))), None);
        let long = "x".repeat(MAX_KEY_BYTES + 1);
        assert_eq!(keys(&is(0, Datum::Text(long.clone()))), None);
        assert!(keys_of(&Value::from(long)).is_empty());
    }

    #[test]
    fn a_number_has_one_key_however_it_is_written() {
        let number = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        for text in ["5", "5.0", "5e0"] {
            assert_eq!(keys_of(&number(text)), ["5"], "{text}");
        }
        assert_eq!(key(&Datum::Float(5.0)), Some("5".into()));
        assert_eq!(key(&Datum::Float(-0.0)), Some("0".into()));
        assert!(keys_of(&number("5.5")).is_empty());
        assert_eq!(
            keys_of(&serde_json::json!(["a", 1, true, null])),
            ["a", "1", "1"]
        );
    }
}
