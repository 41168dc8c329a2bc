//! What conditions mean: LANGUAGE.md section 4.

mod condition_support;

use condition_support::{Names, outcome, read};
use portcullis_core::condition::{
    Comparison, Datum, Facts, Place, Scalar, Term, Test, Truth, Type, parse_default,
};
use portcullis_core::json::Value;
use portcullis_core::time::UnixSecs;

const AUTH: &str = r#"{"flag": true, "count": 7, "ratio": 1.5, "owner_id": "u1", "flags": [true],
    "counts": [1, 7], "ratios": [0.5, 1.5], "teams": ["red", "blue"]}"#;

/// How a condition comes out when the record and the request have the values of [`AUTH`], too.
fn full(text: &str) -> Truth {
    outcome(text, AUTH, Some(AUTH), AUTH)
}

/// How it comes out when every attribute and field is null.
fn empty(text: &str) -> Truth {
    outcome(text, "{}", Some("{}"), "{}")
}

/// How it comes out in a request without a record.
fn recordless(text: &str) -> Truth {
    outcome(text, AUTH, None, AUTH)
}

fn all_are(truth: Truth, of: fn(&str) -> Truth, texts: &[&str]) {
    for text in texts {
        assert_eq!(of(text), truth, "{text}");
    }
}

#[test]
fn comparisons_of_known_values_are_true() {
    all_are(
        Truth::True,
        full,
        &[
            "true",
            "!false",
            "(true)",
            "record.owner_id == auth.id",
            "auth.id == 'u1'",
            "auth.id != \"u2\"",
            "request.time == 1000",
            "request.time > 999 && request.time >= 1000 && request.time < 1001 && request.time <= 1000",
            "auth.flag",
            "auth.flag == true",
            "record.flag != false",
            "auth.count == 7 && auth.count > -8 && auth.count <= 7",
            "auth.ratio == 1.5 && auth.ratio < 2.0 && auth.ratio >= 15e-1 && auth.ratio > -1E+0",
            "0.0 == -0.0",
            "1 < 2",
            "'a' < 'b' && 'a' <= 'a' && 'b' > 'ab'",
            "auth.count in auth.counts",
            "auth.ratio in record.ratios",
            "auth.flag in request.flags",
            "'red' in auth.teams",
            "request.owner_id in ['u1', 'u2']",
            "auth.id.startsWith('u')",
            "auth.id . startsWith ( '' )",
            "'u1x'.startsWith(auth.id)",
            "size(auth.teams) == 2",
            "size('né') == 2 && size('𝄞') == 1 && size('') == 0 && size([]) == 0",
            "2 >= size(auth.id)",
            "has(auth.teams) && has(record.flag) && has(request.count)",
            "has(auth.id) && has(request.time)",
            "null == null",
            "auth.teams != null",
        ],
    );
}

#[test]
fn comparisons_of_other_values_are_false() {
    all_are(
        Truth::False,
        full,
        &[
            "false",
            "!!false",
            "record.owner_id == 'U1'",
            "request.time < 1000",
            "auth.count > 7",
            "auth.count in []",
            "'green' in auth.teams",
            "auth.owner_id in ['u', 'u11']",
            "auth.id.startsWith('u11')",
            "null != null",
            "auth.flag == null",
            "auth.teams == null",
            "[] == null",
        ],
    );
}

#[test]
fn null_equals_null_alone() {
    all_are(
        Truth::True,
        empty,
        &[
            "record.owner_id == null",
            "null == record.flags",
            "record.owner_id == auth.owner_id",
            "record.owner_id != auth.id",
            "record.flag != true && record.flag != false",
            "!has(auth.teams) && !has(record.flag) && !has(request.count)",
        ],
    );
    all_are(
        Truth::False,
        empty,
        &[
            "record.owner_id == auth.id",
            "record.owner_id == ''",
            "has(record.owner_id)",
        ],
    );
}

#[test]
fn null_is_an_error_where_a_value_is_needed() {
    all_are(
        Truth::Error,
        empty,
        &[
            "auth.count < 1",
            "1 >= record.count",
            "record.owner_id > 'a'",
            "request.ratio <= auth.ratio",
            "'a' in auth.teams",
            "auth.owner_id in record.teams",
            "auth.owner_id.startsWith('a')",
            "'a'.startsWith(record.owner_id)",
            "size(record.owner_id) == 1",
            "size(record.owner_id) != 1",
            "size(record.teams) == null",
            "auth.flag",
            "!record.flag",
        ],
    );
}

#[test]
fn null_is_a_member_of_no_list() {
    assert_eq!(empty("auth.owner_id in ['a']"), Truth::False);
    assert_eq!(empty("auth.owner_id in []"), Truth::False);
    let text = "auth.owner_id in record.teams";
    assert_eq!(outcome(text, "{}", Some(AUTH), "{}"), Truth::False);
}

#[test]
fn a_list_with_a_null_or_another_type_is_null() {
    for teams in [
        "[\"red\", null]",
        "[\"red\", 1]",
        "[[\"red\"]]",
        "\"red\"",
        "{}",
    ] {
        let auth = format!("{{\"teams\": {teams}}}");
        assert_eq!(
            outcome("auth.teams == null", &auth, None, "{}"),
            Truth::True,
            "{teams}"
        );
        assert_eq!(
            outcome("'red' in auth.teams", &auth, None, "{}"),
            Truth::Error,
            "{teams}"
        );
    }
}

#[test]
fn without_a_record_every_field_is_an_error_and_with_one_an_absent_field_is_null() {
    let texts = [
        "has(record.owner_id)",
        "record.owner_id == null",
        "record.owner_id != auth.id",
        "null == record.teams",
        "auth.id in record.teams",
        "record.count in []",
        "size(record.teams) == 0",
        "record.flag",
    ];
    all_are(Truth::Error, recordless, &texts);
    assert_eq!(empty("has(record.owner_id)"), Truth::False);
    assert_eq!(empty("record.owner_id == null"), Truth::True);
    assert_eq!(recordless("auth.id == 'u1' || record.flag"), Truth::True);
}

#[test]
fn strings_are_ordered_by_the_bytes_of_utf8() {
    // UTF-16 orders these two the other way round.
    assert_eq!(full("'\u{ff5e}' < '\u{1d11e}'"), Truth::True);
    assert_eq!(full("'Z' < 'a'"), Truth::True);
    assert_eq!(full("'é' > 'z'"), Truth::True);
    assert_eq!(full("'a' < 'a\u{0}'"), Truth::True);
}

#[test]
fn escapes_stand_for_one_character_in_both_quotes() {
    for (text, expected) in [
        (r"auth.id == '\\\'\n\r\t'", "\\'\n\r\t"),
        (r#"auth.id == "\\\"'\n""#, "\\\"'\n"),
        (r#"auth.id == '"é\"'"#, "\"é\""),
    ] {
        let constant = Term::Constant(Datum::Text(expected.into()));
        let test = Test::Compare(Comparison::Equal, Term::Place(Place::AuthId), constant);
        assert_eq!(read(text), Ok(test.clone()), "{text}");
        let again = test.to_text(&Names::new().vocabulary());
        assert_eq!(read(&again), Ok(test), "{again}");
    }
}

#[test]
fn integers_keep_64_bits() {
    assert_eq!(
        full("9223372036854775807 > 9223372036854775806"),
        Truth::True
    );
    assert_eq!(
        full("-9223372036854775808 < -9223372036854775807"),
        Truth::True
    );
    let auth = r#"{"count": 9007199254740993}"#;
    assert_eq!(
        outcome("auth.count == 9007199254740993", auth, None, "{}"),
        Truth::True
    );
    assert_eq!(
        outcome("auth.count == 9007199254740992", auth, None, "{}"),
        Truth::False
    );
}

#[test]
fn a_time_beyond_64_bits_is_the_last_one() {
    let test = read("request.time == 9223372036854775807").unwrap();
    let facts = Facts {
        auth_id: &Datum::Null,
        auth: &[],
        record: None,
        request: &[],
        now: UnixSecs::new(u64::MAX),
    };
    assert_eq!(test.evaluate(&facts), Truth::True);
}

#[test]
fn and_or_and_not_follow_kleenes_tables() {
    use Truth::{Error, False, True};
    // `record.flag` of a record without one is an error.
    let write = |truth| match truth {
        True => "true",
        False => "false",
        Error => "record.flag",
    };
    let rank = |truth| match truth {
        False => 0,
        Error => 1,
        True => 2,
    };
    for a in [True, False, Error] {
        let not = empty(&format!("!({})", write(a)));
        assert_eq!(rank(not), 2 - rank(a), "!{a:?}");
        for b in [True, False, Error] {
            let and = empty(&format!("{} && {}", write(a), write(b)));
            assert_eq!(rank(and), rank(a).min(rank(b)), "{a:?} && {b:?}");
            let or = empty(&format!("{} || {}", write(a), write(b)));
            assert_eq!(rank(or), rank(a).max(rank(b)), "{a:?} || {b:?}");
        }
    }
}

#[test]
fn not_binds_more_tightly_than_and_which_binds_more_tightly_than_or() {
    assert_eq!(full("true || false && false"), Truth::True);
    assert_eq!(full("(true || false) && false"), Truth::False);
    assert_eq!(
        full("!(auth.count == 8) && !auth.id.startsWith('v')"),
        Truth::True
    );
    assert_eq!(full("!false && false"), Truth::False);
}

#[test]
fn the_canonical_text_has_parentheses_only_where_they_matter() {
    for (text, canonical) in [
        ("  true\t", "true"),
        ("record.owner_id==auth.id", "record.owner_id == auth.id"),
        (
            "((auth.flag))&&(auth.count>3)",
            "auth.flag && auth.count > 3",
        ),
        ("(auth.flag && true) || false", "auth.flag && true || false"),
        (
            "auth.flag && (true || false)",
            "auth.flag && (true || false)",
        ),
        (
            "(auth.flag && true) && false",
            "(auth.flag && true) && false",
        ),
        ("!((auth.count == 8))", "!(auth.count == 8)"),
        ("!!auth.flag", "!!auth.flag"),
        (
            "!(auth.id.startsWith(\"it's\"))",
            r"!auth.id.startsWith('it\'s')",
        ),
        ("auth.count in[1,2]", "auth.count in [1, 2]"),
        ("1e3 < 0.10", "1000.0 < 0.1"),
        ("has ( record.flag )", "has(record.flag)"),
        ("size(\nauth.teams)!=-0", "size(auth.teams) != 0"),
    ] {
        let test = read(text).unwrap();
        assert_eq!(
            test.to_text(&Names::new().vocabulary()),
            canonical,
            "{text}"
        );
        assert_eq!(read(canonical), Ok(test), "{canonical}");
    }
}

#[test]
fn what_is_known_of_the_principal_is_put_in_and_folded() {
    let id = Datum::Text("u1".into());
    let auth = condition_support::data(&serde_json::from_str::<Value>(AUTH).unwrap());
    for (text, residual) in [
        ("record.owner_id == auth.id", "record.owner_id == 'u1'"),
        (
            "record.owner_id == auth.id && auth.count == 7",
            "record.owner_id == 'u1'",
        ),
        ("record.flag && auth.count == 8", "false"),
        ("record.flag || auth.count == 7", "true"),
        ("!!(record.flag || auth.count == 8)", "record.flag"),
        ("size(auth.teams) == record.count", "2 == record.count"),
        (
            "record.owner_id in auth.teams",
            "record.owner_id in ['red', 'blue']",
        ),
        (
            "has(auth.count) && (record.flag && has(record.count))",
            "record.flag && has(record.count)",
        ),
        ("request.time < 5 || !auth.flag", "request.time < 5"),
    ] {
        let residue = read(text).unwrap().for_principal(&id, &auth);
        assert_eq!(
            residue.to_text(&Names::new().vocabulary()),
            residual,
            "{text}"
        );
    }
}

#[test]
fn errors_of_the_principal_stay_errors_when_folded() {
    let nobody = |text: &str| {
        let residue = read(text).unwrap().for_principal(&Datum::Null, &[]);
        residue.to_text(&Names::new().vocabulary())
    };
    assert_eq!(nobody("auth.count < record.count"), "error");
    assert_eq!(nobody("!auth.flag"), "error");
    assert_eq!(nobody("record.owner_id in auth.teams"), "error");
    assert_eq!(nobody("size(auth.teams) == record.count"), "error");
    assert_eq!(
        nobody("auth.flag && record.flag && auth.flag"),
        "record.flag && error"
    );
    assert_eq!(
        nobody("auth.flag || (record.flag || auth.flag)"),
        "record.flag || error"
    );
    assert_eq!(nobody("auth.flag && false"), "false");
    assert_eq!(nobody("auth.flag || true"), "true");
    assert_eq!(nobody("auth.flag && true"), "error");
}

#[test]
fn atoms_are_listed_once_in_the_order_of_the_text() {
    let test = read("auth.flag && (has(record.flag) || !auth.flag) || true || 1 < 2").unwrap();
    let names = Names::new();
    let texts = test
        .atoms()
        .into_iter()
        .map(|atom| atom.to_text(&names.vocabulary()));
    let texts: Vec<String> = texts.collect();
    assert_eq!(texts, ["auth.flag", "has(record.flag)", "1 < 2"]);
}

#[test]
fn given_truths_of_atoms_decide_and_settled_ones_are_not_asked_for() {
    let test = read("auth.flag && !record.flag || has(record.flag)").unwrap();
    let mut asked = Vec::new();
    let outcome = test.evaluate_with(&mut |atom| {
        asked.push(atom.clone());
        Truth::from(matches!(atom, Test::Has(_)))
    });
    assert_eq!(outcome, Truth::True);
    assert_eq!(asked.len(), 2, "{asked:?}");
}

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
