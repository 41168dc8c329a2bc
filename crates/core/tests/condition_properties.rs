//! What holds for every condition.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod condition_support;

use condition_support::{NAMES, Names, read};
use portcullis_core::condition::{
    Comparison, Datum, Facts, Place, Scalar, Term, Test, Truth, Type,
};
use portcullis_core::time::UnixSecs;
use proptest::prelude::*;

fn scalar(kind: Scalar) -> BoxedStrategy<Datum> {
    match kind {
        Scalar::Bool => any::<bool>().prop_map(Datum::Bool).boxed(),
        Scalar::Int => prop_oneof![-2_i64..3, any::<i64>()]
            .prop_map(Datum::Int)
            .boxed(),
        Scalar::Float => prop_oneof![
            Just(0.5),
            Just(-0.0),
            any::<f64>().prop_filter("finite", |value| value.is_finite())
        ]
        .prop_map(Datum::Float)
        .boxed(),
        Scalar::Text => prop_oneof!["[ab]{0,2}", ".{0,3}", "[\\\\'\"\n\r\t]{0,3}"]
            .prop_map(Datum::Text)
            .boxed(),
    }
}

fn datum(kind: Type) -> BoxedStrategy<Datum> {
    match kind {
        Type::One(kind) => scalar(kind),
        Type::List(kind) => {
            let members = proptest::collection::vec(scalar(kind), 0..4);
            members.prop_map(Datum::List).boxed()
        }
    }
}

fn any_type() -> impl Strategy<Value = Type> {
    (0..NAMES.len()).prop_map(|number| Type::parse(NAMES[number].1).unwrap())
}

/// A path of a type: in `auth`, `request` or `record`, which have the same names.
fn place(kind: Type) -> BoxedStrategy<Place> {
    let number = NAMES
        .iter()
        .position(|(_, name)| Type::parse(name) == Some(kind));
    let number = u16::try_from(number.unwrap()).unwrap();
    let mut places = vec![
        Place::Auth(number),
        Place::Request(number),
        Place::Record(number),
    ];
    match kind {
        Type::One(Scalar::Text) => places.push(Place::AuthId),
        Type::One(Scalar::Int) => places.push(Place::Time),
        _ => (),
    }
    proptest::sample::select(places).boxed()
}

fn term(kind: Type) -> BoxedStrategy<Term> {
    let simple = prop_oneof![
        place(kind).prop_map(Term::Place),
        datum(kind).prop_map(Term::Constant),
    ];
    if kind != Type::One(Scalar::Int) {
        return simple.boxed();
    }
    let sized = |kind| term(kind).prop_map(|inner| Term::Size(Box::new(inner)));
    prop_oneof![
        3 => simple,
        1 => sized(Type::One(Scalar::Text)),
        1 => sized(Type::List(Scalar::Float)),
    ]
    .boxed()
}

fn one(scalar: Scalar) -> BoxedStrategy<Term> {
    term(Type::One(scalar))
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    proptest::sample::select(vec![Scalar::Bool, Scalar::Int, Scalar::Float, Scalar::Text])
}

fn atom() -> BoxedStrategy<Test> {
    let equality = || proptest::sample::select(vec![Comparison::Equal, Comparison::NotEqual]);
    let order = proptest::sample::select(vec![
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ]);
    let ordered = proptest::sample::select(vec![Scalar::Int, Scalar::Float, Scalar::Text]);
    let null = || Just(Term::Constant(Datum::Null));
    prop_oneof![
        any::<bool>().prop_map(|value| Test::Constant(value.into())),
        (
            equality(),
            any_scalar().prop_flat_map(|kind| (one(kind), one(kind)))
        )
            .prop_map(|(comparison, (left, right))| Test::Compare(comparison, left, right)),
        (equality(), any_type().prop_flat_map(term), null())
            .prop_map(|(comparison, left, right)| Test::Compare(comparison, left, right)),
        (order, ordered.prop_flat_map(|kind| (one(kind), one(kind))))
            .prop_map(|(comparison, (left, right))| Test::Compare(comparison, left, right)),
        any_scalar()
            .prop_flat_map(|kind| (one(kind), term(Type::List(kind))))
            .prop_map(|(member, list)| Test::In(member, list)),
        (one(Scalar::Text), one(Scalar::Text))
            .prop_map(|(text, start)| Test::StartsWith(text, start)),
        any_type().prop_flat_map(place).prop_map(Test::Has),
        place(Type::One(Scalar::Bool)).prop_map(|place| Test::IsTrue(Term::Place(place))),
    ]
    .boxed()
}

fn test() -> impl Strategy<Value = Test> {
    atom().prop_recursive(4, 16, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Test::And),
            several.prop_map(Test::Or),
            inner.prop_map(|inner| Test::Not(Box::new(inner))),
        ]
    })
}

/// Values of the declared types, some of them null.
fn data() -> impl Strategy<Value = Vec<Datum>> {
    NAMES
        .map(|(_, kind)| {
            let kind = Type::parse(kind).unwrap();
            prop_oneof![1 => Just(Datum::Null), 3 => datum(kind)].boxed()
        })
        .to_vec()
}

/// Values of any types in any places, fewer or more than are declared.
fn wild() -> impl Strategy<Value = Vec<Datum>> {
    proptest::collection::vec(any_type().prop_flat_map(datum), 0..10)
}

fn facts<'a>(
    id: &'a Datum,
    auth: &'a [Datum],
    record: Option<&'a [Datum]>,
    request: &'a [Datum],
) -> Facts<'a> {
    Facts {
        auth_id: id,
        auth,
        record,
        request,
        now: UnixSecs::new(1),
    }
}

/// Whether constants stand only where [`Test::for_principal`] says that they do, and nothing is of principals.
fn is_folded(test: &Test) -> bool {
    let written = test.to_text(&Names::new().vocabulary());
    let inner_is = |inner: &Test| !matches!(inner, Test::Constant(_)) && is_folded(inner);
    match test {
        Test::And(tests) | Test::Or(tests) => {
            let (last, others) = tests.split_last().unwrap();
            !others.is_empty()
                && others.iter().all(inner_is)
                && (*last == Test::Constant(Truth::Error) || inner_is(last))
        }
        Test::Not(inner) => inner_is(inner),
        _ => !test
            .atoms()
            .iter()
            .any(|_| written.starts_with("auth.") || written.contains("(auth.")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_test_comes_back_from_its_text(test in test()) {
        let text = test.to_text(&Names::new().vocabulary());
        prop_assume!(text.len() <= 2_048);
        prop_assert_eq!(read(&text), Ok(test), "{}", text);
    }

    #[test]
    fn putting_the_principal_in_changes_no_outcome(
        test in test(), id in scalar(Scalar::Text), auth in data(),
        record in proptest::option::of(data()), request in data()
    ) {
        let facts = facts(&id, &auth, record.as_deref(), &request);
        let residue = test.for_principal(&id, &auth);
        prop_assert!(is_folded(&residue), "{residue:?}");
        prop_assert_eq!(residue.evaluate(&facts), test.evaluate(&facts), "{:?}", residue);
        // The residue doesn't look at the principal any more.
        let nobody = Facts { auth_id: &Datum::Null, auth: &[], ..facts };
        prop_assert_eq!(residue.evaluate(&nobody), test.evaluate(&facts), "{:?}", residue);
    }

    #[test]
    fn truths_of_atoms_decide_the_test(
        test in test(), id in scalar(Scalar::Text), auth in data(), record in data(), request in data()
    ) {
        let facts = facts(&id, &auth, Some(&record), &request);
        let known: Vec<(&Test, Truth)> = test.atoms().into_iter().map(|atom| (atom, atom.evaluate(&facts))).collect();
        let outcome = test.evaluate_with(&mut |atom| known.iter().find(|(it, _)| *it == atom).unwrap().1);
        prop_assert_eq!(outcome, test.evaluate(&facts));
    }

    #[test]
    fn a_negated_test_has_the_negated_outcome(test in test(), auth in data(), record in proptest::option::of(data())) {
        let facts = facts(&Datum::Null, &auth, record.as_deref(), &[]);
        let outcome = test.evaluate(&facts);
        prop_assert_eq!(Test::Not(Box::new(test)).evaluate(&facts), outcome.negated());
    }

    #[test]
    fn values_of_any_type_in_any_place_panic_nowhere(
        test in test(), id in any_type().prop_flat_map(datum), auth in wild(),
        record in proptest::option::of(wild()), request in wild()
    ) {
        let facts = facts(&id, &auth, record.as_deref(), &request);
        let residue = test.for_principal(&id, &auth);
        prop_assert_eq!(residue.evaluate(&facts), test.evaluate(&facts), "{:?}", residue);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in any::<String>()) {
        if let Err(error) = read(&text) {
            prop_assert!(error.offset <= text.chars().count(), "{error}");
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn any_mix_of_the_languages_words_is_read_or_refused(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "auth", ".", "id", "count", "teams", "record", "request", "time", "flag", "has", "size", "(", ")",
            "startsWith", "in", "[", "]", ",", "1", "-2", "1.5", "'a'", "\"b\"", "true", "null", "==", "!=", "<",
            ">=", "&&", "||", "!", " ", "\\", "'", "é", "auth.flag", "auth.count == 1", "record.owner_id",
        ]), 0..24))
    {
        let text = words.concat();
        match read(&text) {
            Ok(test) => {
                let again = test.to_text(&Names::new().vocabulary());
                prop_assert_eq!(read(&again), Ok(test), "{}", again);
            }
            Err(error) => prop_assert!(error.offset <= text.chars().count(), "{error}"),
        }
    }
}
