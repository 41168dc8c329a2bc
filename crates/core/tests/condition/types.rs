//! Types of attributes and fields, and their defaults.

use portcullis_core::condition::{Datum, Place, Scalar, Term, Type, parse_default};
use portcullis_core::json::Value;

use crate::condition_support::Names;

#[test]
fn types_are_read_from_their_names_and_written_back() {
    for name in [
        "bool",
        "int",
        "float",
        "string",
        "list<bool>",
        "list<int>",
        "list<string>",
    ] {
        assert_eq!(Type::parse(name).unwrap().to_string(), name);
    }
    assert_eq!(Type::parse("list<float>"), Some(Type::List(Scalar::Float)));
    for bad in [
        "",
        "Int",
        "integer",
        "list",
        "list<>",
        "list<list<int>>",
        "list<int",
        "list< int>",
    ] {
        assert_eq!(Type::parse(bad), None, "{bad}");
    }
}

#[test]
fn json_conforms_to_a_declared_type_or_is_null() {
    for (kind, json, expected) in [
        ("bool", "true", "true"),
        ("bool", "1", "null"),
        ("int", "3", "3"),
        ("int", "3.0", "3"),
        ("int", "-1e3", "-1000"),
        ("int", "3.5", "null"),
        ("int", "\"3\"", "null"),
        ("int", "9223372036854775807", "9223372036854775807"),
        ("int", "9223372036854775808", "null"),
        ("int", "9223372036854775808.0", "null"),
        ("int", "-9223372036854775808", "-9223372036854775808"),
        ("int", "-9223372036854775808.0", "-9223372036854775808"),
        ("int", "-9223372036854777856", "null"),
        ("int", "1e300", "null"),
        ("float", "3", "3.0"),
        ("float", "0.5", "0.5"),
        ("float", "18446744073709551615", "18446744073709552000.0"),
        ("float", "true", "null"),
        ("string", "\"é\"", "\"é\""),
        ("string", "null", "null"),
        ("list<int>", "[]", "[]"),
        ("list<int>", "[1,2.0]", "[1,2]"),
        ("list<int>", "[1,null]", "null"),
        ("list<int>", "[1,2.5]", "null"),
        ("list<int>", "1", "null"),
        ("list<string>", "[[]]", "null"),
    ] {
        let value: Value = serde_json::from_str(json).unwrap();
        let datum = Datum::conform(&value, Type::parse(kind).unwrap());
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(datum.to_json(), expected, "{json} as {kind}");
    }
}

#[test]
fn defaults_are_literals_or_paths_of_the_principal() {
    let names = Names::new();
    let of = |text: &str, kind: &str| {
        parse_default(text, &names.vocabulary(), Type::parse(kind).unwrap())
    };
    assert_eq!(of("auth.id", "string"), Ok(Term::Place(Place::AuthId)));
    assert_eq!(of("auth.count", "int"), Ok(Term::Place(Place::Auth(1))));
    assert_eq!(of("false", "bool"), Ok(Term::Constant(Datum::Bool(false))));
    assert_eq!(of("-3", "int"), Ok(Term::Constant(Datum::Int(-3))));
    assert_eq!(
        of("[]", "list<int>"),
        Ok(Term::Constant(Datum::List(vec![])))
    );
    assert_eq!(of("null", "list<int>"), Ok(Term::Constant(Datum::Null)));
    for (text, kind, message) in [
        (
            "record.owner_id",
            "string",
            "found `record`; expected a literal or a path that begins with `auth.`",
        ),
        (
            "size('a')",
            "int",
            "found `size`; expected a literal or a path that begins with `auth.`",
        ),
        (
            "1",
            "float",
            "a default and its field have one type; found `int` and `float`",
        ),
        (
            "[]",
            "string",
            "a default and its field have one type; found `[]` and `string`",
        ),
        ("auth.id == 'a'", "string", "found `==`; expected the end"),
    ] {
        let error = of(text, kind).unwrap_err();
        assert_eq!(error.kind.to_string(), message, "{text}");
    }
}
